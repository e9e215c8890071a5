"""Keep free text apart from the ratings, until enough of it waits together."""

from __future__ import annotations

from collections import Counter
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, text

from survey.domain.disclosure import BATCH
from survey.models import Comment


def keep_comment(connection: Connection, words: str, *, wave_id: int, agency_id: int) -> None:
    """Store a comment in the transaction at hand; it becomes readable when `BATCH` of the agency wait together, of whichever wave.

    All waiting comments of all agencies are written anew in the order of their random ids, so that neither their place nor
    the number of their transaction tells on PostgreSQL which came when. They are never many: fewer than `BATCH` an agency.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE comment IN SHARE ROW EXCLUSIVE MODE"))  # one after the other: each counts all before it
    table = Comment.__table__
    waiting = [
        dict(row) for row in connection.execute(delete(Comment).where(Comment.readable.is_(False)).returning(*table.columns)).mappings()
    ]
    waiting.append({"id": uuid4(), "wave_id": wave_id, "agency_id": agency_id, "text": words})
    together = Counter(row["agency_id"] for row in waiting)
    rows = [row | {"readable": together[row["agency_id"]] >= BATCH} for row in sorted(waiting, key=lambda row: row["id"].int)]
    connection.execute(insert(table), rows)  # type: ignore[arg-type]
