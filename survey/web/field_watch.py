"""Sở Nội vụ's watch over the field work: what comes in against the expected, what needs a look, and what is marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.disclosure import CELL_FROM, INDEX_FROM
from survey.domain.marks import LONGEST_NOTE
from survey.domain.wave import MODES
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, Desk
from survey.queries.agencies import get_agency
from survey.queries.desk_speeds import desk_speeds
from survey.queries.field_watch import FieldWatch, field_watch
from survey.queries.marks import day_counts, desks_of, marks_of
from survey.queries.waves import WaveView, all_waves, find_in, pick_wave
from survey.services.mark_desk_day import DeskDay, lift_marks, mark_desk_day
from survey.services.preview_mark import preview_mark
from survey.services.refresh_scores import refresh_scores
from survey.settings import today
from survey.web import mark_words, watch_words
from survey.web.account import needs

blueprint = Blueprint("field_watch", __name__)


@blueprint.get("/department/watch")
@needs("watch_field")
def show_all() -> str:
    waves, wave = _wave()
    watch = field_watch(db.session, wave, today=today()) if wave else None
    return render_template("department/watch.html", waves=waves, wave=wave, watch=watch, say=watch_words)


@blueprint.get("/department/watch/<code>")
@needs("watch_field")
def show(code: str) -> str:
    agency, (waves, wave) = get_agency(db.session, code), _wave()
    watch = field_watch(db.session, wave, today=today(), only=agency.id) if wave else FieldWatch(today(), (), None, ())
    desks = {desk.id: desk for desk in desks_of(db.session, agency.id)}
    return render_template(
        "department/watch_agency.html",
        agency=agency, waves=waves, wave=wave, watch=watch, say=watch_words, desks=desks, mark_words=mark_words,
        marks=marks_of(db.session, wave.id, desks.keys()) if wave else (), least=CELL_FROM, modes=MODES,
        speeds=desk_speeds(db.session, wave, agency.id) if wave else (), index_from=INDEX_FROM,
    )  # fmt: skip


@blueprint.get("/department/watch/<code>/mark")
@needs("mark_responses")
def ask(code: str) -> str:
    return _form(_target(code, request.args))


@blueprint.post("/department/watch/<code>/mark")
@needs("mark_responses")
def mark(code: str) -> WerkzeugResponse | tuple[str, int]:
    target, given = _target(code, request.form), request.form
    try:
        mark_desk_day(
            db.session, target.unit, reason=given.get("reason", ""), note=given.get("note", ""), by=current_user.email, today=today()
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _form(target, problem=error.code), 422
    return _back(target)


@blueprint.get("/department/watch/<code>/lift")
@needs("mark_responses")
def ask_to_lift(code: str) -> str:
    return _form(_target(code, request.args), lifting=True)


@blueprint.post("/department/watch/<code>/lift")
@needs("mark_responses")
def lift(code: str) -> WerkzeugResponse | tuple[str, int]:
    target, given = _target(code, request.form), request.form
    try:
        marked_for, why = given.get("marked_for", ""), given.get("note", "")
        lift_marks(db.session, target.unit, marked_for=marked_for, reason=why, by=current_user.email, today=today())
    except (Invalid, Conflict) as error:
        return _form(target, lifting=True, problem=error.code), 422
    return _back(target)


@dataclass(frozen=True)
class Target:
    """The desk-day that a form is about."""

    agency: Agency
    wave: WaveView
    desk: Desk
    unit: DeskDay


def _target(code: str, given: MultiDict[str, str]) -> Target:
    agency, wave = get_agency(db.session, code), find_in(all_waves(db.session), given.get("wave", ""))
    desk = next((desk for desk in desks_of(db.session, agency.id) if str(desk.id) == given.get("desk")), None)
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError as error:
        raise NotFound("There is no such day.") from error
    if desk is None or given.get("mode") not in MODES:
        raise NotFound("There is no such desk or mode.")
    return Target(agency, wave, desk, DeskDay(wave.id, desk.id, day, given["mode"]))


def _form(target: Target, *, lifting: bool = False, problem: str | None = None) -> str:
    unit = target.unit
    refresh_scores(db.session, today=today())
    counts = day_counts(db.session, unit.wave_id, unit.desk_id, unit.day).get(unit.mode, (0, 0))
    groups = [g for g in marks_of(db.session, unit.wave_id, [unit.desk_id]) if (g.day, g.mode, g.lifted_on) == (unit.day, unit.mode, None)]
    return render_template(
        "department/lift.html" if lifting else "department/mark.html",
        agency=target.agency, wave=target.wave, desk=target.desk, unit=unit, unmarked=counts[0], marked=counts[1], groups=groups,
        given=request.values, least=CELL_FROM, mark_words=mark_words, longest=LONGEST_NOTE, over=unit.day < today(),
        problem=mark_words.problem(problem) if problem else None, wrong=problem,
        preview=preview_mark(db.session, target.wave, target.agency.id, unit, today=today()) if not lifting else None,
    )  # fmt: skip


def _back(target: Target) -> WerkzeugResponse:
    return redirect(url_for("field_watch.show", code=target.agency.code, wave=target.wave.code, _anchor="marks"), code=303)


def _wave() -> tuple[tuple[WaveView, ...], WaveView | None]:
    refresh_scores(db.session, today=today())
    waves = all_waves(db.session)
    return waves, pick_wave(waves, request.args.get("wave"), today=today())
