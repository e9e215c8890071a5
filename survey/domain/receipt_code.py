"""What is made of the number that a form carries: the number of its response, and the receipt code of a comment that wants an answer.

Whoever holds the form can make both, and so sends a lost form again and still gets the same receipt. From what is stored neither leads
to the other: of the number's 122 random bits the code holds 48, and the form's number itself is kept nowhere (decision 0096).
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

from survey.domain.slip_code import check_digit

RECEIPT_DIGITS = 16


def stored_id(response_id: UUID) -> UUID:
    """The number under which a form's response is stored. Equal forms get equal numbers, and nothing leads back."""
    return UUID(bytes=sha256(b"sipas response 1" + response_id.bytes).digest()[:16], version=4)


def receipt_code(response_id: UUID) -> str:
    """The first 48 bits as fifteen digits, and Damm's check digit. The form's script makes the same of them, before anything is sent."""
    digits = f"{int.from_bytes(response_id.bytes[:6]):015d}"
    return f"{digits}{check_digit(digits)}"


def receipt_key(secret: str) -> bytes:
    """What receipt codes are hashed with: made of the server's secret, for this purpose only."""
    return hmac.digest(secret.encode(), b"sipas receipt 1", "sha256")


def receipt_digest(code: str, key: bytes) -> str:
    """All that is stored of a receipt code. Behind a hash without a key all codes could be tried at home."""
    return hmac.digest(key, code.encode(), "sha256").hex()
