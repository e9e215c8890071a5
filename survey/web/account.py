"""Log-in and who is asking. Flask-Security does the log-in; which agency a person may see is decided here, in one place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

from flask import Flask, g, request, session
from flask_security import Security, SQLAlchemyUserDatastore, auth_required, current_user

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.audit_chain import REFUSED
from survey.domain.permissions import OF_AN_AGENCY, TABLE, may
from survey.errors import NotAllowed
from survey.i18n import pick_language
from survey.models import Agency, Desk, Role, SlipBatch, User
from survey.queries.agencies import find_agency, parents_of
from survey.services.audit import record_alone
from survey.web import log_in

View = TypeVar("View", bound=Callable[..., Any])

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
    Security(
        app, SQLAlchemyUserDatastore(db, User, Role),
        login_form=log_in.LogInForm, two_factor_verify_code_form=log_in.CodeForm,
        two_factor_setup_form=log_in.SetupForm, two_factor_rescue_form=log_in.RescueForm, mf_recovery_form=log_in.RecoveryForm,
        totp_cls=log_in.OnceOnlyTotp, mf_recovery_codes_util_cls=log_in.HashedRecoveryCodes,
    )  # fmt: skip
    log_in.init_app(app)
    app.jinja_env.globals["allowed"] = allowed

    @app.before_request
    def choose_language() -> None:
        g.pop("own_agencies", None)  # of a request before, where a test keeps one context for several
        wish = request.args.get("lang")
        if pick_language(wish) == wish:
            session["language"] = wish
        g.language = pick_language(session.get("language"))


#: Pages that ask for no action, and why. Every other one is decorated with `needs`; tests/survey/web/test_permissions_matrix.py
#: fails where one is not.
PUBLIC = {
    "citizen": "citizens answer without an account",
    "agency.root": "only leads to the start page",
    "ops.alive": "for the machine room; tells nothing but that the process runs",
    "ops.ready": "for the machine room; tells nothing but that the database is there",
    "ops.metrics": "for the machine room; the proxy lets only this machine through",
    "security.login": "where an account is shown to be one's own",
    "sign_on.leave": "leads to the province's provider, where an account is shown to be one's own",
    "sign_on.come_back": "where the provider's answer is looked at",
    "security.logout": "ends what the cookie says, whoever holds it",
    "security.two_factor_token_validation": "where somebody whose password was right shows the second factor",
    "security_keys.show_sign_in": "the same, by a security key",
    "security_keys.sign_in": "the same, by a security key",
    "security.mf_recovery": "the same, by a code on paper",
    "security.two_factor_setup": "where it is made, at the first log-in or later; the library asks for either",
    "security.two_factor_setup_validate": "the library asks for the log-in",
    "security.mf_recovery_codes": "the library asks for the log-in; a person's own codes",
    **dict.fromkeys(log_in.CLOSED, "answers 404: the library has it, we do not use it"),
}

#: The arguments of an address that name the agency which the page is about.
_CONCERNED: dict[str, Callable[[Any], Agency | None]] = {
    "code": lambda code: find_agency(db.session, code),
    "desk_id": lambda desk_id: _agency_of_desk(db.session.get(Desk, desk_id)),
    "batch_id": lambda batch_id: _agency_of_batch(db.session.get(SlipBatch, batch_id)),
}


def needs(action: str) -> Callable[[View], View]:
    """Let only those in who are logged in and may do `action`, where it is of an agency: with the agency that the address names.

    It is asked before the page looks at anything: who may not see an agency does not learn whether it exists (decision 0042).
    """
    if action not in TABLE:
        raise LookupError(f"There is no action {action!r} in survey.domain.permissions.")

    def guard(view: View) -> View:
        argument = next((name for name in signature(view).parameters if name in _CONCERNED), None) if action in OF_AN_AGENCY else None
        if action in OF_AN_AGENCY and argument is None:
            raise LookupError(f"{action!r} is of an agency, but no argument of {view.__name__} names one.")

        @wraps(view)
        def guarded(**values: Any) -> Any:
            try:
                require(action, _CONCERNED[argument](values[argument]) if argument else None)
                return view(**values)
            except NotAllowed:
                record_alone(db.session, REFUSED, f"{request.method} {request.path}", after={"action": action})
                raise

        guarded.action = action  # type: ignore[attr-defined]
        return auth_required("session")(guarded)

    return guard


def allowed(action: str, agency: Agency | None = None) -> bool:
    """Whether the person who is logged in may do `action` (with `agency`, when it concerns one)."""
    roles = frozenset(role.name for role in current_user.roles)
    own = agency is not None and current_user.agency_id is not None and agency.id in _own_agencies()
    return may(roles, action, own=own)


def require(action: str, agency: Agency | None = None) -> None:
    """Refuse with `NotAllowed` what is not allowed."""
    if not allowed(action, agency):
        raise NotAllowed("You may not see this page.")


def _own_agencies() -> frozenset[int]:
    """Asked once a request, however many links of its page want to know."""
    if "own_agencies" not in g:
        g.own_agencies = subtree(current_user.agency_id, parents_of(db.session))
    found: frozenset[int] = g.own_agencies
    return found


def _agency_of_desk(desk: Desk | None) -> Agency | None:
    return desk.agency if desk else None


def _agency_of_batch(batch: SlipBatch | None) -> Agency | None:
    return batch.desk.agency if batch else None
