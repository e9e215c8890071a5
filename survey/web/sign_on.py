"""Logging in with an account of the province (OpenID Connect). Off unless SIPAS_OIDC_ISSUER is set; decision 0074."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask_security import login_user
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.audit_chain import LOG_IN_FAILED
from survey.errors import NotAllowed
from survey.models import User
from survey.services.audit import record_alone
from survey.services.sign_on import SignedOn, find_account
from survey.settings import Settings, SignOn
from survey.web.log_in import OPENID, attempted
from survey.web.provider import Identity, Question, ask, believe
from survey.web.way_back import way_back

blueprint = Blueprint("sign_on", __name__)
#: Where the question waits in the person's session, and for how many seconds.
_WAITING, _WAITS = "sign_on", 600


@blueprint.get("/sign-on")
def leave() -> Response | tuple[str, int]:
    """Send the person to the provider. Of the address only the page of ours that was first asked for is kept, here and not there."""
    sign_on = configured()
    session.pop(_WAITING, None)
    try:
        url, question = ask(sign_on, _back_to())
    except NotAllowed as refusal:
        return _refused(refusal)
    session[_WAITING] = question | {"until": int(time.time()) + _WAITS, "next": way_back(request.args.get("next"))}
    return redirect(url, code=303)


@blueprint.get("/sign-on/back")
def come_back() -> Any:
    """What cannot be believed and who has no account read alike: nobody learns from it which accounts there are."""
    sign_on, identity = configured(), None
    waiting = session.pop(_WAITING, None)
    try:
        question = _question(waiting, sign_on)
        identity = believe(sign_on, question, request.args.get("code", ""), _back_to())
        key = current_app.config["SECRET_KEY"]
        user = find_account(db.session, SignedOn(sign_on.issuer, identity.subject, identity.email), key=key)
    except NotAllowed as refusal:
        return _refused(refusal, identity)
    return _let_in(user, identity, way_back(waiting.get("next")))


def configured() -> SignOn:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.sign_on or abort(404)


def _let_in(user: User, identity: Identity, page: str) -> Any:
    """Whoever needs a second factor, or has one here, is asked for it, unless the provider says that it has asked."""
    factors = current_app.extensions["security"].two_factor_plugins
    asked = None if identity.several_factors else factors.tf_enter(user, False, OPENID, page)
    if asked is not None:
        return asked
    login_user(user, remember=False, authn_via=[OPENID])
    return redirect(page, code=303)


def _question(waiting: dict[str, Any] | None, sign_on: SignOn) -> Question:
    """The question that this answer is to; no other browser's, no older one, and no other provider's (RFC 9207)."""
    if waiting is None or waiting["until"] < time.time() or request.args.get("state") != waiting["state"]:
        raise NotAllowed("Nobody was sent to the provider from here.", code="state")
    if request.args.get("iss", sign_on.issuer) != sign_on.issuer:
        raise NotAllowed("Another provider answered.", code="state")
    if "error" in request.args or not request.args.get("code"):
        raise NotAllowed("The provider did not let the person in.", code="refused_there")
    return Question(waiting["state"], waiting["nonce"], waiting["code_verifier"])


def _refused(refusal: NotAllowed, identity: Identity | None = None) -> tuple[str, int]:
    subject = attempted((identity.email if identity else None) or "")
    record_alone(db.session, LOG_IN_FAILED, subject, after={"sign_on": refusal.code})
    return render_template("account/sign_on_refused.html"), 403


def _back_to() -> str:
    """By the configured address, not by what the request says: the provider has it in its list."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.base_url + url_for("sign_on.come_back")
