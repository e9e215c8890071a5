"""Settings from ``SIPAS_*`` environment variables. Each is described in .env.example; a test compares the two."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from survey.errors import Invalid

PROJECT = Path(__file__).resolve().parent.parent
#: Vietnam keeps UTC+7 all year round.
VIETNAM = timezone(timedelta(hours=7))
_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class SignOn:
    """The province's OpenID provider, and what we are to it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    several_factors_acr: str | None  # the level (`acr`) that tells a log-in with several factors


@dataclass(frozen=True)
class Settings:
    home: Path
    database_url: str
    secret_key: str
    base_url: str
    trusted_proxies: int
    sign_on: SignOn | None

    @property
    def is_local(self) -> bool:
        """Whether no other machine can follow an address that starts with `base_url`."""
        return urlsplit(self.base_url).hostname in _THIS_MACHINE


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of this process; `Invalid` when a value cannot be used."""
    env = os.environ if environment is None else environment
    home = Path(env.get("SIPAS_HOME") or "instance").absolute()
    return Settings(
        home=home,
        database_url=_database_url(env.get("SIPAS_DATABASE_URL") or f"sqlite:///{home / 'sipas.sqlite3'}"),
        secret_key=_secret_key(env.get("SIPAS_SECRET_KEY"), home),
        base_url=(env.get("SIPAS_BASE_URL") or "http://127.0.0.1:8000").rstrip("/"),
        trusted_proxies=_whole_number("SIPAS_TRUSTED_PROXIES", env.get("SIPAS_TRUSTED_PROXIES") or "0"),
        sign_on=_sign_on(env),
    )


def today() -> date:
    """The calendar day in Vietnam: what a response records and a wave's dates mean."""
    return datetime.now(UTC).astimezone(VIETNAM).date()


def is_safe_address(url: str) -> bool:
    """Whether what is sent there can be read by nobody on the way: https, or this machine itself."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE))


def _sign_on(env: Mapping[str, str]) -> SignOn | None:
    issuer, client_id, secret = (env.get(name) or "" for name in ("SIPAS_OIDC_ISSUER", "SIPAS_OIDC_CLIENT_ID", "SIPAS_OIDC_CLIENT_SECRET"))
    if not (issuer or client_id or secret):
        return None
    if not (client_id and secret and is_safe_address(issuer)):
        raise Invalid("SIPAS_OIDC_ISSUER must be an https address, and goes with SIPAS_OIDC_CLIENT_ID and SIPAS_OIDC_CLIENT_SECRET.")
    return SignOn(issuer, client_id, secret, env.get("SIPAS_OIDC_SEVERAL_FACTORS_ACR") or None)


def _database_url(url: str) -> str:
    backend, separator, rest = url.partition("://")
    if not separator or backend.split("+")[0] not in {"sqlite", "postgresql"}:
        raise Invalid("SIPAS_DATABASE_URL must be a SQLite or PostgreSQL address such as postgresql://user:password@host/sipas.")
    return f"postgresql+psycopg://{rest}" if backend == "postgresql" else url


def _secret_key(given: str | None, home: Path) -> str:
    """The given key, or one made at the first start and kept in the data folder; never a default that others know."""
    if given is not None:
        if len(given) < 32:
            raise Invalid("SIPAS_SECRET_KEY must have at least 32 characters; .env.example tells how to make one.")
        return given
    path = home / "secret_key"
    if not path.exists():
        make_home(home)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def make_home(home: Path) -> None:
    """Create the data folder, for our own eyes only; `Invalid` with the reason when the place cannot be written to."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(f"The data folder {home} cannot be created ({error.strerror}). Choose another with SIPAS_HOME.") from error
    if not os.access(home, os.W_OK):
        raise Invalid(f"The data folder {home} cannot be written to. Choose another with SIPAS_HOME.")


def _whole_number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise Invalid(f"{name} must be a whole number, not {text!r}.")
    return int(text)
