from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey.domain.questionnaire import FULL_FORM
from survey.domain.submission import Submission, read_submission
from survey.services.read_questionnaire import read_questionnaire

QUESTIONNAIRE = read_questionnaire("sipas-2017")
ID = str(uuid4())
NAMES = [*QUESTIONNAIRE.dimension_of, *QUESTIONNAIRE.question_of, "form", "response_id", "?"]
SHORT = dict.fromkeys(QUESTIONNAIRE.asked("short-3"), "4")


def read(*pairs: tuple[str, str], **fields: str) -> Submission:
    return read_submission(MultiDict([*pairs, *fields.items()]).getlist, QUESTIONNAIRE)


def codes(submission: Submission) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in submission.problems]


def test_a_short_form_is_read_with_its_variant() -> None:
    submission = read(response_id=ID, form="short-3", G1="5", **SHORT)
    assert (submission.form, codes(submission)) == ("short-3", [])
    assert submission.ratings == {**dict.fromkeys(SHORT, 4), "G1": 5}


def test_no_opinion_is_kept_but_is_not_a_rating() -> None:
    submission = read(response_id=ID, form="full", A1="0")
    assert submission.ratings == {"A1": 0}
    assert codes(submission) == [("ratings", "needs_a_rating")]


@pytest.mark.parametrize("text", ["6", "-1", "1.0", "٤", "abc", "4 4", "05"])
def test_what_is_not_a_level_is_named_at_its_criterion_and_the_rest_is_kept(text: str) -> None:
    submission = read(response_id=ID, form="full", A1=text, B1="4")
    assert codes(submission) == [("A1", "not_a_level")]
    assert submission.ratings == {"B1": 4}


@pytest.mark.parametrize("text", ["", "abc", "1234", "d978c156-e6e8-11f1-b8f6-02fc00000001", "x" * 5000])
def test_only_a_random_uuid_is_a_response_id(text: str) -> None:
    assert codes(read(response_id=text, A1="4")) == [("response_id", "unknown_form")]


def test_unknown_fields_are_ignored() -> None:
    submission = read(response_id=ID, form="full", A1="4", Z9="5", agency="1", marked="true")
    assert (submission.ratings, submission.answers, codes(submission)) == ({"A1": 4}, {}, [])


@pytest.mark.parametrize("form", ["", "short-60", "short-999999999999999999999", "short--1", "short-x", "medium"])
def test_a_form_that_does_not_exist_counts_as_the_full_one(form: str) -> None:
    assert read(response_id=ID, form=form, A1="4").form == FULL_FORM


def test_ratings_beyond_the_short_form_make_it_a_full_one() -> None:
    other = next(code for code in QUESTIONNAIRE.dimension_of if code not in SHORT)
    assert read(response_id=ID, form="short-3", **SHORT, **{other: "4"}).form == FULL_FORM


def test_a_question_whose_condition_does_not_hold_is_not_kept() -> None:
    assert read(response_id=ID, A1="4", N5="on_time", N6="yes").answers == {"N5": "on_time"}
    assert read(response_id=ID, A1="4", N5="late", N6="yes").answers == {"N5": "late", "N6": "yes"}


def test_more_choices_than_allowed_are_named() -> None:
    chosen = [("M", f"M{number}") for number in (1, 2, 3, 4)]
    assert codes(read(*chosen, response_id=ID, A1="4")) == [("M", "too_many_choices")]
    assert read(*chosen[:3], response_id=ID, A1="4").answers == {"M": ["M1", "M2", "M3"]}


def test_a_comment_loses_control_characters_and_keeps_its_lines() -> None:
    assert read(response_id=ID, A1="4", O1=" Chờ\x00 lâu\nquá\x07 ").comment == "Chờ lâu\nquá"


def test_a_comment_that_is_too_long_is_named_and_kept() -> None:
    submission = read(response_id=ID, A1="4", O1="x" * 2001)
    assert codes(submission) == [("O1", "too_long")]
    assert len(submission.comment) == 2001


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text())))
def test_whatever_is_sent_only_what_the_questionnaire_admits_is_kept(pairs: list[tuple[str, str]]) -> None:
    submission = read(*pairs)
    assert set(submission.ratings) <= {*QUESTIONNAIRE.dimension_of, "G1"}
    assert set(submission.ratings.values()) <= set(range(6))
    for code, answer in submission.answers.items():
        admitted = {known.code for known in QUESTIONNAIRE.question_of[code].answers}
        assert set([answer] if isinstance(answer, str) else answer) <= admitted
