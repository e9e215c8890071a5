"""How many responses each wave received, in all modes."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import IS_WHOLE, Tally


def received_by_wave(session: Session) -> dict[int, int]:
    """Wave id to the number of responses with a valid rating. Counts, unlike indices, may be added over modes."""
    rows = session.execute(select(Tally.wave_id, func.sum(Tally.respondents)).where(IS_WHOLE).group_by(Tally.wave_id))
    return {wave: int(count) for wave, count in rows}
