"""Create staff accounts."""

from __future__ import annotations

from unicodedata import normalize
from uuid import uuid4

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.passwords import refusal_of
from survey.domain.permissions import BOUND, GRANTS
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, Role, User
from survey.services.audit import record


def add_user(
    session: Session, *, email: str, password: str, role: str, agency_code: str | None = None, second_factor_waived: bool = False
) -> User:
    """Create an account with what `role` grants. Roles of an agency are bound to one; the others to none.

    `second_factor_waived` is for accounts of a demonstration, whose passwords are on the screen of whoever started it.
    The password is brought to the Unicode form in which Flask-Security compares (NFKD): Vietnamese letters have several.
    """
    check_grant(role, agency_code)
    if (why := refusal_of(password, email)) is not None:
        raise Invalid(why)
    email = email.strip().lower()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
        raise Invalid(f"{email!r} is not an e-mail address.")
    hashed = hash_password(normalize("NFKD", password))  # slow on purpose: outside the transaction
    with transaction(session):
        if session.scalars(select(User.id).where(User.email == email)).first() is not None:
            raise Conflict(f"There is already an account for {email}.")
        user = User(email=email, password=hashed, active=True, fs_uniquifier=uuid4().hex, second_factor_waived=second_factor_waived)
        user.agency = find_bound(session, agency_code)
        user.roles = granted(session, role)
        session.add(user)
        record(session, "user_added", email, after={"roles": [role.name for role in user.roles], "agency": agency_code})
    return user


def check_grant(role: str, agency_code: str | None) -> None:
    """Refuse a role that is none, and a role of an agency without one, or the other way round."""
    if role not in GRANTS:
        raise Invalid(f"The role is {role!r}; it must be one of {', '.join(GRANTS)}.")
    if (role in BOUND) != (agency_code is not None):
        raise Invalid("An agency head or viewer needs an agency (--agency CODE); the other roles, and so the department, have none.")


def granted(session: Session, role: str) -> list[Role]:
    return [session.scalars(select(Role).where(Role.name == name)).one_or_none() or Role(name=name) for name in GRANTS[role]]


def find_bound(session: Session, code: str | None) -> Agency | None:
    if code is None:
        return None
    agency = session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
    if agency is None:
        raise NotFound(f"There is no agency {code!r}. `sipas agency list` shows the agencies.")
    return agency
