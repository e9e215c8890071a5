"""Slow down whoever guesses: after a few failures in a row each further one costs a longer wait."""

from __future__ import annotations

import hmac
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.database import INSERT, transaction
from survey.models import LogInAttempt

#: So many failures cost nothing: people mistype.
FREE = 5
FIRST_WAIT, LONGEST_WAIT = 30, 15 * 60  # seconds
#: After this a failure is forgotten.
FORGOTTEN_AFTER = 24 * 3600


def attempt_key(what: str, *, key: str) -> str:
    """What an attempt is counted under. A hash: what was typed as an address may be a password."""
    return hmac.new(key.encode(), what.strip().lower().encode("utf-8", "replace"), sha256).hexdigest()


def wait_after(failures: int) -> int:
    """Seconds that must pass after so many failures in a row: none, then 30, 60, 120 … and never more than a quarter of an hour."""
    over = failures - FREE
    return 0 if over < 0 else int(min(FIRST_WAIT * 2.0 ** min(over, 20), LONGEST_WAIT))


def begin_attempt(session: Session, key: str, *, now: int) -> int:
    """Count an attempt as failed before it is looked at, so that many at once are counted too; `end_attempts` when it succeeds.

    Seconds still to wait when it came too early: then it is not counted, and the secret must not be looked at. Known and
    unknown accounts are counted alike.
    """
    with transaction(session):
        session.execute(delete(LogInAttempt).where(LogInAttempt.last_at < now - FORGOTTEN_AFTER))
        new = INSERT[session.get_bind().dialect.name](LogInAttempt).values(key=key, failures=0, last_at=now)
        # In one statement: between two, somebody else's success may take the row away.
        held = new.on_conflict_do_update(index_elements=["key"], set_={"key": new.excluded.key}).returning(LogInAttempt)
        attempt = session.scalars(held, execution_options={"populate_existing": True}).one()
        wait = attempt.last_at + wait_after(attempt.failures) - now
        if wait <= 0 or attempt.failures == 0:
            attempt.failures, attempt.last_at = attempt.failures + 1, now
    return max(wait, 0)


def end_attempts(session: Session, key: str) -> None:
    """It was the right person after all."""
    with transaction(session):
        session.execute(delete(LogInAttempt).where(LogInAttempt.key == key))
