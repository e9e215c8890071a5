"""Take one response: the response and its tallies in one transaction, once however often it is sent; its comment in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session

from survey.database import INSERT, transaction
from survey.domain.disclosure import BATCH
from survey.domain.questionnaire import Questionnaire
from survey.domain.submission import Submission
from survey.domain.tallying import COLUMNS, contributions
from survey.domain.wave import OPEN
from survey.errors import Conflict
from survey.models import Comment, Response, Tally, Wave

#: The drivers' dialects where values go by their place.
_BY_PLACE = {"sqlite": sqlite.dialect(), "postgresql": psycopg.dialect(paramstyle="format")}  # type: ignore[no-untyped-call]
#: What identifies a tally row.
KEY = ("wave_id", "desk_id", "responded_on", "mode", "marked", "measure")
_STATE = select(Wave.state).where(Wave.id == bindparam("wave_id")).with_for_update(read=True)


@dataclass(frozen=True)
class Unit:
    """Where and when a response was given: the sampling unit and the mode."""

    wave_id: int
    desk_id: int
    agency_id: int
    responded_on: date
    mode: str


def submit_response(session: Session, submission: Submission, questionnaire: Questionnaire, unit: Unit, *, language: str) -> bool:
    """Store `submission` unless its id is already there. True when it was new; the person is thanked either way.

    The first version sent under an id stays; a repeat changes nothing (checklist 1, 2). The comment follows in a transaction of
    its own, so that no number of a transaction joins it to the ratings: should the process die in between, it is lost.

    Raises
    ------
    Conflict
        The wave was closed since the page was shown (code ``wave_closed``).
    """
    row = {
        "id": submission.response_id,
        "wave_id": unit.wave_id,
        "desk_id": unit.desk_id,
        "responded_on": unit.responded_on,
        "mode": unit.mode,
        "language": language,
        "form": submission.form,
        "ratings": submission.ratings,
        "answers": submission.answers,
        "marked": False,
    }
    with transaction(session):
        if not _takes_responses(session, unit.wave_id):
            raise Conflict("The wave has been closed.", code="wave_closed")
        new = _insert_once(session, row)
        if new:
            sums = contributions(questionnaire, submission.form, submission.ratings)
            add_to_tallies(session, unit, sums, marked=False)
    if new and submission.comment:
        with transaction(session):
            _keep_comment(session, unit, submission.comment)
    return new


def _takes_responses(session: Session, wave_id: int) -> bool:
    """Whether the wave is open; on PostgreSQL it stays so until this transaction ends, and on SQLite nobody else writes."""
    return session.connection().execute(_STATE, {"wave_id": wave_id}).scalar() == OPEN


def add_to_tallies(session: Session, unit: Unit, sums: Mapping[str, tuple[int, ...]], *, marked: bool, sign: int = 1) -> None:
    """Add one response's sums to its tally rows (`sign` -1 takes them away), always in the order of the measures.

    The fixed order keeps two transactions on the same desk-day from waiting for each other in a circle.
    """
    key = (unit.wave_id, unit.desk_id, unit.responded_on.isoformat(), unit.mode, marked)
    rows = [(*key, measure, *(sign * n for n in sums[measure])) for measure in sorted(sums)]
    if rows:
        session.connection().exec_driver_sql(_insert_or_add(_dialect(session)), rows)


def _insert_once(session: Session, row: Mapping[str, Any]) -> bool:
    return session.connection().execute(_insert_or_leave(_dialect(session)), row).first() is not None


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _insert_or_leave(dialect: str) -> Any:
    # RETURNING gives a row only when one was written; the count of rows is not known on PostgreSQL.
    return INSERT[dialect](Response.__table__).on_conflict_do_nothing(index_elements=["id"]).returning(Response.id)


@cache
def _insert_or_add(dialect: str) -> str:
    """In the driver's own words, with the values of `KEY` and `COLUMNS` by their place.

    A response adds a dozen rows, and SQLAlchemy would prepare each value of each of them.
    """
    table = Tally.__table__
    statement = INSERT[dialect](table)
    added = {name: table.c[name] + statement.excluded[name] for name in COLUMNS}
    return str(statement.on_conflict_do_update(index_elements=KEY, set_=added).compile(dialect=_BY_PLACE[dialect]))


def _keep_comment(session: Session, unit: Unit, words: str) -> None:
    """Keep free text apart from the ratings; it becomes readable when `BATCH` comments of the agency wait together, of whichever wave.

    All waiting comments of all agencies are written anew in the order of their random ids, so that neither their place nor
    the number of their transaction tells on PostgreSQL which came when. They are never many: fewer than `BATCH` an agency.
    """
    if _dialect(session) == "postgresql":
        session.execute(text("LOCK TABLE comment IN SHARE ROW EXCLUSIVE MODE"))  # one after the other: each counts all before it
    table = Comment.__table__
    waiting = [
        dict(row)
        for row in session.connection().execute(delete(Comment).where(Comment.readable.is_(False)).returning(*table.columns)).mappings()
    ]
    waiting.append({"id": uuid4(), "wave_id": unit.wave_id, "agency_id": unit.agency_id, "text": words})
    together = Counter(row["agency_id"] for row in waiting)
    rows = [row | {"readable": together[row["agency_id"]] >= BATCH} for row in sorted(waiting, key=lambda row: row["id"].int)]
    session.connection().execute(insert(Comment.__table__), rows)  # type: ignore[arg-type]
