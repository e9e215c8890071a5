"""A person's own account: where it is logged in, its second factor, its password."""

from __future__ import annotations

from unicodedata import normalize

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_security import current_user
from flask_security.utils import verify_password
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.passwords import SHORTEST
from survey.errors import Invalid
from survey.queries.people import sessions_of
from survey.services.change_user import set_password
from survey.services.login_sessions import end_session, is_own
from survey.web.account import needs
from survey.web.log_in import now, slowed

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@needs("use_own_account")
def show() -> str:
    return _page()


@blueprint.post("/account/sessions/<int(max=2147483647):session_id>/end")
@needs("use_own_account")
def end(session_id: int) -> Response:
    end_session(db.session, session_id, of=current_user)
    return redirect(url_for("account.show"), code=303)


@blueprint.post("/account/password")
@needs("use_own_account")
def change_password() -> Response | tuple[str, int]:
    """All sessions end with the old password, this one too: the next log-in is with the new one."""
    present = normalize("NFKD", request.form.get("password", ""))
    wait, right = slowed("password", current_user.email, lambda: bool(verify_password(present, current_user.password)))
    if not right:
        return _page("too_many" if wait else "wrong_password"), 422
    try:
        set_password(db.session, current_user.email, request.form.get("new_password", ""))
    except Invalid:
        return _page("bad_password"), 422
    session.clear()
    return redirect(url_for("security.login"), code=303)


def _page(problem: str = "") -> str:
    found = sessions_of(db.session, current_user.id, now=now())
    own = next((one.id for one in found if is_own(one, session.get("token"))), None)
    return render_template("account/show.html", sessions=found, own=own, now=now(), shortest=SHORTEST, problem=problem)
