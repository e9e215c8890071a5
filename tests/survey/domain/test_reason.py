"""Reasons in words: needed, in one line, and of some length only."""

from __future__ import annotations

import pytest

from survey.domain.reason import checked_reason
from survey.errors import Invalid


def test_a_reason_is_kept_in_one_line() -> None:
    assert checked_reason("  in nhầm \n tháng  ", longest=13, code="why") == "in nhầm tháng"


@pytest.mark.parametrize("typed", ["", " \n ", "x" * 14], ids=["nothing", "blanks", "too long"])
def test_no_reason_and_one_that_is_too_long_are_refused_by_the_code_that_the_page_knows(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_reason(typed, longest=13, code="why")
    assert refused.value.code == "why"
