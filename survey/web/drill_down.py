"""From the overview down: one dimension or one criterion of an agency, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template

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
from survey.web import answer_words, findings, level_chart
from survey.web.account import needs
from survey.web.agency import Selection, changes_of, select
from survey.web.drawings import Picture, folder, svg

blueprint = Blueprint("drill_down", __name__)


@dataclass(frozen=True)
class Look:
    """What the page of one dimension or criterion shows; `found` is None before the first numbers."""

    chosen: Selection
    questionnaire: Questionnaire
    measure: Dimension | Criterion
    found: DrillDown | None
    criteria: tuple[Part, ...]  # of a dimension

    @property
    def above(self) -> Dimension | None:
        """The dimension of a criterion."""
        if isinstance(self.measure, Dimension):
            return None
        return next(each for each in self.questionnaire.dimensions if each.code == self.measure.dimension)

    @property
    def levels(self) -> tuple[answer_words.LevelShare, ...]:
        return answer_words.levels(self.questionnaire.levels, self.found.levels) if self.found and self.found.levels else ()

    @property
    def axis(self) -> tuple[float, float]:
        return common_axis([*(self.found.shown if self.found else ()), *(part.estimate for part in self.criteria)])

    @property
    def picture(self) -> Picture | None:
        return level_chart.levels(self.levels) if self.levels else None


@blueprint.get("/agencies/<code>/<any(dimensions, criteria):group>/<measure>")
@needs("see_agency")
def show(code: str, group: str, measure: str) -> str:
    refresh_scores(db.session, today=today())
    look = look_at(code, group, measure)
    return render_template(
        "agency/drill_down.html",
        chosen=look.chosen,
        look=look,
        changes=changes_of(look.chosen) if look.found else None,
        short=short_names(look.questionnaire),
        findings=findings,
        answer_words=answer_words,
    )


@blueprint.get("/agencies/<code>/<any(dimensions, criteria):group>/<measure>/levels.svg")
@needs("see_agency")
def levels(code: str, group: str, measure: str) -> Response:
    picture = look_at(code, group, measure).picture
    if picture is None:
        raise NotFound("There are no answers to draw.")
    return Response(svg(picture, folder=folder(current_app.instance_path)), content_type="image/svg+xml")


def look_at(code: str, group: str, measure: str) -> Look:
    """`group` tells dimensions from criteria, as the address does."""
    chosen = select(get_agency(db.session, code))
    if chosen is None:
        raise NotFound("There is no wave yet.")
    questionnaire = questionnaire_of(db.session, chosen.wave)
    known: tuple[Dimension | Criterion, ...] = questionnaire.dimensions if group == "dimensions" else questionnaire.criteria
    asked = next((each for each in known if each.code == measure), None)
    if asked is None:
        raise NotFound(f"There is nothing called {measure!r} among the {group}.")
    found = drill_down(
        db.session, chosen.agency.id, chosen.wave, chosen.mode, chosen.scores, measure, from_above=chosen.from_above
    )  # fmt: skip
    return Look(chosen, questionnaire, asked, found, _criteria(chosen, questionnaire, asked))


def _criteria(chosen: Selection, questionnaire: Questionnaire, measure: Dimension | Criterion) -> tuple[Part, ...]:
    """The criteria of a dimension, as the overview shows them."""
    if isinstance(measure, Criterion):
        return ()
    everything = chosen.score("all")
    scores = everything.estimates if everything else []
    pooled = {each.key: each for each in disclosed(scores, from_above=chosen.from_above) if each.rule == "pooled"}
    return by_need(Part(c.code, c.text, pooled[c.code]) for c in questionnaire.criteria_of(measure.code) if c.code in pooled)
