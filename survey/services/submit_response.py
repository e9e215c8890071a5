"""Take one response: the response, its tallies and its comment in one transaction, once however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, cast, column, delete, exists, func, insert, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.database import INSERT, write_connection
from survey.domain.bursts import MACHINE
from survey.domain.questionnaire import Questionnaire
from survey.domain.receipt_code import stored_id
from survey.domain.submission import Submission
from survey.domain.tallying import COLUMNS, contributions
from survey.domain.wave import OPEN
from survey.errors import Conflict, Invalid
from survey.models import DeskCode, Response, ResponseMark, Slip, SlipBatch, Tally, Wave
from survey.queries.stored_response import is_stored
from survey.services.keep_comment import keep_comment
from survey.services.open_case import open_case

#: What identifies a tally row.
KEY = ("wave_id", "desk_id", "responded_on", "mode", "marked", "measure")


@dataclass(frozen=True)
class Unit:
    """Where and when a response was given: the sampling unit and the mode."""

    wave_id: int
    desk_id: int
    agency_id: int
    responded_on: date
    mode: str


def submit_response(
    session: Session,
    submission: Submission,
    questionnaire: Questionnaire,
    unit: Unit,
    *,
    code: str,
    language: str,
    slip: str | None = None,
    burst: str | None = None,
    from_own_network: bool = False,
    receipt: str | None = None,
) -> bool:
    """Store `submission` unless its id is already there. True when it was new; the person is thanked either way.

    The first version sent under an id stays; a repeat changes nothing (checklist 1, 2). The comment is written behind a savepoint, which
    on PostgreSQL has a number of its own, so that no number of a transaction joins it to the ratings (decision 0003). With a `receipt`
    (the digest of a receipt code) it becomes a feedback case (decision 0096).

    A `slip` (the digest of its code) is the way in instead of the desk's `code`: it is used up in the same transaction.
    A response that came in a `burst` (the reason) is stored with a mark; `from_own_network` is kept as it is given.

    Raises
    ------
    Invalid
        The form has no number.
    Conflict
        The wave is not open (any more), the desk's `code` has been taken back, or the slip is used or withdrawn: nothing was stored.
    """
    if submission.response_id is None:
        raise Invalid("A form without its number cannot be stored once.", code="unknown_form")
    response_id = stored_id(submission.response_id)
    row = {
        "id": response_id,
        "wave_id": unit.wave_id,
        "desk_id": unit.desk_id,
        "responded_on": unit.responded_on,
        "mode": unit.mode,
        "language": language,
        "form": submission.form,
        "ratings": submission.ratings,
        "answers": submission.answers,
        "marked": burst is not None,
        "helped": submission.helped,
        "from_own_network": from_own_network,
        "answering_time": submission.answering_time,
    }
    sums = contributions(questionnaire, submission.form, submission.ratings)
    alone = slip is None and burst is None and not submission.comment
    with write_connection(session, one_statement=alone) as connection:
        new = _store(connection, unit, row | {"code": code}, sums, by_slip=slip is not None)
        if new and slip is not None:
            _use_up(connection, slip)
        if new and burst is not None:
            _mark(connection, response_id, burst, unit.responded_on)
        if new and submission.comment:
            with connection.begin_nested():
                if receipt is None:
                    keep_comment(connection, submission.comment, wave_id=unit.wave_id, agency_id=unit.agency_id)
                else:
                    open_case(connection, submission.comment, receipt, agency_id=unit.agency_id, today=unit.responded_on)
    if not new and not is_stored(session, submission.response_id):
        raise Conflict("The wave or the desk's code takes no responses any more.", code="not_taken")
    return new


def _store(connection: Connection, unit: Unit, row: Mapping[str, Any], sums: Mapping[str, tuple[int, ...]], *, by_slip: bool) -> bool:
    """Insert the response and add to its tallies; on PostgreSQL in one statement. Whether it was new."""
    if connection.dialect.name == "postgresql":
        return connection.execute(_store_at_once(by_slip=by_slip), {**row, "rows": _rows(sums)}).first() is not None
    new = connection.execute(_insert_once("sqlite", by_slip=by_slip), row).first() is not None
    if new:
        add_to_tallies(connection, unit, sums, marked=row["marked"])
    return new


def add_to_tallies(connection: Connection, unit: Unit, sums: Mapping[str, tuple[int, ...]], *, marked: bool, sign: int = 1) -> None:
    """Add one response's sums to its tally rows (`sign` -1 takes them away)."""
    key = {"wave_id": unit.wave_id, "desk_id": unit.desk_id, "responded_on": unit.responded_on, "mode": unit.mode, "marked": marked}
    rows = _rows(sums if sign == 1 else {measure: tuple(sign * n for n in values) for measure, values in sums.items()})
    if rows and connection.dialect.name == "postgresql":
        connection.execute(_add_all_rows(), key | {"rows": rows})
    elif rows:
        by_place = tuple((key | {"responded_on": unit.responded_on.isoformat()}).values())
        connection.exec_driver_sql(_add_each_row(), [(*by_place, *row) for row in rows])


