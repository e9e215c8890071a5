"""Security keys of a person: add one, take one away, note that one was used."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import Conflict, Invalid, NotFound
from survey.models import SecurityKey, User
from survey.services.audit import record

#: More than anybody has, and few enough to look through.
MOST, LONGEST_NAME = 5, 60


def list_keys(session: Session, user: User) -> list[SecurityKey]:
    return list(session.scalars(select(SecurityKey).where(SecurityKey.user_id == user.id).order_by(SecurityKey.id)))


def add_key(session: Session, user: User, *, name: str, credential_id: bytes, public_key: bytes, sign_count: int) -> None:
    """Keep a key that has proved itself. Only beside the app: its recovery codes are for when the key is lost."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A key needs a name of at most {LONGEST_NAME} letters.", code="key_name")
    if not user.has_second_factor:
        raise Conflict("Make the second factor with the app first.", code="key_alone")
    with transaction(session):
        session.get_one(User, user.id, with_for_update=True)  # one after the other, or there would be more than `MOST`
        if len(list_keys(session, user)) >= MOST:
            raise Conflict(f"There are {MOST} keys already.", code="key_most")
        if session.scalars(select(SecurityKey.id).where(SecurityKey.credential_id == credential_id)).first() is not None:
            raise Conflict("This key is there already.", code="key_known")
        session.add(SecurityKey(user_id=user.id, name=name, credential_id=credential_id, public_key=public_key, sign_count=sign_count))
        record(session, "second_factor_changed", user.email, after={"security_key": name})


def remove_key(session: Session, user: User, key_id: int) -> None:
    with transaction(session):
        key = session.get(SecurityKey, key_id)
        if key is None or key.user_id != user.id:
            raise NotFound(f"There is no key {key_id}.")
        session.delete(key)
        record(session, "second_factor_changed", user.email, before={"security_key": key.name})


def note_use(session: Session, key_id: int, *, sign_count: int) -> bool:
    """Keep the key's count; False when it has moved on meanwhile: then this use is a repetition."""
    with transaction(session):
        key = session.get(SecurityKey, key_id, with_for_update=True, populate_existing=True)
        if key is None or (sign_count <= key.sign_count and (sign_count or key.sign_count)):
            return False
        key.sign_count = sign_count
    return True


def forget_keys(session: Session, user: User) -> None:
    """For who gives up the second factor; within a transaction."""
    session.execute(delete(SecurityKey).where(SecurityKey.user_id == user.id))
