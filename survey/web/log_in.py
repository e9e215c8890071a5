"""Logging in and out: Flask-Security's ways, slowed down for guessers, with sessions that can be ended and codes that work once."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import user_logged_out  # type: ignore[import-untyped]
from flask_security import (
    LoginForm,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    current_user,
    user_authenticated,
)
from flask_security.core import AnonymousUser
from flask_security.recovery_codes import MfRecoveryCodesUtil, MfRecoveryForm
from flask_security.signals import tf_code_confirmed, tf_disabled, tf_profile_changed
from wtforms import StringField

from survey.database import db
from survey.domain.audit_chain import EXPORTED, LOG_IN_FAILED, LOGGED_IN, LOGGED_OUT
from survey.models import User
from survey.queries.people import known_email
from survey.services.audit import record_alone, works_for
from survey.services.log_in_attempts import attempt_key, begin_attempt, end_attempts
from survey.services.login_sessions import begin_session, is_running, leave_session
from survey.services.second_factor import check_code, give_up_second_factor, use_recovery_code

NOBODY = "nobody"
#: How somebody has logged in who came by the province's sign-on.
OPENID = "openid"
UNKNOWN = "an unknown address"
#: Pages of the library that we have no use for: other second factors, mail to a help desk, its own style.
CLOSED = frozenset({"security.two_factor_rescue", "security.tf_select", "security.verify", "security.static"})
_NO_STAFF = ("citizen", "ops")


def settings(secret_key: str) -> dict[str, Any]:
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,  # one step of a slow or fast clock either way
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/second-factor",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/second-factor/code",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "account/second_factor.html",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "account/code.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/second-factor/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "account/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/second-factor/recovery",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "account/recovery.html",
        "SECURITY_TOTP_ISSUER": "SIPAS",
        "SECURITY_TOTP_SECRETS": {"1": hmac.new(secret_key.encode(), b"second factor", sha256).hexdigest()},
        "SECURITY_API_ENABLED_METHODS": ["session"],
    }


class LogInForm(LoginForm):
    """Each attempt counts before it is looked at; whatever is refused reads alike."""

    wait = 0

    def validate(self, **kwargs: Any) -> bool:
        self.remember.data = False
        typed = self.email.data or ""
        self.wait, valid = slowed("password", typed, lambda: super(LogInForm, self).validate(**kwargs))
        if not valid and not self.wait:
            record_alone(db.session, LOG_IN_FAILED, attempted(typed))
        return valid


class _SecondFactorForm:
    """A code is guessed as a password is: both kinds of code are slowed down together."""

    wait = 0
    user: User

    def validate(self, **kwargs: Any) -> bool:
        self.wait, valid = slowed("second factor", self.user.email, lambda: super(_SecondFactorForm, self).validate(**kwargs))  # type: ignore[misc]
        if not valid and not self.wait:
            record_alone(db.session, LOG_IN_FAILED, self.user.email, after={"second_factor": True})
        return valid


class CodeForm(_SecondFactorForm, TwoFactorVerifyCodeForm):  # type: ignore[misc]
    """The six digits of the app."""


class RecoveryForm(_SecondFactorForm, MfRecoveryForm):  # type: ignore[misc]
    """One of the codes on paper."""


class _OneWay(StringField):  # type: ignore[misc]
    """In place of the library's choice of several ways: there is one, and its list of choices would warn that it is out of date."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.choices: list[tuple[str, str]] = []


class SetupForm(TwoFactorSetupForm):
    setup = _OneWay()


class RescueForm(TwoFactorRescueForm):
    help_setup = _OneWay()


class OnceOnlyTotp(Totp):
    """No code works twice, not even at the same time."""

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        return check_code(db.session, user, lambda locked: super(OnceOnlyTotp, self).verify_totp(token, totp_secret, locked, window))

    def get_last_counter(self, user: Any) -> int | None:
        return user.tf_last_counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.tf_last_counter = tmatch.counter


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes are shown once and kept as keyed hashes; one that is looked at and right is used up."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        codes: list[str] = super().create_recovery_codes(user)
        record_alone(db.session, "second_factor_changed", user.email, after={"recovery_codes": len(codes)})
        return codes

    def get_recovery_codes(self, user: Any) -> list[str]:  # noqa: ARG002
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        return use_recovery_code(db.session, user, _hash(code))

    def delete_recovery_code(self, user: Any, code: str) -> bool:  # noqa: ARG002
        return True

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [_hash(code) for code in codes]


