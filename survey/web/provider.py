"""The province's OpenID provider: where it sends people, and what of its answer is believed. Nothing here knows accounts or sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from urllib.request import HTTPDefaultErrorHandler, HTTPErrorProcessor, HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import prepare_token_request  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from survey.errors import NotAllowed
from survey.settings import SignOn, is_safe_address

#: Seconds that the provider has for each answer, and how far its clock may be off.
PATIENCE, LEEWAY = 5, 60
#: Signatures that only the provider can have made. Never "none", and never one whose key we would share with it.
ALGORITHMS = ("RS256", "PS256", "ES256")
_LARGEST = 256 * 1024
#: So many wait for the provider at once in a process: one that hangs must not keep the threads from citizens.
_AT_ONCE = BoundedSemaphore(3)


@dataclass(frozen=True)
class Question:
    """What somebody was sent away with; the answer must fit it. `asdict` of it lies in the person's session."""

    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True)
class Identity:
    """Who somebody is by the provider's word. `email` only where the provider has verified it."""

    subject: str
    email: str | None
    several_factors: bool


def ask(sign_on: SignOn, back_to: str) -> tuple[str, dict[str, str]]:
    """The address to send somebody to, and the question to keep until they are back."""
    question = Question(generate_token(32), generate_token(32), generate_token(64))
    client = OAuth2Client(None, sign_on.client_id, redirect_uri=back_to, scope="openid email", code_challenge_method="S256")
    more = {"acr_values": sign_on.several_factors_acr} if sign_on.several_factors_acr else {}
    with _refused_as("provider"):
        endpoint = _discover(sign_on)["authorization_endpoint"]
        url, _state = client.create_authorization_url(
            endpoint, state=question.state, nonce=question.nonce, code_verifier=question.code_verifier, **more
        )
    return url, asdict(question)


def believe(sign_on: SignOn, question: Question, code: str, back_to: str) -> Identity:
    """Change the code for an ID token and read who it is of; `NotAllowed` with the reason for the audit log where anything is amiss."""
    with _refused_as("provider"):
        endpoints = _discover(sign_on)
        tokens = _change_code(sign_on, endpoints, question, code, back_to)
        keys = _fetch(endpoints["jwks_uri"], sign_on)
    with _refused_as("id_token"):
        claims = _read_id_token(sign_on, tokens, keys, question.nonce)
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Identity(str(claims["sub"]), str(email).strip().lower() if email else None, _tells_several_factors(claims, sign_on))


def _discover(sign_on: SignOn) -> dict[str, Any]:
    found = _fetch(f"{sign_on.issuer.rstrip('/')}/.well-known/openid-configuration", sign_on)
    if found.get("issuer") != sign_on.issuer:
        raise ValueError("The provider says that it is another.")
    return found


def _change_code(sign_on: SignOn, endpoints: Mapping[str, Any], question: Question, code: str, back_to: str) -> dict[str, Any]:
    body = prepare_token_request("authorization_code", code=code, redirect_uri=back_to, code_verifier=question.code_verifier)
    ways = endpoints.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    endpoint = endpoints["token_endpoint"]
    _, headers, body = ClientAuth(sign_on.client_id, sign_on.client_secret, way).prepare("POST", endpoint, headers, body)
    return _fetch(endpoint, sign_on, body=body, headers=headers)


def _read_id_token(sign_on: SignOn, tokens: Mapping[str, Any], keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
    public = [key for key in keys["keys"] if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"]
    token = jwt.decode(tokens["id_token"], KeySet.import_key_set({"keys": public}), algorithms=ALGORITHMS)
    options = {"iss": {"essential": True, "value": sign_on.issuer}, "aud": {"essential": True, "value": sign_on.client_id}}
    known = {"nonce": nonce, "client_id": sign_on.client_id, "access_token": tokens.get("access_token")}
    claims: Mapping[str, Any] = CodeIDToken(token.claims, token.header, options, known)
    claims.validate(leeway=LEEWAY)  # type: ignore[attr-defined]
    return claims


def _tells_several_factors(claims: Mapping[str, Any], sign_on: SignOn) -> bool:
    """RFC 8176: "mfa" among the methods; or the level that the province names."""
    named = sign_on.several_factors_acr
    return "mfa" in (claims.get("amr") or ()) or (bool(named) and claims.get("acr") == named)


@contextmanager
def _refused_as(reason: str) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError, JoseError, AuthlibBaseError) as error:
        raise NotAllowed("The provincial sign-on did not tell who this is.", code=reason) from error


def _fetch(url: str, sign_on: SignOn, *, body: str | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A JSON object, in time and of a sensible size. No redirect is followed, and nothing unencrypted leaves this machine."""
    if not is_safe_address(url):
        raise ValueError(f"{sign_on.issuer} names an address without https.")
    if not _AT_ONCE.acquire(timeout=1):
        raise TimeoutError
    try:
        request = Request(url, None if body is None else body.encode(), dict(headers or {}))  # noqa: S310  (looked at above)
        until, found = monotonic() + PATIENCE, b""
        with _opener().open(request, timeout=PATIENCE) as answer:
            while part := answer.read1(65536):
                found += part
                if len(found) > _LARGEST or monotonic() > until:
                    raise TimeoutError
    finally:
        _AT_ONCE.release()
    read = json.loads(found)
    if not isinstance(read, dict):
        raise TypeError
    return read


def _opener() -> OpenerDirector:
    """The library's usual one would also follow redirects and open files."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    return opener
