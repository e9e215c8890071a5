"""From the overview down: one dimension or one criterion of an agency, and where it comes from."""

from __future__ import annotations

from flask import Blueprint, render_template

from survey.database import db
from survey.domain.questionnaire import Criterion, Dimension, Questionnaire
from survey.errors import NotFound
from survey.queries.agencies import get_agency
from survey.queries.drill_down import DrillDown, Part, by_need, drill_down
from survey.queries.estimates import common_axis, disclosed
from survey.queries.short_names import short_names
from survey.queries.waves import questionnaire_of
from survey.services.refresh_scores import refresh_scores
from survey.settings import today
from survey.web import findings
from survey.web.account import needs
from survey.web.agency import Selection, changes_of, select

blueprint = Blueprint("drill_down", __name__)


@blueprint.get("/agencies/<code>/dimensions/<dimension>")
@needs("see_agency")
def show_dimension(code: str, dimension: str) -> str:
    chosen = _select(code)
    questionnaire = questionnaire_of(db.session, chosen.wave)
    measure = next((each for each in questionnaire.dimensions if each.code == dimension), None)
    if measure is None:
        raise NotFound(f"There is no dimension {dimension!r}.")
    return _page(chosen, questionnaire, measure)


@blueprint.get("/agencies/<code>/criteria/<criterion>")
@needs("see_agency")
def show_criterion(code: str, criterion: str) -> str:
    chosen = _select(code)
    questionnaire = questionnaire_of(db.session, chosen.wave)
    measure = next((each for each in questionnaire.criteria if each.code == criterion), None)
    if measure is None:
        raise NotFound(f"There is no criterion {criterion!r}.")
    return _page(chosen, questionnaire, measure)


def _select(code: str) -> Selection:
    agency = get_agency(db.session, code)
    refresh_scores(db.session, today=today())
    chosen = select(agency)
    if chosen is None:
        raise NotFound("There is no wave yet.")
    return chosen


def _page(chosen: Selection, questionnaire: Questionnaire, measure: Dimension | Criterion) -> str:
    found = drill_down(
        db.session, chosen.agency.id, chosen.wave, chosen.mode, chosen.scores, measure.code, from_above=chosen.from_above
    )  # fmt: skip
    criteria = _criteria(chosen, questionnaire, measure) if isinstance(measure, Dimension) else ()
    changes = changes_of(chosen) if found else None
    return render_template(
        "agency/drill_down.html",
        chosen=chosen,
        measure=measure,
        above=_dimension_of(questionnaire, measure),
        found=found,
        levels=findings.levels(questionnaire.levels, found.levels) if found and found.levels else (),
        criteria=criteria,
        change=changes.of.get(measure.code) if changes else None,
        before=changes.before if changes else None,
        axis=_axis(found, criteria),
        short=short_names(questionnaire),
        findings=findings,
    )


def _dimension_of(questionnaire: Questionnaire, measure: Dimension | Criterion) -> Dimension | None:
    if isinstance(measure, Dimension):
        return None
    return next(each for each in questionnaire.dimensions if each.code == measure.dimension)


def _criteria(chosen: Selection, questionnaire: Questionnaire, dimension: Dimension) -> tuple[Part, ...]:
    everything = chosen.score("all")
    scores = everything.estimates if everything else []
    pooled = {each.key: each for each in disclosed(scores, from_above=chosen.from_above) if each.rule == "pooled"}
    return by_need(Part(c.code, c.text, pooled[c.code]) for c in questionnaire.criteria_of(dimension.code) if c.code in pooled)


def _axis(found: DrillDown | None, criteria: tuple[Part, ...]) -> tuple[float, float]:
    return common_axis([*(found.shown if found else ()), *(part.estimate for part in criteria)])
