"""Which account belongs to somebody whom the province's provider has named. Nobody gets one by signing on."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import NotAllowed
from survey.models import User
from survey.services.audit import record, works_for
from survey.services.change_user import end_all_sessions, find_user


@dataclass(frozen=True)
class SignedOn:
    """What the provider said. `email` is one that it has verified."""

    issuer: str
    subject: str
    email: str | None


def find_account(session: Session, who: SignedOn, *, key: str) -> User:
    """The active account that is bound to this subject; at the first time the one with this address, which is bound then.

    An address that has gone to another person at the provider opens nothing: the account stays with the first subject until an
    administrator takes the binding away. The subject is kept as a keyed hash, for it may be a citizen's number.
    """
    bound = _hash(who, key)
    user = session.scalars(select(User).where(User.sign_on_sha256 == bound)).one_or_none()
    if user is None and who.email is not None:
        user = session.scalars(select(User).where(User.email == who.email)).one_or_none()
    if user is None:
        raise NotAllowed("There is no account for this person.", code="no_account")
    if not user.active:
        raise NotAllowed("The account is disabled.", code="disabled")
    if user.sign_on_sha256 not in (None, bound):
        raise NotAllowed("The account belongs to another subject.", code="another_subject")
    return user if user.sign_on_sha256 else _bind(session, user, bound)


def unbind(session: Session, email: str) -> User:
    """Forget whose account at the provider this is; the next sign-on with its address binds it anew. Its sessions end."""
    with transaction(session):
        user = find_user(session, email)
        user.sign_on_sha256 = None
        end_all_sessions(session, user)
        record(session, "sign_on_changed", user.email, after={"bound": False})
    return user


def _bind(session: Session, user: User, bound: str) -> User:
    with transaction(session):
        user.sign_on_sha256 = bound
        works_for(session, user.email)
        record(session, "sign_on_changed", user.email, after={"bound": True})
    return user


def _hash(who: SignedOn, key: str) -> str:
    return hmac.new(key.encode(), f"{who.issuer}\n{who.subject}".encode(), sha256).hexdigest()
