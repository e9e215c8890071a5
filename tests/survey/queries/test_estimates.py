from __future__ import annotations

from dataclasses import replace

import pytest

from survey.queries.agency_overview import agency_overview
from survey.queries.agency_scores import AgencyScore
from survey.queries.estimates import FEW, SHOWN, TOO_FEW, UNKNOWN, WITHHELD, common_axis, disclosed, overall
from survey.services.read_questionnaire import read_questionnaire
from survey.settings import today
from tests.support.scored_province import Cell, row, rows


@pytest.mark.parametrize(("respondents", "state"), [(0, TOO_FEW), (9, TOO_FEW), (10, FEW), (29, FEW), (30, SHOWN)])
def test_the_number_of_respondents_decides_what_is_shown(respondents: int, state: str) -> None:
    estimate = overall([row("overall", "ALL", Cell(respondents))])
    assert estimate is not None
    assert (estimate.state, estimate.index is None) == (state, state == TOO_FEW)


def test_what_was_hidden_when_it_was_computed_stays_hidden() -> None:
    stored = row("overall", "ALL", Cell(40)) | {"index": None, "why": "few_respondents"}
    estimate = overall([stored])
    assert estimate is not None
    assert estimate.state == WITHHELD


def test_an_index_that_cannot_be_told_is_no_number() -> None:
    estimate = overall([row("overall", "ALL", Cell(40)) | {"index": None, "why": "no_valid_answers"}])
    assert estimate is not None
    assert estimate.state == UNKNOWN


def test_a_withheld_estimate_is_hidden_only_from_above() -> None:
    stored = [row("overall", "ALL", Cell(40, withheld=True))]
    own, above = overall(stored), overall(stored, from_above=True)
    assert own is not None
    assert own.index == 0.8
    assert above is not None
    assert (above.index, above.low, above.answers, above.no_opinion) == (None, None, None, None)


def test_the_common_axis_begins_at_a_round_ten_below_every_interval() -> None:
    estimates = disclosed([row("criterion", "A1", Cell(50, 0.62)), row("criterion", "A2", Cell(50, 0.9))])
    assert common_axis(estimates) == (0.5, 1.0)
    assert common_axis([]) == (0.0, 1.0)
    assert common_axis([replace(estimates[0], low=0.5)]) == (0.4, 1.0)


def test_an_overview_orders_criteria_by_need() -> None:
    questionnaire = read_questionnaire("sipas-2017")
    stored = rows(questionnaire, Cell(100, 0.8), {"E2": Cell(60, 0.5), "A1": Cell(60, 0.6), "B1": Cell(9)})
    overview = agency_overview(AgencyScore("open_qr", "all", today(), stored), None, questionnaire)
    keys = [row.criterion.code for row in overview.criteria]
    assert keys[:2] == ["E2", "A1"]
    assert keys[-1] == "B1"
    assert overview.unmarked is None
