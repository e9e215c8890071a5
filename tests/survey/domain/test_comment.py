from __future__ import annotations

import unicodedata

import pytest

from survey.domain.comment import holds

COMMENT = "Chờ đợi quá lâu, Quầy số 3 ĐÔNG người"


@pytest.mark.parametrize("wanted", ["chờ đợi", "cho doi", "CHO", "quay dong", "đông", unicodedata.normalize("NFD", "chờ"), ""])
def test_words_are_found_with_and_without_diacritics_in_any_order(wanted: str) -> None:
    assert holds(COMMENT, wanted)
    assert holds(unicodedata.normalize("NFD", COMMENT), wanted)


@pytest.mark.parametrize("wanted", ["chợ", "cho nhanh", "dồng", "quầy 4"])
def test_diacritics_that_are_typed_must_be_there(wanted: str) -> None:
    assert not holds(COMMENT, wanted)
