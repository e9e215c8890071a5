"""A small OpenID provider on the loopback: a strict one, whose answers a test may spoil one by one."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from threading import Event
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Response

from tests.support.serving import serve

CLIENT_ID, CLIENT_SECRET = "sipas", "bí mật của SIPAS".encode().hex()
Claims = dict[str, Any]


def unsigned(_provider: Provider, claims: Claims) -> str:
    return compact({"alg": "none"}, claims, lambda _text: b"")


def signed_with_the_public_key(provider: Provider, claims: Claims) -> str:
    """The classic forgery: the public key, which all know, taken as the secret of HS256."""
    secret = provider.key.as_pem(private=False)
    return compact({"alg": "HS256", "kid": provider.key.kid}, claims, lambda text: hmac.digest(secret, text, sha256))


def signed_by_an_unknown_key(_provider: Provider, claims: Claims) -> str:
    stranger = RSAKey.generate_key(2048, auto_kid=True)
    return jwt.encode({"alg": "RS256", "kid": stranger.kid}, claims, stranger)


def signed_by_another_under_this_kid(provider: Provider, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, RSAKey.generate_key(2048))


def signed(provider: Provider, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, provider.key)


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class Provider:
    """What it says of whoever comes, and how it is spoilt."""

    url: str = ""
    claims: Claims = field(default_factory=dict)  # of the person, and whatever a test wants otherwise
    sign: Callable[[Provider, Claims], str] = signed
    discovery: Mapping[str, Any] = field(default_factory=dict)  # instead of what is true
    failing: frozenset[str] = frozenset()  # parts that answer 500
    redirecting: frozenset[str] = frozenset()  # parts that lead to another address, where the right answer is
    hanging: Event | None = None  # the token's part waits for it
    answer: Mapping[str, str] = field(default_factory=dict)  # what goes back in the address instead of what is true
    key: RSAKey = field(default_factory=_key)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, "email_verified": True}
        return self.sign(self, {name: value for name, value in (claims | self.claims).items() if value is not None})


@contextmanager
def openid_provider(**person: Any) -> Iterator[Provider]:
    """Serve a provider at which `person` (sub, email …) is logged in already, so that it sends everybody back at once."""
    provider = Provider(claims=person)
    with serve(_pages(provider)) as url:
        provider.url = url
        yield provider


def compact(header: Mapping[str, Any], claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """A token by hand, for what no library would make."""
    text = b".".join(_packed(json.dumps(part).encode()) for part in (header, claims))
    return f"{text.decode()}.{_packed(sign(text)).decode()}"


def _packed(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _pages(provider: Provider) -> Flask:
    pages = Flask("provider")

    @pages.before_request
    def spoil() -> Response | None:
        part = request.path.rsplit("/", 1)[-1]
        if part in provider.failing:
            abort(500)
        return redirect(f"{request.path}?again") if part in provider.redirecting and "again" not in request.args else None

    @pages.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        parts = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": provider.url} | {name: f"{provider.url}/{part}" for name, part in parts.items()} | dict(provider.discovery)

    @pages.get("/authorize")
    def authorize() -> Response:
        asked = request.args.to_dict()
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT_ID
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = token_urlsafe()
        provider.codes[code] = asked
        provider.asked.append(asked)
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']} | dict(provider.answer))}")

    @pages.post("/token")
    def token() -> dict[str, Any]:
        return _change(provider)

    @pages.get("/jwks")
    def jwks() -> dict[str, Any]:
        return {"keys": [provider.key.as_dict(private=False) | {"use": "sig"}]}

    return pages


def _change(provider: Provider) -> dict[str, Any]:
    """A code for tokens: once only, for the client that asked, with what hashes to the challenge."""
    if provider.hanging:
        provider.hanging.wait(60)
    name, _, secret = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
    asked = provider.codes.pop(request.form["code"])
    challenge = _packed(sha256(request.form["code_verifier"].encode()).digest()).decode()
    if (name, secret, challenge) != (CLIENT_ID, CLIENT_SECRET, asked["code_challenge"]):
        abort(401)
    assert request.form["redirect_uri"] == asked["redirect_uri"]
    assert request.form["grant_type"] == "authorization_code"
    return {"access_token": token_urlsafe(), "token_type": "Bearer", "id_token": provider.id_token(asked["nonce"])}
