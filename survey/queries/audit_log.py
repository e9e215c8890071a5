"""Read the audit log, and look for what was changed in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import chain

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from survey.domain.audit_chain import CHANGED, MISSING, Entry, Fault, find_faults
from survey.models import AuditEntry, AuditHead

PAGE = 50
_CHUNK = 1000
_COLUMNS = tuple(getattr(AuditEntry, field.name) for field in fields(Entry))


@dataclass(frozen=True)
class Proof:
    """The end of the log, to be noted down elsewhere, and what is wrong with the log."""

    number: int
    sha256: str
    faults: tuple[Fault, ...]


def list_entries(session: Session, *, before: int | None = None, limit: int = PAGE) -> list[Entry]:
    """The newest entries first; `before` a number, for the page after."""
    statement = select(*_COLUMNS).order_by(AuditEntry.number.desc()).limit(limit)
    rows = session.execute(statement if before is None else statement.where(AuditEntry.number < before))
    return [Entry(*row) for row in rows]


def verify_audit_log(session: Session, *, noted: tuple[int, str] | None = None) -> Proof:
    """Recompute all hashes. `noted` is an earlier `Proof`'s end: who rewrites all that follows an entry cannot rewrite that."""
    # The head and all entries in one statement: an entry that is appended meanwhile is in both or in neither.
    statement = (
        select(AuditHead.number, AuditHead.sha256, *_COLUMNS, AuditEntry.sha256)
        .select_from(AuditHead)
        .outerjoin(AuditEntry, true())
        .order_by(AuditEntry.number)
    )
    rows = iter(session.execute(statement, execution_options={"yield_per": _CHUNK}))
    first = next(rows)
    last, last_sha256 = first[:2]
    stored = ((Entry(*row[2:-1]), row[-1]) for row in chain([first], rows) if row[-1] is not None)
    faults = list(find_faults(stored, last=(last, last_sha256)))
    if noted is not None:
        found = session.scalars(select(AuditEntry.sha256).where(AuditEntry.number == noted[0])).first()
        if found != noted[1]:
            faults.append(Fault(noted[0], MISSING if found is None else CHANGED))
    return Proof(last, last_sha256, tuple(dict.fromkeys(faults)))
