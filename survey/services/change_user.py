"""Change staff accounts: role, password, second factor; disable them and end their sessions."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize
from uuid import uuid4

from flask_security import hash_password
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.passwords import refusal_of
from survey.domain.permissions import ADMINISTRATOR
from survey.errors import Conflict, Invalid, NotFound
from survey.models import LoginSession, Role, User
from survey.services.add_user import check_grant, find_bound, granted
from survey.services.audit import record
from survey.services.security_keys import forget_keys


def find_user(session: Session, email: str) -> User:
    user = session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()
    if user is None:
        raise NotFound(f"There is no account for {email!r}. `sipas user list` shows the accounts.")
    return user


def change_role(session: Session, email: str, *, role: str, agency_code: str | None = None) -> User:
    """Give an account another role; its sessions end, so that the new one holds at once and with what it asks for."""
    check_grant(role, agency_code)
    with transaction(session):
        user = find_user(session, email)
        before, administrators = _rights(user), _administrators(session)
        user.roles, user.agency = granted(session, role), find_bound(session, agency_code)
        session.flush()
        _keep_an_administrator(session, administrators)
        end_all_sessions(session, user)
        record(session, "user_changed", user.email, before=before, after=_rights(user))
    return user


def set_active(session: Session, email: str, *, active: bool) -> User:
    """Disable an account, or let it log in again. Nothing of what it did goes."""
    with transaction(session):
        user = find_user(session, email)
        before, administrators = {"active": user.active}, _administrators(session)
        user.active = active
        session.flush()
        _keep_an_administrator(session, administrators)
        end_all_sessions(session, user)
        record(session, "user_changed", user.email, before=before, after={"active": active})
    return user


def set_password(session: Session, email: str, password: str) -> User:
    """Give an account another password; its sessions end."""
    refuse_bad_password(password, email)
    hashed = hash_password(normalize("NFKD", password))  # slow on purpose: outside the transaction
    with transaction(session):
        user = find_user(session, email)
        user.password = hashed
        end_all_sessions(session, user)
        record(session, "user_changed", user.email, after={"password": "changed"})
    return user


def reset_second_factor(session: Session, email: str) -> User:
    """For who has lost the phone and the recovery codes: the next log-in leads to making a new one, where the role needs one."""
    with transaction(session):
        user = find_user(session, email)
        user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None
        forget_keys(session, user)
        end_all_sessions(session, user)
        record(session, "second_factor_changed", user.email, after={"second_factor": False})
    return user


def end_sessions(session: Session, email: str) -> int:
    """End all sessions of an account; how many there were."""
    with transaction(session):
        user = find_user(session, email)
        count = end_all_sessions(session, user)
        record(session, "sessions_ended", user.email, before={"sessions": count})
    return count


def refuse_bad_password(password: str, email: str) -> None:
    why = refusal_of(password, email)
    if why is not None:
        raise Invalid(why)


def _rights(user: User) -> dict[str, Any]:
    return {"roles": sorted(user.role_names), "agency": user.agency.code if user.agency else None}


def _administrators(session: Session) -> int:
    """How many can mend accounts. They are locked, so that two do not each disable the other at the same time."""
    found = select(User.id).join(User.roles).where(Role.name == ADMINISTRATOR, User.active).with_for_update(of=User)
    return len(session.scalars(found).all())


def _keep_an_administrator(session: Session, before: int) -> None:
    """The last one must not lock everybody out, not even by giving up the role."""
    if before and not _administrators(session):
        raise Conflict("This is the last administrator. Make another one first.", code="last_administrator")


def end_all_sessions(session: Session, user: User) -> int:
    """End every session, and make every cookie that names the account worthless."""
    user.fs_uniquifier = uuid4().hex
    ended = session.execute(delete(LoginSession).where(LoginSession.user_id == user.id).returning(LoginSession.id)).all()
    return len(ended)
