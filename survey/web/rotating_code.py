"""A QR code on a screen at the desk that changes every two minutes, so that a photograph of it ages (decision 0069)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from time import time
from urllib.parse import urlencode

from flask import current_app, make_response, render_template, request, url_for
from itsdangerous import BadSignature, Signer, TimestampSigner

from survey.database import db
from survey.domain.marks import AGED_CODE
from survey.i18n import in_words, language
from survey.models import DISPLAY
from survey.qr_code import draw
from survey.queries.open_desk import find_desk
from survey.queries.screens import find_display
from survey.settings import today
from survey.web.citizen import blueprint
from survey.web.citizen_form import Entry, Page, closed, show, take

#: Seconds: how long a code stands on the screen, and how long it opens the form after it came up there.
STEP, FRESH_FOR = 120, 15 * 60
#: Seconds by which the clocks of two of our servers may differ.
SKEW = 2 * STEP
#: A form opened with a fresh code is believed to be from the desk for so many days, however late it is sent.
OPENED_FOR = 1


class _Steps(TimestampSigner):
    """Signs the beginning of the present step: the code is the same for everybody who scans it in these minutes."""

    def get_timestamp(self) -> int:
        return int(time()) // STEP * STEP


@blueprint.get("/d/<code>")
def display(code: str) -> Page:
    desk = find_desk(db.session, code, today=today(), kind=DISPLAY)
    if desk is None or not desk.is_open:
        return closed(desk)
    place = {"desk": in_words(desk.names, language()), "agency": in_words(desk.agency_names, language())}
    image = _image(desk.id) if desk.wave and desk.wave.is_open else None
    page = make_response(render_template("kiosk/display.html", place=place, image=image, good_for=FRESH_FOR - STEP))
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.get("/q/<token>")
def open_rotating(token: str) -> Page:
    read = _read(token)
    if read is None:
        return closed(None)
    desk_id, fresh = read
    if fresh:
        return _at(desk_id, _proof(desk_id), show)
    return _at(desk_id, token, show if "late" in request.args else _aged)


@blueprint.post("/q/<token>")
def send_rotating(token: str) -> Page:
    """`token` is the proof that the form was opened with a fresh code, or whatever old code it was opened with: then it is marked."""
    opened = _read_proof(token)
    if opened is not None:
        desk_id, day = opened
        is_believed = timedelta(0) <= today() - day <= timedelta(days=OPENED_FOR)
        return _at(desk_id, token, take, mark=None if is_believed else AGED_CODE)
    read = _read(token)
    return _at(read[0], token, take, mark=AGED_CODE) if read else closed(None)


def _at(desk_id: int, token: str, answer: Callable[[Entry], Page], *, mark: str | None = None) -> Page:
    found = find_display(db.session, desk_id, today=today())
    if found is None:
        return closed(None)
    code, desk = found
    return answer(Entry(desk, "open_qr", url_for("citizen.send_rotating", token=token), code, mark=mark))


def _aged(entry: Entry) -> Page:
    """Scan again; or, for whoever has left the desk or comes back to a form of an hour ago, go on without the proof."""
    here = url_for("citizen.open_rotating", token=entry.action.rpartition("/")[2])
    onward = f"{here}?{urlencode({**request.args.to_dict(), 'late': 'yes'})}"
    return render_template("kiosk/aged.html", agency=in_words(entry.desk.agency_names, language()), onward=onward)


def _image(desk_id: int) -> str:
    """The QR code of this step, inline: the page that the screen asks for every minute brings it along."""
    token = _steps().sign(str(desk_id)).decode()
    drawn = draw(current_app.config["SETTINGS"].base_url + url_for("citizen.open_rotating", token=token), "svg")
    return "data:image/svg+xml;base64," + b64encode(drawn).decode()


def _read(token: str) -> tuple[int, bool] | None:
    """The desk of a code from a screen, or of a proof, and whether the code is fresh; None for what we never signed."""
    steps = _steps()
    try:
        desk_id, began = steps.unsign(token, return_timestamp=True)
    except BadSignature:
        opened = _read_proof(token)
        return (opened[0], False) if opened else None
    age = steps.get_timestamp() - began.timestamp()
    return int(desk_id), -SKEW <= age <= FRESH_FOR


def _proof(desk_id: int) -> str:
    """Says that a form of this desk was opened today with a fresh code: the same for everybody, and no time of day in it."""
    return _proofs().sign(f"{desk_id}.{today().isoformat()}").decode()


def _read_proof(token: str) -> tuple[int, date] | None:
    try:
        desk_id, _, day = _proofs().unsign(token).decode().partition(".")
    except BadSignature:
        return None
    return int(desk_id), date.fromisoformat(day)


def _steps() -> _Steps:
    return _Steps(current_app.config["SECRET_KEY"], salt="code on a screen")


def _proofs() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], salt="opened with a fresh code")
