"""How many responses each wave received, in all modes."""

from __future__ import annotations

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from survey.models import Tally


def received_by_wave(session: Session) -> dict[int, int]:
    """Wave id to the number of responses with a valid rating. Counts, unlike indices, may be added over modes."""
    rows = session.execute(
        select(Tally.wave_id, func.sum(Tally.respondents)).where(Tally.measure == literal_column("'ALL'")).group_by(Tally.wave_id)
    )
    return {wave: int(count) for wave, count in rows}
