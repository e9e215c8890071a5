"""How fast forms were filled in at the desks of an agency, as it is kept with a wave's scores."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Score
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class DeskSpeed:
    """Forms of one desk and mode whose phone told how long answering took, and those whose phone did not.

    `too_fast` of the known ones were filled in faster than they can be read; None where they are too few to tell it.
    """

    desk_id: int
    mode: str
    known: int
    unknown: int
    too_fast: int | None

    @property
    def share(self) -> float | None:
        return None if self.too_fast is None else self.too_fast / self.known


def desk_speeds(session: Session, wave: WaveView, agency_id: int) -> tuple[DeskSpeed, ...]:
    rows = session.execute(
        select(Score.mode, Score.findings["speed"])
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Score.basis == "all", Score.agency_id == agency_id)
        .order_by(Score.mode)
    )
    return tuple(
        DeskSpeed(desk["desk"], mode, desk["known"], desk["unknown"], desk["too_fast"]) for mode, desks in rows for desk in desks or ()
    )
