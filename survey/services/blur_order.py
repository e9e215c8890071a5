"""Take the order of arrival out of the stored responses (design 4.6)."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from survey.database import transaction


def blur_order(session: Session) -> str:
    """Rewrite what citizens sent in the order of their random ids; a sentence tells what was done.

    On SQLite they lie that way from the start (WITHOUT ROWID). PostgreSQL appends rows and numbers their transactions, so
    one transaction here touches every row (the same xmin for all) and CLUSTER lays them out anew by the primary key.
    Whoever wants to read or write them waits meanwhile; all locks are taken at once, so that nobody waits in a circle.
    A used slip leaves a dead row under the number of its response's transaction: laid out anew, the table holds none.
    """
    if session.get_bind().dialect.name == "sqlite":
        return "SQLite keeps responses in the order of their random ids; nothing to do."
    with transaction(session):
        session.execute(text("LOCK TABLE response, comment, response_mark, feedback_case, case_contact, slip IN ACCESS EXCLUSIVE MODE"))
        keys = {"response": "id", "comment": "id", "response_mark": "id", "feedback_case": "id", "case_contact": "case_id"}
        for table, key in keys.items():
            session.execute(text(f"UPDATE {table} SET {key} = {key}"))  # noqa: S608 - the names stand a few lines above
            session.execute(text(f"CLUSTER {table} USING pk_{table}"))
        session.execute(text("CLUSTER slip USING pk_slip"))
    return "Responses, comments, cases and marks now lie in the order of their random ids, written by one transaction."
