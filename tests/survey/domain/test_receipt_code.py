from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from survey.domain.receipt_code import RECEIPT_DIGITS, receipt_code, receipt_digest, receipt_key, stored_id
from survey.domain.slip_code import is_whole

FORM = UUID("ffffffff-ffff-4abc-8def-0123456789ab")


@given(st.uuids(version=4))
def test_every_form_has_a_whole_receipt_code_and_a_random_number_to_be_stored_under(response_id: UUID) -> None:
    assert is_whole(receipt_code(response_id), RECEIPT_DIGITS)
    assert stored_id(response_id).version == 4
    assert stored_id(response_id) == stored_id(UUID(str(response_id))) != response_id


def test_known_codes_stay_what_they_are() -> None:
    """They stand on paper, and the form's script makes them too."""
    assert receipt_code(FORM) == "2814749767106558"
    assert receipt_code(UUID("00000000-0000-4abc-8def-0123456789ab")) == "0000000000000000"


def test_the_receipt_code_says_nothing_of_the_stored_number() -> None:
    """Two forms with the same code are stored under numbers that have nothing in common: 74 random bits of the form are not in the code."""
    other = UUID("ffffffff-ffff-4abc-8def-0123456789ac")
    assert receipt_code(FORM) == receipt_code(other)
    assert (stored_id(FORM).int ^ stored_id(other).int).bit_count() > 30


def test_only_whoever_knows_the_servers_secret_can_look_a_code_up() -> None:
    code = receipt_code(uuid4())
    assert receipt_digest(code, receipt_key("one")) != receipt_digest(code, receipt_key("another"))
    assert code not in receipt_digest(code, receipt_key("one"))
