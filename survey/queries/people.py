"""The staff and where they are logged in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from survey.domain.login_sessions import ABSOLUTE_LIMIT, IDLE_LIMIT
from survey.models import LoginSession, User


@dataclass(frozen=True)
class Person:
    user: User
    sessions: int


def list_people(session: Session, *, now: int) -> list[Person]:
    """All accounts by address, each with the number of its running sessions."""
    running = Counter(session.scalars(select(LoginSession.user_id).where(_runs(now))))
    return [Person(user, running[user.id]) for user in session.scalars(select(User).order_by(User.email))]


def sessions_of(session: Session, user_id: int, *, now: int) -> list[LoginSession]:
    """Those that run, the last seen first."""
    mine = select(LoginSession).where(LoginSession.user_id == user_id, _runs(now))
    return list(session.scalars(mine.order_by(LoginSession.seen_at.desc(), LoginSession.id)))


def known_email(session: Session, typed: str) -> str | None:
    """The address of the account that somebody means by it; None where there is no such account."""
    return session.scalars(select(User.email).where(User.email == typed.strip().lower())).first()


def user_of_cookie(session: Session, uniquifier: str | None) -> User | None:
    """The account that a cookie names; a cookie names it by another word whenever all its sessions were ended."""
    return session.scalars(select(User).where(User.fs_uniquifier == uniquifier)).one_or_none()


def _runs(now: int) -> ColumnElement[bool]:
    return (LoginSession.seen_at >= now - IDLE_LIMIT) & (LoginSession.began_at >= now - ABSOLUTE_LIMIT)
