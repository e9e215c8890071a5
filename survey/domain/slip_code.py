"""Codes that people type: a slip's sixteen digits and a desk's twelve, each ending in a check digit.

Digits alone, as on a phone card: a number pad types them, every input method leaves them alone (Telex and VNI make ``dd`` a ``đ``),
and they can be read out. The check digit is Damm's: it finds every single wrong digit and every swap of neighbours.
"""

from __future__ import annotations

import hmac
import secrets

SLIP_DIGITS = 16
DESK_DIGITS = 12
_GROUP = 4
#: What people put between groups; a dash of any length.
_BETWEEN = str.maketrans("", "", " \u00a0\u202f\t.-\u2010\u2011\u2012\u2013\u2014")

#: The totally anti-symmetric quasigroup of order 10 of H. Michael Damm, Total anti-symmetrische Quasigruppen (Marburg 2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def new_slip_code() -> str:
    return _new_code(SLIP_DIGITS)


def new_short_code() -> str:
    """The typed address of a desk: /g/ and these digits."""
    return _new_code(DESK_DIGITS)


def read_code(typed: str) -> str:
    """The digits of what was typed or scanned, without what stands between them."""
    return typed.translate(_BETWEEN)


def is_whole(code: str, length: int) -> bool:
    """Whether `code` can be one of ours: told without asking the database, so that a typing mistake is told at once."""
    return len(code) == length and code.isascii() and code.isdecimal() and check_digit(code) == 0


def check_digit(digits: str) -> int:
    """What makes `digits` whole when it is put behind them; 0 when they are whole already."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def in_groups(code: str) -> str:
    """As it is printed: 4821-3975-1204-1239."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def slip_key(secret: str) -> bytes:
    """What slips are hashed with: made of the server's secret, for this purpose only."""
    return hmac.digest(secret.encode(), b"sipas slip 1", "sha256")


def key_check(key: bytes) -> str:
    """Tells a batch printed under one key from one printed under another, and nothing of the key."""
    return hmac.digest(key, b"which key", "sha256").hex()[:8]


def slip_digest(code: str, key: bytes) -> str:
    """All that is stored of a slip's code (decision 0063)."""
    return hmac.digest(key, code.encode(), "sha256").hex()


def _new_code(length: int) -> str:
    digits = "".join(secrets.choice("0123456789") for _ in range(length - 1))
    return f"{digits}{check_digit(digits)}"
