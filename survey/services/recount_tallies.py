"""Prove the tallies from the responses, and repair them where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from survey.database import INSERT, snapshot, transaction
from survey.domain.tallying import COLUMNS, contributions
from survey.models import Response, Tally, Wave
from survey.queries.open_desk import stored_questionnaire
from survey.services.audit import record

Key = tuple[int, int, date, str, bool, str]
Sums = tuple[int, ...]

_KEY = (Tally.wave_id, Tally.desk_id, Tally.responded_on, Tally.mode, Tally.marked, Tally.measure)
_KEY_NAMES = tuple(column.key for column in _KEY)
_ZERO: Sums = (0,) * len(COLUMNS)
_CHUNK = 5000


@dataclass(frozen=True)
class Difference:
    """One tally row that is not what the responses give."""

    key: Key
    stored: Sums
    counted: Sums


def recount_tallies(
    session: Session, *, repair: bool, wave_id: int | None = None, progress: Callable[[int], object] = int
) -> list[Difference]:
    """Compare every tally row (of one wave) with a recount from the responses; with `repair`, store the recount where they differ.

    Only then do citizens' forms have to wait.

    `progress` is called with the number of responses read since the last call.
    """
    with transaction(session) if repair else snapshot(session):  # no response may arrive between counting and comparing
        if repair and session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("LOCK TABLE response, tally IN SHARE ROW EXCLUSIVE MODE"))
        stored = _stored(session, wave_id)
        counted = _count(session, wave_id, progress)
        differences = [
            Difference(key, stored.get(key, _ZERO), counted.get(key, _ZERO))
            for key in sorted(stored.keys() | counted.keys())
            if stored.get(key, _ZERO) != counted.get(key, _ZERO)
        ]
        if repair:
            _store(session, differences)
            record(session, "tallies_recounted", "all waves" if wave_id is None else f"wave {wave_id}", after={"mended": len(differences)})
    return differences


def _stored(session: Session, wave_id: int | None) -> dict[Key, Sums]:
    statement = select(*_KEY, *(getattr(Tally, name) for name in COLUMNS))
    if wave_id is not None:
        statement = statement.where(Tally.wave_id == wave_id)
    return {(row[0], row[1], row[2], row[3], row[4], row[5]): tuple(row[6:]) for row in session.execute(statement)}


def _count(session: Session, wave_id: int | None, progress: Callable[[int], object]) -> dict[Key, Sums]:
    counted: dict[Key, Sums] = defaultdict(lambda: _ZERO)
    questionnaires = {
        wave.id: stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire.sha256) for wave in session.scalars(select(Wave))
    }
    for rows in _responses(session, wave_id):
        for wave, desk, day, mode, marked, form, ratings in rows:
            for measure, sums in contributions(questionnaires[wave], form, ratings).items():
                key = (wave, desk, day, mode, marked, measure)
                counted[key] = tuple(map(int.__add__, counted[key], sums))
        progress(len(rows))
    return counted


def _responses(session: Session, wave_id: int | None) -> Iterator[Sequence[Row[int, int, date, str, bool, str, dict[str, int]]]]:
    columns = (
        Response.wave_id, Response.desk_id, Response.responded_on, Response.mode, Response.marked, Response.form, Response.ratings,
    )  # fmt: skip
    statement = select(*columns) if wave_id is None else select(*columns).where(Response.wave_id == wave_id)
    result = session.execute(statement, execution_options={"yield_per": _CHUNK})
    for rows in result.partitions():
        yield list(rows)


def _store(session: Session, differences: list[Difference]) -> None:
    """Set the rows to what was counted; rows that no response stands behind go."""
    rows = [dict(zip(_KEY_NAMES, d.key, strict=True)) | dict(zip(COLUMNS, d.counted, strict=True)) for d in differences]
    table = Tally.__table__
    statement = INSERT[session.get_bind().dialect.name](table)
    counted = {name: statement.excluded[name] for name in COLUMNS}
    if rows:
        session.connection().execute(statement.on_conflict_do_update(index_elements=_KEY_NAMES, set_=counted), rows)
        session.execute(delete(Tally).where(*(getattr(Tally, name) == 0 for name in COLUMNS)))
