"""Errors as pages: what happened and what to do next, in the reader's language."""

from __future__ import annotations

from flask import Flask, abort, render_template, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from survey.database import db
from survey.errors import Conflict, Invalid, NotAllowed, NotFound, SipasError, Unavailable
from survey.queries.waves import WaveView, all_waves
from survey.web.anonymous_pages import is_anonymous

_STATUS = {Invalid: 400, NotFound: 404, NotAllowed: 403, Conflict: 409, Unavailable: 503}


def init_app(app: Flask) -> None:
    @app.errorhandler(SipasError)
    def refused(error: SipasError) -> tuple[str, int]:
        return _page(_STATUS.get(type(error), 400), error.code)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
        if error.code is None or error.code < 400:
            return error  # a redirect
        return _page(error.code, {404: "not_found", 403: "not_allowed", 413: "too_large", 405: "not_found"}.get(error.code, "invalid"))

    @app.before_request
    def refuse_nul() -> None:
        """No address of ours has one, and PostgreSQL cannot even be asked for a text that has. Citizens' pages look for it themselves."""
        if "\x00" in request.path or (b"%00" in request.query_string and not is_anonymous(request.path)):
            abort(404)

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> tuple[str, int]:
        app.logger.error("database: %s", type(error.orig).__name__)  # never the statement: it holds answers
        return _page(503, "unavailable")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        app.logger.error("unexpected %s", type(error).__name__, exc_info=None if request.blueprint == "citizen" else error)
        return _page(500, "unexpected")


def _page(status: int, code: str) -> tuple[str, int]:
    if not is_anonymous(request.path):
        return render_template("failure.html", status=status, code=code, waves=_waves(code)), status
    return render_template("citizen/failure.html", status=status, code=code, kept=_kept(status)), status


def _waves(code: str) -> tuple[WaveView, ...]:
    """The waves to choose from in place of one that does not exist, on a page that is asked for by `?wave=`."""
    return all_waves(db.session) if code == "unknown_wave" and request.method == "GET" and "wave" in request.args else ()


def _kept(status: int) -> list[tuple[str, str]]:
    """The fields of a form that could not be stored through no fault of its own: they go back on the page, to be sent again from there."""
    return list(request.form.items(multi=True)) if status >= 500 and request.method == "POST" else []