def init_app(app: Flask) -> None:
    for step in (_close_unused, _end_what_has_run_out, _say_who, _lead_to_recovery_codes):
        app.before_request(step)
    app.after_request(_record_export)
    user_authenticated.connect(_logged_in, app)
    user_logged_out.connect(_logged_out, app)
    tf_code_confirmed.connect(_code_confirmed, app)
    tf_profile_changed.connect(_second_factor_made, app)
    tf_disabled.connect(_second_factor_gone, app)


def now() -> int:
    return int(time.time())


def slowed(secret: str, who: str, look: Callable[[], bool]) -> tuple[int, bool]:
    """Seconds to wait, and whether the secret was right; too early it is not looked at."""
    key = attempt_key(f"{secret} {who}", key=current_app.config["SECRET_KEY"])
    wait = begin_attempt(db.session, key, now=now())
    valid = not wait and look()
    if valid:
        end_attempts(db.session, key)
    return wait, valid


def attempted(email: str) -> str:
    """The account that somebody tried. What belongs to no account is not kept: it may be a password in the wrong field."""
    return known_email(db.session, email) or UNKNOWN


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hmac.new(current_app.config["SECRET_KEY"].encode(), plain.encode(), sha256).hexdigest()


def _close_unused() -> None:
    if request.endpoint in CLOSED:
        abort(404)


def _end_what_has_run_out() -> None:
    """A cookie is worth what the session in the database says, and nothing without one."""
    if request.blueprint in _NO_STAFF or not current_user.is_authenticated:
        return
    if not is_running(db.session, session.get("token"), current_user, now=now()):
        language = session.get("language")
        session.clear()
        session["language"] = language
        g._login_user = AnonymousUser()  # type: ignore[no-untyped-call]  # noqa: SLF001  (there is no public way to say so)


def _say_who() -> None:
    if request.blueprint not in _NO_STAFF:
        works_for(db.session, current_user.email if current_user.is_authenticated else NOBODY)


def _lead_to_recovery_codes() -> Any:
    """Who has just made a second factor and no codes on paper would be locked out with the phone."""
    if request.blueprint in (*_NO_STAFF, "security") or request.method != "GET" or not current_user.is_authenticated:
        return None
    lacking = current_user.has_second_factor and current_user.mf_recovery_codes is None
    return redirect(url_for("security.mf_recovery_codes")) if lacking else None


def _record_export(response: Any) -> Any:
    """Whatever a member of the staff takes away as a file is an export, unless the page has told more of it already."""
    taken = response.status_code == 200 and response.headers.get("Content-Disposition", "").startswith("attachment")
    if taken and request.method == "GET" and request.blueprint != "citizen":
        record_alone(db.session, EXPORTED, request.path)
    return response


def _logged_in(_app: Flask, *, user: User, authn_via: list[str] | None = None, **_more: Any) -> None:
    session["token"] = begin_session(db.session, user, now=now(), instead_of=session.get("token"))
    works_for(db.session, user.email)
    record_alone(db.session, LOGGED_IN, user.email, after={"by": OPENID} if OPENID in (authn_via or ()) else None)


def _logged_out(_app: Flask, *, user: User, **_more: Any) -> None:
    if user.is_authenticated:
        leave_session(db.session, session.pop("token", None))
        record_alone(db.session, LOGGED_OUT, user.email)


def _code_confirmed(app: Flask, *, user: User, **_more: Any) -> None:
    if session.get("tf_state") == "validating_profile":  # not a log-in like any other: the second factor is made at this one
        _second_factor_made(app, user=user)


def _second_factor_made(_app: Flask, *, user: User, **_more: Any) -> None:
    works_for(db.session, user.email)
    record_alone(db.session, "second_factor_changed", user.email, after={"second_factor": True})


def _second_factor_gone(_app: Flask, *, user: User, **_more: Any) -> None:
    give_up_second_factor(db.session, user)
