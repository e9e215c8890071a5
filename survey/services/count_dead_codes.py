"""Count how often addresses of desks that were taken back are opened: a wall may still hold an old poster (decision 0055)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import case
from sqlalchemy.orm import Session

from survey.database import INSERT, in_a_hurry
from survey.models import DeadCode

#: No more than this is counted for a desk and a day: it is known by then that an old poster hangs, and a flood changes nothing.
MOST = 1000


def count_dead_codes(session: Session, opened: Mapping[tuple[int, date], int]) -> None:
    """Add to what is stored, by desk and day. Waits half a second for others and no longer."""
    if not opened:
        return
    with in_a_hurry(session) as connection:
        insert = INSERT[connection.dialect.name](DeadCode)
        together = DeadCode.count + insert.excluded.count
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[DeadCode.desk_id, DeadCode.opened_on], set_={"count": case((together > MOST, MOST), else_=together)}
            ),
            [{"desk_id": desk, "opened_on": day, "count": min(count, MOST)} for (desk, day), count in sorted(opened.items())],
        )
