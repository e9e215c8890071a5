"""Try whether a response could be stored just now: one is stored, and taken back before anybody sees it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, literal, select, true
from sqlalchemy.orm import Session

from survey.database import trial
from survey.domain.tallying import COLUMNS
from survey.domain.wave import MODES
from survey.models import Desk, Response, Tally, Wave

#: More than what may lie in memory of a trial: it must find room on the disk.
_LARGE = "x" * 200_000


def try_intake(session: Session) -> None:
    """Write a response and a tally row at any desk in any wave, and undo it. Where there is no wave yet, there is nothing to store.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        Somebody holds a lock for longer than a moment, the disk is full, or nothing can be written for another reason.
    """
    row = {"id": uuid4(), "responded_on": date.min, "mode": MODES[0], "language": "", "form": "", "ratings": {}, "answers": {"": _LARGE}}
    flags = {"marked": False, "helped": False, "from_own_network": False}
    with trial(session) as connection:
        connection.execute(_at_any_desk(Response.__table__, row | flags))
        connection.execute(_at_any_desk(Tally.__table__, row | flags | {"measure": ""} | dict.fromkeys(COLUMNS, 0)))


def _at_any_desk(table: Any, values: dict[str, Any]) -> Any:
    given = {column.name: literal(values[column.name], column.type) for column in table.columns if column.name in values}
    place = select(Wave.id, Desk.id, *given.values()).select_from(Wave).join(Desk, true()).limit(1)
    return insert(table).from_select(["wave_id", "desk_id", *given], place)
