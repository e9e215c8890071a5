"""Security keys (WebAuthn): the person's page of them, and the log-in's second step by one of them. The cryptography is py_webauthn's."""

from __future__ import annotations

import hmac
import json
from typing import Any

import webauthn
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_security import current_user
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response

from survey.database import db
from survey.domain.audit_chain import LOG_IN_FAILED
from survey.errors import Conflict, Invalid
from survey.models import SecurityKey, User
from survey.queries.people import user_of_cookie
from survey.services.audit import record_alone
from survey.services.security_keys import LONGEST_NAME, MOST, add_key, list_keys, note_use, remove_key
from survey.web.account import needs
from survey.web.log_in import slowed
from survey.web.way_back import way_back

blueprint = Blueprint("security_keys", __name__)
#: Where the challenge waits in the session; each is answered once.
_CHALLENGE = "key_challenge"
#: What a browser may send instead of an answer.
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


@blueprint.get("/account/keys")
@needs("use_own_account")
def show() -> str:
    return _page()


@blueprint.post("/account/keys")
@needs("use_own_account")
def add() -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    try:
        made = webauthn.verify_registration_response(credential=request.form.get("credential", ""), **_expected())
    except _UNREADABLE:
        return _page("key_unreadable", name), 422
    try:
        add_key(
            db.session, current_user, name=name,
            credential_id=made.credential_id, public_key=made.credential_public_key, sign_count=made.sign_count,
        )  # fmt: skip
    except (Invalid, Conflict) as refusal:
        return _page(refusal.code, name), 422
    return redirect(url_for("security_keys.show"), code=303)


@blueprint.post("/account/keys/<int(max=2147483647):key_id>/remove")
@needs("use_own_account")
def remove(key_id: int) -> Response:
    remove_key(db.session, current_user, key_id)
    return redirect(url_for("security_keys.show"), code=303)


@blueprint.get("/second-factor/key")
def show_sign_in() -> Response | str:
    user = _waiting()
    return _sign_in_page(user) if user else redirect(url_for("security.login"))


@blueprint.post("/second-factor/key")
def sign_in() -> Any:
    user = _waiting()
    if user is None:
        return redirect(url_for("security.login"))
    expected = _expected()
    wait, right = slowed("second factor", user.email, lambda: _is_by_key_of(user, expected))
    if not right:
        if not wait:
            record_alone(db.session, LOG_IN_FAILED, user.email, after={"second_factor": True})
        return _sign_in_page(user, wait=wait, wrong=True), 422
    current_app.extensions["security"].two_factor_plugins.tf_complete(user, True)
    return redirect(way_back(request.args.get("next")), code=303)


def _waiting() -> User | None:
    """Who has shown the first factor in this browser and has keys; nobody else learns whose keys there are."""
    if session.get("tf_state") != "ready":
        return None
    user = user_of_cookie(db.session, session.get("tf_user_id"))
    return user if user is not None and user.active and list_keys(db.session, user) else None


def _is_by_key_of(user: User, expected: dict[str, Any]) -> bool:
    """Whether the answer is signed by one of this person's keys: the key of somebody else opens nothing here."""
    answer = request.form.get("credential", "")
    try:
        used = base64url_to_bytes(json.loads(answer)["id"])
        key = next(key for key in list_keys(db.session, user) if key.credential_id == used)
        proof = webauthn.verify_authentication_response(
            credential=answer, credential_public_key=key.public_key, credential_current_sign_count=key.sign_count, **expected
        )
    except (*_UNREADABLE, StopIteration):
        return False
    return note_use(db.session, key.id, sign_count=proof.new_sign_count)


def _expected() -> dict[str, Any]:
    challenge = base64url_to_bytes(session.pop(_CHALLENGE, "")) or b"none was given"
    return {"expected_challenge": challenge, "expected_rp_id": _host(), "expected_origin": request.host_url.rstrip("/")}


def _page(problem: str = "", name: str = "") -> str:
    keys = list_keys(db.session, current_user)
    options = webauthn.generate_registration_options(
        rp_id=_host(), rp_name="SIPAS", user_name=current_user.email, user_id=_handle(current_user),
        exclude_credentials=_descriptors(keys),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.DISCOURAGED
        ),
    )  # fmt: skip
    session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return render_template(
        "account/keys.html", keys=keys, options=webauthn.options_to_json(options),
        problem=problem, name=name, most=MOST, longest=LONGEST_NAME,
    )  # fmt: skip


def _sign_in_page(user: User, *, wait: int = 0, wrong: bool = False) -> str:
    keys = _descriptors(list_keys(db.session, user))
    options = webauthn.generate_authentication_options(
        rp_id=_host(), allow_credentials=keys, user_verification=UserVerificationRequirement.DISCOURAGED
    )
    session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return render_template("account/key.html", options=webauthn.options_to_json(options), wait=wait, wrong=wrong)


def _host() -> str:
    return request.host.rsplit(":", 1)[0]


def _handle(user: User) -> bytes:
    """What the key knows the person by: the same for each key of a person, and telling nothing."""
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), f"security key {user.id}".encode(), "sha256")


def _descriptors(keys: list[SecurityKey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys]
