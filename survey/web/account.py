"""Log-in and who is asking. Flask-Security does the log-in; which agency a person may see is decided here, in one place."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request, session
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user  # noqa: F401  (views import auth_required from here)
from flask_security.core import AnonymousUser

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.permissions import may
from survey.errors import NotAllowed
from survey.i18n import pick_language
from survey.models import Agency, Role, User
from survey.queries.agencies import parents_of

SECURITY: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKD",  # as survey.services.add_user stores it
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_LOGIN_URL": "/login",
    "SECURITY_LOGOUT_URL": "/logout",
    "SECURITY_POST_LOGIN_VIEW": "/start",
    "SECURITY_POST_LOGOUT_VIEW": "/login",
    "SECURITY_LOGIN_USER_TEMPLATE": "account/login.html",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_REGISTERABLE": False,
    "SECURITY_RECOVERABLE": False,
    "SECURITY_SEND_REGISTER_EMAIL": False,
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_FLASH_MESSAGES": False,
}


def init_app(app: Flask) -> None:
    @app.before_request
    def nobody_logs_in_on_citizens_pages() -> None:
        # Registered before the library's own look: citizens' pages never open the session, so no cookie can matter on them.
        if request.blueprint == "citizen":
            g._login_user = AnonymousUser()  # type: ignore[no-untyped-call]  # noqa: SLF001  (there is no public way to say so)

    Security(app, SQLAlchemyUserDatastore(db, User, Role))

    @app.before_request
    def choose_language() -> None:
        wish = request.args.get("lang")
        if request.blueprint == "citizen":
            g.language = pick_language(wish)  # no cookie on citizens' pages
            return
        if pick_language(wish) == wish:
            session["language"] = wish
        g.language = pick_language(session.get("language"))


def require(action: str, agency: Agency | None = None) -> None:
    """Refuse with `NotAllowed` unless the person who is logged in may do `action` (with `agency`, when it concerns one)."""
    roles = frozenset(role.name for role in current_user.roles)
    own = agency is not None and current_user.agency_id is not None and agency.id in _own_agencies()
    if not may(roles, action, own=own):
        raise NotAllowed("You may not see this page.")


def _own_agencies() -> frozenset[int]:
    return subtree(current_user.agency_id, parents_of(db.session))
