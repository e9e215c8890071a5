"""Sessions of the staff: they begin with a log-in, end by themselves, and can be ended from elsewhere."""

from __future__ import annotations

import secrets
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.login_sessions import ABSOLUTE_LIMIT, IDLE_LIMIT, has_run_out
from survey.errors import NotFound
from survey.models import LoginSession, User
from survey.services.audit import record

#: That somebody is still there is written down no oftener than this.
_NOTE_EVERY = 60


def begin_session(session: Session, user: User, *, now: int, instead_of: str | None = None) -> str:
    """A new session's token, for the cookie. One that the same browser had before ends; so do all that have run out."""
    token = secrets.token_urlsafe(32)
    with transaction(session):
        gone = (LoginSession.seen_at < now - IDLE_LIMIT) | (LoginSession.began_at < now - ABSOLUTE_LIMIT)
        session.execute(delete(LoginSession).where(gone | (LoginSession.token_sha256 == _hash(instead_of or ""))))
        session.add(LoginSession(token_sha256=_hash(token), user_id=user.id, began_at=now, seen_at=now))
    return token


def is_running(session: Session, token: str | None, user: User, *, now: int) -> bool:
    """Whether this token is of a session of this person's that has not ended and not run out."""
    found = _find(session, token)
    if found is None or found.user_id != user.id or has_run_out(began_at=found.began_at, seen_at=found.seen_at, now=now):
        return False
    if now - found.seen_at >= _NOTE_EVERY:
        with transaction(session):
            found.seen_at = now
    return True


def leave_session(session: Session, token: str | None) -> None:
    """Log out: the cookie is worth nothing from now on, wherever a copy of it lies."""
    with transaction(session):
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == _hash(token or "")))


def end_session(session: Session, session_id: int, *, of: User | None = None) -> None:
    """End one session from elsewhere; `of` lets a person end only own ones."""
    with transaction(session):
        found = session.get(LoginSession, session_id)
        if found is None or (of is not None and found.user_id != of.id):
            raise NotFound(f"There is no session {session_id}.")
        email = session.get_one(User, found.user_id).email
        session.delete(found)
        record(session, "sessions_ended", email, before={"sessions": 1})


def is_own(found: LoginSession, token: str | None) -> bool:
    """Whether this is the session that the person asks from."""
    return found.token_sha256 == _hash(token or "")


def _find(session: Session, token: str | None) -> LoginSession | None:
    statement = select(LoginSession).where(LoginSession.token_sha256 == _hash(token or "")).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
