"""The administrator's pages: people with their roles and sessions, and the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.permissions import BOUND, GRANTS
from survey.errors import Conflict, Invalid, NotFound
from survey.models import User
from survey.queries.agencies import lasting_agencies
from survey.queries.audit_log import PAGE, list_entries
from survey.queries.audit_names import audit_names
from survey.queries.people import list_people, sessions_of
from survey.services.add_user import add_user
from survey.services.change_user import change_role, end_sessions, reset_second_factor, set_active, set_password
from survey.services.sign_on import unbind
from survey.web import audit_words
from survey.web.account import needs
from survey.web.log_in import now
from survey.web.role_words import role_name

blueprint = Blueprint("people", __name__)
blueprint.add_app_template_global(role_name)
#: What is done to an account that needs nothing typed.
_STEPS: dict[str, Callable[[Session, str], object]] = {"second_factor": reset_second_factor, "sessions": end_sessions, "sign_on": unbind}
_REFUSED = (Conflict, Invalid, NotFound)


@blueprint.get("/people")
@needs("manage_people")
def show_all() -> str:
    return _all()


@blueprint.post("/people")
@needs("manage_people")
def add() -> tuple[str, int] | str:
    """The first password is made here and shown once: nobody has to think one up for others, and none is sent by mail."""
    password, email = secrets.token_urlsafe(15), request.form.get("email", "")
    try:
        user = add_user(db.session, email=email, password=password, role=request.form.get("role", ""), agency_code=_agency())
    except _REFUSED as refusal:
        return _all(problem=refusal.code), 422
    return render_template("account/new_password.html", user=user, password=password)


@blueprint.get("/people/<int(max=2147483647):user_id>")
@needs("manage_people")
def show(user_id: int) -> str:
    return _one(_user(user_id))


@blueprint.post("/people/<int(max=2147483647):user_id>/<any(role,disable,enable,second_factor,sign_on,sessions):step>")
@needs("manage_people")
def change(user_id: int, step: str) -> Response | tuple[str, int]:
    user = _user(user_id)
    try:
        if step == "role":
            change_role(db.session, user.email, role=request.form.get("role", ""), agency_code=_agency())
        elif step in _STEPS:
            _STEPS[step](db.session, user.email)
        else:
            set_active(db.session, user.email, active=step == "enable")
    except _REFUSED as refusal:
        db.session.refresh(user)
        return _one(user, problem=refusal.code), 422
    return redirect(url_for("people.show", user_id=user_id), code=303)


@blueprint.post("/people/<int(max=2147483647):user_id>/password")
@needs("manage_people")
def new_password(user_id: int) -> str:
    password = secrets.token_urlsafe(15)
    user = set_password(db.session, _user(user_id).email, password)
    return render_template("account/new_password.html", user=user, password=password)


@blueprint.get("/audit")
@needs("see_audit_log")
def audit() -> str:
    entries = list_entries(db.session, before=request.args.get("before", type=int), limit=PAGE + 1)
    return render_template(
        "account/audit.html", entries=entries[:PAGE], more=len(entries) > PAGE, words=audit_words, names=audit_names(db.session),
    )  # fmt: skip


def _user(user_id: int) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound(f"There is no account {user_id}.")
    return user


def _agency() -> str | None:
    """The agency that was chosen, for the roles that have one."""
    return (request.form.get("agency") or None) if request.form.get("role") in BOUND else None


def _all(problem: str = "") -> str:
    return render_template(
        "account/people.html", people=list_people(db.session, now=now()), grants=list(GRANTS), agencies=lasting_agencies(db.session),
        problem=problem,
    )  # fmt: skip


def _one(user: User, problem: str = "") -> str:
    running = sessions_of(db.session, user.id, now=now())
    return render_template(
        "account/person.html", user=user, sessions=running, now=now(), grants=list(GRANTS), agencies=lasting_agencies(db.session),
        problem=problem,
    )  # fmt: skip
