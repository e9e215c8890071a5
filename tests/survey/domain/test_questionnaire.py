import json
from fractions import Fraction

import pytest

from survey.domain.questionnaire import FULL_FORM, OVERALL, Condition, Criterion, Dimension, Level, Questionnaire
from survey.domain.questionnaire_json import from_json, to_json
from survey.services.read_questionnaire import read_questionnaire

SIPAS = read_questionnaire("sipas-2017")


def test_the_23_criteria_stand_in_five_dimensions() -> None:
    assert [(d.code, len(SIPAS.criteria_of(d.code))) for d in SIPAS.dimensions] == [
        ("ACCESS", 4),
        ("PROCEDURE", 5),
        ("STAFF", 6),
        ("RESULT", 4),
        ("FEEDBACK", 4),
    ]


def test_the_general_question_belongs_to_no_dimension() -> None:
    assert (SIPAS.general.code, SIPAS.general.dimension) == ("G1", OVERALL)
    assert "G1" not in SIPAS.dimension_of


def test_the_full_form_asks_every_criterion_and_a_short_form_five() -> None:
    assert len(SIPAS.asked(FULL_FORM)) == 23
    assert SIPAS.asked("short-0") == SIPAS.short_forms[0]


def test_whether_the_delay_was_announced_is_asked_only_of_those_who_waited() -> None:
    conditions = {question.code: question.asked_when for question in SIPAS.questions if question.asked_when}
    assert conditions == {"N6": Condition("N5", "late"), "N7": Condition("N5", "late")}


def test_up_to_three_expectations_may_be_chosen() -> None:
    question = SIPAS.question_of["M"]
    assert question.most_choices == 3
    assert [answer.code for answer in question.answers] == [f"M{number}" for number in range(1, 11)]


def test_only_the_ethnic_group_is_not_asked_by_default() -> None:
    assert [question.code for question in SIPAS.questions if not question.asked_by_default] == ["T6"]


def test_every_text_is_there_in_vietnamese_and_english() -> None:
    texts = [SIPAS.text, SIPAS.general.text]
    texts += [level.text for level in SIPAS.levels]
    texts += [dimension.text for dimension in SIPAS.dimensions]
    texts += [criterion.text for criterion in SIPAS.criteria]
    texts += [question.text for question in SIPAS.questions]
    texts += [answer.text for question in SIPAS.questions for answer in question.answers]
    assert SIPAS.languages == ("en", "vi")
    assert all(set(text) == {"en", "vi"} and all(text.values()) for text in texts)


def test_the_json_gives_the_same_questionnaire_back() -> None:
    assert from_json(to_json(SIPAS)) == SIPAS


def test_the_json_is_canonical() -> None:
    text = to_json(SIPAS)
    assert to_json(from_json(text)) == text
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert "Tiếp cận dịch vụ" in text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"code":"x"}', to_json(SIPAS).replace('"rating"', '"grade"', 1)])
def test_json_that_is_no_questionnaire_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)


def test_a_weight_that_is_no_whole_number_stays_an_exact_fraction() -> None:
    words = {"vi": "x"}
    questionnaire = Questionnaire(
        code="q",
        text=words,
        levels=(Level(1, words),),
        dimensions=(Dimension("A", words),),
        criteria=(Criterion("A1", "A", words), Criterion("A2", "A", words)),
        general=Criterion("G1", OVERALL, words),
        questions=(),
        short_forms=(("A1",), ("A1",), ("A2",)),
    )
    assert questionnaire.short_form_weights == {"A1": Fraction(3, 2), "A2": 3}
