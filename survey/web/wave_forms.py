"""Sở Nội vụ plans a wave, changes what its stage leaves open, and takes back one that has not opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.wave import (
    DESK_SURVEY,
    FIELDS,
    INSTRUMENTS,
    LONGEST_REASON,
    MAY_CHANGE,
    MODES,
    MODES_OF,
    PLANNED,
    STAGES,
    WavePlan,
)
from survey.errors import Conflict, Invalid, NotFound
from survey.queries.agency_tree import agency_tree
from survey.queries.questionnaire_versions import questionnaire_versions
from survey.queries.wave_plans import wave_plans
from survey.queries.waves import WaveView, all_waves, find_in
from survey.services.cancel_wave import cancel_wave
from survey.services.change_wave import change_wave, open_wave
from survey.settings import today
from survey.web.account import needs

blueprint = Blueprint("wave_forms", __name__)

#: Beside which field a refusal is said, by its code; anything else is said above the form.
_AT = {
    "wave_code": "code", "wave_code_taken": "code", "wave_name": "name_vi", "wave_modes": "modes", "wave_dates": "closes_on",
    "wave_closes_in_the_past": "closes_on", "wave_overlap": "opens_on", "wave_day": "opens_on", "wave_questionnaire": "questionnaire",
    "wave_participants": "participants",
}  # fmt: skip
_LISTS = ("modes", "participants")
_DAYS = ("opens_on", "closes_on")
_ROMAN = ("I", "II", "III", "IV")


@blueprint.get("/department/waves/new")
@needs("run_waves")
def new() -> str:
    return _form(None, _suggested())


@blueprint.post("/department/waves/new")
@needs("run_waves")
def create() -> WerkzeugResponse | tuple[str, int]:
    typed = _typed(frozenset(FIELDS))
    try:
        plan = _read(typed)
        open_wave(db.session, today=today(), **plan)
    except (Conflict, Invalid, NotFound) as refusal:
        return _form(None, typed, refusal=refusal.code), 422
    return redirect(url_for("waves.show", code=plan["code"]), code=303)


@blueprint.get("/department/waves/<code>/edit")
@needs("run_waves")
def edit(code: str) -> str:
    wave = find_in(all_waves(db.session), code)
    if not MAY_CHANGE[wave.stage(today())]:
        raise Conflict(f"Wave {code} is {wave.state} and can no longer be changed.", code="wave_fixed")
    return _form(wave, _written(wave_plans(db.session)[code]))


@blueprint.post("/department/waves/<code>/edit")
@needs("run_waves")
def change(code: str) -> WerkzeugResponse | tuple[str, int]:
    """Only what the stage leaves open is read: fields that a page of an hour ago still offered change nothing."""
    wave = find_in(all_waves(db.session), code)
    typed = _typed(MAY_CHANGE[wave.stage(today())])
    try:
        changes = _read(typed)
        change_wave(db.session, code, today=today(), **changes)
    except (Conflict, Invalid, NotFound) as refusal:
        return _form(wave, _written(wave_plans(db.session)[code]) | typed, refusal=refusal.code), 422
    return redirect(url_for("waves.show", code=changes.get("code", code)), code=303)


@blueprint.get("/department/waves/<code>/cancel")
@needs("run_waves")
def ask_to_cancel(code: str) -> str:
    return _cancelling(code)


@blueprint.post("/department/waves/<code>/cancel")
@needs("run_waves")
def cancel(code: str) -> WerkzeugResponse | tuple[str, int]:
    try:
        cancel_wave(db.session, code, reason=request.form.get("reason", ""), today=today())
    except (Conflict, Invalid) as refusal:
        return _cancelling(code, problem=refusal.code), 409 if isinstance(refusal, Conflict) else 422
    return redirect(url_for("waves.show_all"), code=303)


def _cancelling(code: str, *, problem: str = "") -> str:
    wave = find_in(all_waves(db.session), code)
    return render_template(
        "department/cancel.html", wave=wave, problem=problem, longest=LONGEST_REASON, planned=wave.stage(today()) == PLANNED
    )


def _form(wave: WaveView | None, values: Mapping[str, Any], *, refusal: str = "") -> str:
    now = wave.stage(today()) if wave else PLANNED
    return render_template(
        "department/wave_form.html",
        wave=wave, values=values, may_change=MAY_CHANGE[now], table=MAY_CHANGE, stages=STAGES, fields=FIELDS, refusal=refusal,
        at=_AT.get(refusal, ""), instruments=INSTRUMENTS, modes=MODES, modes_of=MODES_OF, tree=agency_tree(db.session, day=today()),
        questionnaires=[version.code for version in questionnaire_versions(db.session)],
    )  # fmt: skip


def _typed(fields: frozenset[str]) -> dict[str, Any]:
    """What was sent, as it is put back into the form: lists as lists, all else as text."""
    sent: dict[str, Any] = {name: tuple(request.form.getlist(name)) for name in _LISTS if name in fields}
    sent |= {name: " ".join(request.form.get(name, "").split()) for name in FIELDS if name in fields and name not in _LISTS}
    if "participants" in fields and request.form.get("everybody") != "no":
        sent["participants"] = ()
    return sent


def _read(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the service wants them; an English name that nobody gave is the Vietnamese one."""
    found = dict(typed) | {name: _day(typed[name]) for name in _DAYS if name in typed}
    if "name_en" in found:
        found["name_en"] = found["name_en"] or found.get("name_vi", "")
    if "participants" in found:
        if request.form.get("everybody") == "no" and not found["participants"]:
            raise Invalid("Choose at least one agency, or all of them.", code="wave_participants")
        found["participants"] = tuple(sorted(found["participants"]))
    if "modes" in found:
        found["modes"] = tuple(mode for mode in MODES if mode in found["modes"] and mode in MODES_OF.get(found["instrument"], ()))
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is no day; write it as 2026-10-01.", code="wave_day") from error


def _written(plan: WavePlan) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value := getattr(plan, name), date) else value for name in FIELDS}


def _suggested() -> dict[str, Any]:
    """What is left of the first quarter after all waves of the desk survey, ready to be changed."""
    taken = [wave.closes_on for wave in all_waves(db.session) if wave.instrument == DESK_SURVEY]
    first = max([today(), *(day + timedelta(days=1) for day in taken if day.year < today().year + 5)])
    quarter = (first.month - 1) // 3 + 1
    versions: Sequence[str] = [version.code for version in questionnaire_versions(db.session)]
    return {
        "code": f"{first.year}-Q{quarter}",
        "name_vi": f"Quý {_ROMAN[quarter - 1]}/{first.year}", "name_en": f"Q{quarter} {first.year}",
        "instrument": DESK_SURVEY, "questionnaire": versions[-1] if versions else "",
        "modes": MODES_OF[DESK_SURVEY], "participants": (), "opens_on": first.isoformat(), "closes_on": _end_of_quarter(first).isoformat(),
    }  # fmt: skip


def _end_of_quarter(day: date) -> date:
    month = 3 * ((day.month - 1) // 3) + 3
    return (date(day.year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
