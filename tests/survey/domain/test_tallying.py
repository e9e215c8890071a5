from __future__ import annotations

from survey.domain.questionnaire import FULL_FORM
from survey.domain.tallying import COLUMNS, contributions
from survey.services.read_questionnaire import read_questionnaire

QUESTIONNAIRE = read_questionnaire("sipas-2017")


def column(sums: dict[str, tuple[int, ...]], measure: str, name: str) -> int:
    return sums[measure][COLUMNS.index(name)]


def test_a_rating_adds_to_its_criterion_its_dimension_and_the_whole() -> None:
    sums = contributions(QUESTIONNAIRE, FULL_FORM, {"A1": 5, "A2": 3})
    assert set(sums) == {"A1", "A2", "ACCESS", "ALL"}
    assert column(sums, "ACCESS", "respondents") == 1
    assert (column(sums, "ALL", "satisfied"), column(sums, "ALL", "valid")) == (1, 2)
    assert (column(sums, "ALL", "rated_3"), column(sums, "ALL", "rated_5")) == (1, 1)


def test_the_general_question_never_enters_the_whole() -> None:
    assert set(contributions(QUESTIONNAIRE, FULL_FORM, {"G1": 5})) == {"G1"}


def test_no_opinion_leaves_the_denominator_but_is_counted() -> None:
    sums = contributions(QUESTIONNAIRE, FULL_FORM, {"E1": 0})
    assert [column(sums, "E1", name) for name in ("respondents", "no_opinion", "valid")] == [0, 1, 0]


def test_a_short_form_weighs_each_rating_by_one_over_its_chance_to_be_asked() -> None:
    asked = QUESTIONNAIRE.asked("short-7")
    sums = contributions(QUESTIONNAIRE, "short-7", dict.fromkeys(asked, 4))
    sizes = [len(QUESTIONNAIRE.criteria_of(QUESTIONNAIRE.dimension_of[code])) for code in asked]
    assert [column(sums, code, "valid") for code in asked] == sizes == [4, 5, 6, 4, 4]
    assert column(sums, "ALL", "valid") == 23 == column(contributions(QUESTIONNAIRE, FULL_FORM, ALL_FOUR), "ALL", "valid")
    assert column(sums, "ALL", "valid_squared") == 23**2


ALL_FOUR = dict.fromkeys(QUESTIONNAIRE.dimension_of, 4)
