"""Give a desk its unguessable address, and take an address back."""

from __future__ import annotations

import secrets
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import NotFound
from survey.models import POSTER, Desk, DeskCode
from survey.services.audit import record

#: No 0, 1, i, l, o or u: easy to read and to type. 27 of these 30 letters carry 132 random bits (27 · log2 30).
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 27


def new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def issue_desk_code(session: Session, desk_id: int, *, today: date, kind: str = POSTER) -> str:
    """Take back the desk's present address of this kind, if any, and issue a new one."""
    with transaction(session):
        if session.get(Desk, desk_id) is None:
            raise NotFound(f"There is no desk {desk_id}. `sipas desk list` shows the desks.")
        _revoke(session, desk_id, kind, today)
        code = new_code()
        session.add(DeskCode(code=code, desk_id=desk_id, kind=kind, issued_on=today))
        record(session, "desk_code_issued", f"desk {desk_id}", after={"kind": kind})
    return code


def revoke_desk_codes(session: Session, desk_id: int, *, today: date, kind: str = POSTER) -> None:
    """Leave a desk without any address of this kind until a new one is issued."""
    with transaction(session):
        _revoke(session, desk_id, kind, today)
        record(session, "desk_code_revoked", f"desk {desk_id}", before={"kind": kind})


def _revoke(session: Session, desk_id: int, kind: str, today: date) -> None:
    present = (DeskCode.desk_id == desk_id) & (DeskCode.kind == kind) & DeskCode.revoked_on.is_(None)
    session.execute(
        update(DeskCode).where(present).values(revoked_on=today),
        execution_options={"synchronize_session": False},
    )


def revoke_desk_code(session: Session, code: str, *, today: date) -> None:
    """Take an address back. Whoever still opens it reads a friendly page; responses already given stay."""
    with transaction(session):
        found = session.scalars(select(DeskCode).where(DeskCode.code == code)).one_or_none()
        if found is None:
            raise NotFound("There is no such desk address.")
        before = {"kind": found.kind, "revoked_on": found.revoked_on}
        found.revoked_on = found.revoked_on or today
        record(session, "desk_code_revoked", f"desk {found.desk_id}", before=before, after={"revoked_on": found.revoked_on})
