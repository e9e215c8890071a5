"""The tablet that people answer on at the desk. Its address is opened once by staff; then it works through hours without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from flask import Response, g, make_response, render_template, request, send_from_directory, url_for
from markupsafe import Markup

from survey.database import db
from survey.domain.wave import KIOSK as MODE
from survey.domain.wave import KIOSK_DAYS_LATE
from survey.i18n import LANGUAGES, in_words, language
from survey.models import KIOSK
from survey.queries.open_desk import DeskView, DeskWave, find_desk, known_desk
from survey.queries.stored_response import is_stored
from survey.settings import PROJECT, today
from survey.web.citizen import blueprint
from survey.web.citizen_form import Entry, Page, closed, show, take
from survey.web.told import told_of

_STATIC = PROJECT / "survey" / "static"


@blueprint.get("/k/<code>")
def kiosk(code: str) -> Page:
    desk = find_desk(db.session, code, today=today(), kind=KIOSK)
    if desk is None or not desk.is_open:
        return closed(desk)
    wave = desk.wave if desk.wave and desk.wave.takes(MODE) else None
    screens = {spoken: _screens(desk, wave, spoken) for spoken in _languages(wave)}
    return _unkept(render_template("kiosk/kiosk.html", code=code, place=_place(desk), wave=wave, screens=screens))


@blueprint.get("/k/<code>/form")
def kiosk_form(code: str) -> Page:
    """The plain form, for a tablet that does not run the script."""
    entry = _entry(find_desk(db.session, code, today=today(), kind=KIOSK), code)
    return _unkept(show(entry)) if entry else closed(None)


@blueprint.post("/k/<code>/form")
def send_kiosk_form(code: str) -> Page:
    entry = _entry(known_desk(db.session, code, today=today(), kind=KIOSK), code)
    return _unkept(take(entry)) if entry else closed(None)


@blueprint.post("/k/<code>/given")
def take_given(code: str) -> Response:
    """What the tablet's queue sends. 204: stored, now or before; 409: can never be stored; anything else: to be tried again."""
    given_on, desk = _day_and_desk(code)
    entry = _entry(desk, code)
    if entry is None:
        return _told(404)
    if not _is_of(entry.desk, request.form.get("wave")):
        return _told(409)
    response = make_response(take(replace(entry, given_on=given_on)))
    if response.status_code < 500 and response.status_code != 429:
        return _told(204 if is_stored(db.session, _sent_id()) else 409)
    return response


@blueprint.get("/k/<code>/app.webmanifest")
def manifest(code: str) -> Response:
    """Lets the page be put on the tablet's home screen, from where it opens without the browser's bars."""
    desk = find_desk(db.session, code, today=today(), kind=KIOSK)
    if desk is None:
        return _told(404)
    address = url_for("citizen.kiosk", code=code)
    icons = [{"src": f"/static/kiosk-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)]
    name = in_words(desk.agency_names, language())
    content = {
        "name": name,
        "short_name": "SIPAS",
        "id": address,
        "start_url": address,
        "scope": address,
        "display": "fullscreen",
        "icons": icons,
    }
    response = make_response(content)
    response.mimetype = "application/manifest+json"
    return response


@blueprint.get("/k/worker.js")
def kiosk_worker() -> Response:
    """Served from here, since a service worker rules only what lies below its own address."""
    return send_from_directory(_STATIC, "kiosk-worker.js", mimetype="text/javascript", max_age=0)


def _day_and_desk(code: str) -> tuple[date, DeskView | None]:
    """The day on which a form counts: the declared one where it is today or yesterday and in the same wave, else the day of arrival."""
    arrived = today()
    declared = _declared_day(arrived)
    desk = known_desk(db.session, code, today=declared, kind=KIOSK)
    if declared != arrived and not (desk and _is_of(desk, request.form.get("wave"))):
        return arrived, known_desk(db.session, code, today=arrived, kind=KIOSK)
    return declared, desk


def _is_of(desk: DeskView, wave_id: str | None) -> bool:
    """Whether the wave that the tablet's page was made for is the one that is asked about now: questions of another are never mixed in."""
    return desk.wave is not None and str(desk.wave.id) == wave_id


def _declared_day(arrived: date) -> date:
    try:
        declared = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return arrived
    return declared if timedelta(0) <= arrived - declared <= timedelta(days=KIOSK_DAYS_LATE) else arrived


def _sent_id() -> UUID | None:
    try:
        return UUID(request.form.get("response_id", ""))
    except ValueError:
        return None


def _entry(desk: DeskView | None, code: str) -> Entry | None:
    return Entry(desk, MODE, url_for("citizen.kiosk_form", code=code), code) if desk else None


def _place(desk: DeskView) -> dict[str, str]:
    return {"desk": in_words(desk.names, language()), "agency": in_words(desk.agency_names, language())}


def _languages(wave: DeskWave | None) -> list[str]:
    return [spoken for spoken in LANGUAGES if wave is None or spoken in wave.questionnaire.languages]


def _screens(desk: DeskView, wave: DeskWave | None, spoken: str) -> Markup:
    """All that the tablet ever shows, in one language: the script takes its screens from here and asks nobody."""
    with _speaking(spoken):
        place, actions = _place(desk), told_of(desk.agency_id)
        screens = render_template("kiosk/screens.html", place=place, wave=wave, offered=_languages(wave), actions=actions)
    # Rendered by our own template, which escapes what it shows.
    return Markup(screens)  # noqa: S704  # nosec B704


@contextmanager
def _speaking(spoken: str) -> Iterator[None]:
    asked, g.language = language(), spoken
    try:
        yield
    finally:
        g.language = asked


def _told(status: int) -> Response:
    """An answer for the tablet's script alone."""
    return Response(status=status, mimetype="text/plain")


def _unkept(page: Page) -> Response:
    """Nothing of it stays in the browser's memory for the next person to go back to."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
