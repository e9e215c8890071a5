"""Sở Nội vụ's watch over the field work: what comes in against the expected, what needs a look, and what is marked."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from survey.database import db
from survey.errors import NotFound
from survey.queries.agencies import find_agency
from survey.queries.field_watch import field_watch
from survey.queries.waves import WaveView, all_waves, pick_wave
from survey.services.refresh_scores import refresh_scores
from survey.settings import today
from survey.web import watch_words
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
    agency = find_agency(db.session, code)
    waves, wave = _wave()
    if agency is None or wave is None:
        raise NotFound(f"There is no agency {code!r}, or no wave yet.")
    watch = field_watch(db.session, wave, today=today(), only=agency.id)
    return render_template("department/watch_agency.html", agency=agency, waves=waves, wave=wave, watch=watch, say=watch_words)


def _wave() -> tuple[tuple[WaveView, ...], WaveView | None]:
    refresh_scores(db.session, today=today())
    waves = all_waves(db.session)
    return waves, pick_wave(waves, request.args.get("wave"), today=today())
