"""Times, limits and numbers as people say them."""

from __future__ import annotations

import pytest
from flask import Flask, g, get_template_attribute

from survey.domain.agency_change import LONGEST_NAME, Problem
from survey.domain.desk_field import LONGEST_FIELD
from survey.domain.marks import LONGEST_NOTE
from survey.services.agency_problems import SENTENCES, in_english
from survey.services.row_problems import RowProblem
from survey.services.take_back_change import LONGEST_REASON
from survey.web import agency_words, audit_words, mark_words, row_words

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("seconds", "vietnamese", "english"),
    [
        (0, "vừa xong", "just now"), (59, "vừa xong", "just now"), (60, "1 phút trước", "1 minute ago"),
        (3599, "59 phút trước", "59 minutes ago"),
        (3600, "1 giờ trước", "1 hour ago"), (11 * 3600 + 59, "11 giờ trước", "11 hours ago"),
    ],
    ids=["now", "under a minute", "a minute", "under an hour", "an hour", "hours"],
)  # fmt: skip
def test_how_long_ago_is_told_in_words(app: Flask, seconds: int, vietnamese: str, english: str) -> None:
    for language, said in (("vi", vietnamese), ("en", english)):
        with app.test_request_context():
            g.language = language
            assert str(get_template_attribute("macros/account.html", "ago")(seconds)).strip() == said


def test_a_limit_is_told_as_it_is_held(app: Flask) -> None:
    limits = {"long_name": LONGEST_NAME, "long_field": LONGEST_FIELD, "no_reason": LONGEST_REASON}
    with app.test_request_context():
        g.language = "vi"
        for code in ("note_too_long", "lift_needs_reason"):
            assert f"tối đa {LONGEST_NOTE} ký tự" in mark_words.problem(code)
        for code, limit in limits.items():
            assert f"quá {limit} ký tự" in agency_words.why(Problem("x", code))
            assert f"{limit} letters" in in_english(Problem("x", code))
        assert [code for code in SENTENCES if "%(most)" in agency_words.why(Problem("x", code))] == []


def test_large_numbers_of_a_file_have_their_dots(app: Flask) -> None:
    problems = [
        RowProblem("a", 1, "too_many_rows", value="20000", other="5000"), RowProblem("a", 2, "cells", value="1200", other="7"),
        RowProblem("a", 3, "too_long", "name_vi", value="20000 quầy", other="2000"),
    ]  # fmt: skip
    with app.test_request_context():
        g.language = "vi"
        told = [sentence for _, _, sentence in row_words.tell(problems).problems]
    assert "đến dòng 20.000;" in told[0]
    assert "nhiều nhất 5.000 dòng" in told[0]
    assert "Có 1.200 ô" in told[1]
    assert "dài quá 2.000 ký tự" in told[2]


def test_the_command_line_is_called_so_in_the_reader_s_language(app: Flask) -> None:
    with app.test_request_context():
        g.language = "vi"
        assert audit_words.who("command line (root)") == "dòng lệnh (root)"