def _rows(sums: Mapping[str, tuple[int, ...]]) -> list[tuple[Any, ...]]:
    """Always in the order of the measures: so two transactions on the same desk-day never wait for each other in a circle."""
    return [(measure, *sums[measure]) for measure in sorted(sums)]


def _mark(connection: Connection, response_id: UUID, reason: str, on: date) -> None:
    mark = {"id": uuid4(), "response_id": response_id, "reason": reason, "marked_by": MACHINE, "marked_on": on}
    connection.execute(insert(ResponseMark), mark)


def _use_up(connection: Connection, digest: str) -> None:
    """Take the slip away. Of several who hold the same one, the first to get here keeps it, and the others' responses are undone."""
    if connection.execute(_USE_UP, {"used": digest}).rowcount != 1:
        raise Conflict("The slip has been used or withdrawn.", code="slip_not_left")


_USE_UP = delete(Slip).where(
    Slip.digest == bindparam("used"), Slip.batch_id.in_(select(SlipBatch.id).where(SlipBatch.withdrawn_on.is_(None)))
)


@cache
def _insert_once(dialect: str, *, by_slip: bool) -> Any:
    """Insert a response unless its id is there, its wave is not open or its desk's code is revoked; a row comes back when one was written.

    A slip needs no code of the desk: it outlives the poster, and is looked for when it is taken away.

    On PostgreSQL wave and code stay as they are until the transaction ends; on SQLite nobody else writes in the meantime.
    """
    table = Response.__table__
    values = [bindparam(kept.name, type_=kept.type) for kept in table.columns]
    taken = select(*values).select_from(Wave).where(Wave.id == bindparam("wave_id"), Wave.state == OPEN).with_for_update(read=True)
    if not by_slip:
        taken = taken.join(DeskCode, true()).where(DeskCode.code == bindparam("code"), DeskCode.revoked_on.is_(None))
    statement = INSERT[dialect](table).from_select(list(table.columns.keys()), taken)
    return statement.on_conflict_do_nothing(index_elements=["id"]).returning(Response.id)


@cache
def _store_at_once(*, by_slip: bool) -> Any:
    """For PostgreSQL: insert once, and add to the tallies if that wrote a row; the row's id comes back."""
    stored = _insert_once("postgresql", by_slip=by_slip).cte("stored")
    return select(stored.c.id).add_cte(_adding_rows(exists(select(stored.c.id))).cte("added"))


@cache
def _add_all_rows() -> Any:
    return _adding_rows(true())


def _adding_rows(condition: ColumnElement[bool]) -> Any:
    """For PostgreSQL: the key once, and a response's dozen rows as one JSON array; row by row the server would run a dozen statements."""
    table: Any = Tally.__table__
    row = func.jsonb_array_elements(bindparam("rows", type_=postgresql.JSONB)).table_valued(column("value", postgresql.JSONB)).c.value
    key = [bindparam(name, type_=table.c[name].type) for name in KEY[:-1]]
    sums = [cast(row[place].astext, BigInteger) for place, _ in enumerate(COLUMNS, start=1)]
    return _adding(postgresql.insert(table).from_select([*KEY, *COLUMNS], select(*key, row[0].astext, *sums).where(condition)))


@cache
def _add_each_row() -> str:
    """For SQLite in the driver's own words, values by their place: SQLAlchemy would prepare each value of each row."""
    table: Any = Tally.__table__
    return str(_adding(sqlite.insert(table)).compile(dialect=sqlite.dialect()))


def _adding(statement: Any) -> Any:
    added = {name: Tally.__table__.c[name] + statement.excluded[name] for name in COLUMNS}
    return statement.on_conflict_do_update(index_elements=KEY, set_=added)
