"""Logging in and out, as the audit log tells it."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import LoginForm, current_user, user_authenticated
from sqlalchemy import select

from survey.database import db
from survey.domain.audit_chain import EXPORTED, LOG_IN_FAILED, LOGGED_IN, LOGGED_OUT
from survey.models import User
from survey.services.audit import record_alone, works_for

NOBODY = "nobody"
UNKNOWN = "an unknown address"


class AuditedLoginForm(LoginForm):
    """The library's form; a refused attempt leaves an entry, whichever the reason."""

    def validate(self, **kwargs: Any) -> bool:
        valid: bool = super().validate(**kwargs)
        if not valid:
            record_alone(db.session, LOG_IN_FAILED, _attempted(self.email.data or ""))
        return valid


def init_app(app: Flask) -> None:
    app.before_request(_say_who)
    app.after_request(_record_export)
    user_authenticated.connect(_logged_in, app)
    user_logged_out.connect(_logged_out, app)


def _attempted(email: str) -> str:
    """The account that somebody tried. What belongs to no account is not kept: it may be a password in the wrong field."""
    known = db.session.scalars(select(User.email).where(User.email == email.strip().lower())).first()
    return known or UNKNOWN


def _say_who() -> None:
    if request.blueprint not in ("citizen", "ops"):
        works_for(db.session, current_user.email if current_user.is_authenticated else NOBODY)


def _record_export(response: Any) -> Any:
    """Whatever a member of the staff takes away as a file is an export, unless the page has told more of it already."""
    taken = response.status_code == 200 and response.headers.get("Content-Disposition", "").startswith("attachment")
    if taken and request.method == "GET" and request.blueprint != "citizen":
        record_alone(db.session, EXPORTED, request.path)
    return response


def _logged_in(_app: Flask, *, user: User, **_more: Any) -> None:
    works_for(db.session, user.email)
    record_alone(db.session, LOGGED_IN, user.email)


def _logged_out(_app: Flask, *, user: User, **_more: Any) -> None:
    if user.is_authenticated:
        record_alone(db.session, LOGGED_OUT, user.email)
