"""Citizens' pages stand apart: they open no session and take none of the steps that only the staff's log-in needs (decision 0065)."""

from __future__ import annotations

from flask import Flask, Request, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_security.core import AnonymousUser

from survey.i18n import pick_language

#: How the addresses of citizens' pages begin. A session is opened before anybody knows which page an address is of, hence this list.
CITIZENS = frozenset({"s", "p", "g", "k", "d", "q", "r", "privacy", "citizen", "recordings", "sw.js"})


def is_anonymous(path: str) -> bool:
    """Whether an address is (or would be) one of the citizens': ``/s/…``, ``/privacy``, ``/citizen-….js``."""
    return path[1:].partition("/")[0].partition("-")[0] in CITIZENS


class _Sessions(SecureCookieSessionInterface):
    """For the staff only. On citizens' pages no cookie is read, and whoever tries to keep something there gets an error."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if is_anonymous(request.path) else super().open_session(app, request)


class SurveyApp(Flask):
    session_interface = _Sessions()

    def keep_steps_for_staff(self) -> None:
        """What was registered until now to happen before each page (log-in, forged forms, audit) happens before the staff's only."""
        self._staff_steps = self.before_request_funcs.pop(None, [])

    def preprocess_request(self) -> ResponseReturnValue | None:
        if is_anonymous(request.path):
            _begin_anonymous()
            return super().preprocess_request()
        answers = (self.ensure_sync(step)() for step in self._staff_steps)
        answer: ResponseReturnValue | None = next((answer for answer in answers if answer is not None), None)
        return super().preprocess_request() if answer is None else answer


def _begin_anonymous() -> None:
    """Nobody is logged in, and the language is the one that the address names."""
    g.language = pick_language(request.args.get("lang"))
    g._login_user = AnonymousUser()  # type: ignore[no-untyped-call]  # noqa: SLF001  (there is no public way to say so)
