"""Write the audit log: each entry carries the hash of the one before, so that none can be changed or taken out unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.audit_chain import ACTIONS, Entry
from survey.models import AuditEntry, AuditHead

#: Who works with a session, where nobody has said so: see `works_for`.
ITSELF = "SIPAS"
_LONGEST_SUBJECT = 200

Values = Mapping[str, Any]


def works_for(session: Session, who: str) -> None:
    """Tell a session who works with it: an e-mail address, or the command line. Its entries name them."""
    session.info["who"] = who


def record(
    session: Session, action: str, subject: str, *, before: Values | None = None, after: Values | None = None, now: datetime | None = None
) -> None:
    """Add one entry to the log, in the transaction that does what it tells of: both are stored or neither.

    Call it last. From here to the end of the transaction no other entry can be written, so nothing should be waited for.
    `before` and `after` hold what changed, and never a password, a code or a key.
    """
    if action not in ACTIONS:
        raise LookupError(f"There is no action {action!r} in survey.domain.audit_chain.")
    connection = session.connection()
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("sipas_write"):
        raise RuntimeError("An audit entry needs a write transaction.")
    session.flush()
    number, previous = session.execute(select(AuditHead.number, AuditHead.sha256).with_for_update()).one()
    entry = Entry(
        number=number + 1,
        at=(now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        who=session.info.get("who", ITSELF),
        action=action,
        subject=subject[:_LONGEST_SUBJECT].replace("\x00", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL stores no NUL
        before=_text(before),
        after=_text(after),
        previous_sha256=previous,
    )
    connection.execute(insert(AuditEntry), asdict(entry) | {"sha256": entry.sha256})
    connection.execute(update(AuditHead).values(number=entry.number, sha256=entry.sha256))


def record_alone(session: Session, action: str, subject: str, *, before: Values | None = None, after: Values | None = None) -> None:
    """One entry in a transaction of its own, for what changes nothing else: a log-in, a refusal, an export."""
    with transaction(session):
        record(session, action, subject, before=before, after=after)


def _text(values: Values | None) -> str | None:
    return None if values is None else json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
