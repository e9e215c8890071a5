"""What came over the offices' own networks, summed by desk and day: for the result without it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import OVERALL, Questionnaire
from survey.domain.tallying import contributions
from survey.models import Response

_CHUNK = 5000


def own_network_sums(session: Session, wave_id: int, mode: str, questionnaire: Questionnaire) -> dict[tuple[int, date], tuple[int, ...]]:
    """Desk and day → the sums of the overall measure, in the order of `tallying.COLUMNS`. Such responses have an index."""
    found: dict[tuple[int, date], tuple[int, ...]] = {}
    statement = select(Response.desk_id, Response.responded_on, Response.form, Response.ratings).where(
        Response.wave_id == wave_id, Response.mode == mode, Response.from_own_network
    )
    for rows in session.execute(statement, execution_options={"yield_per": _CHUNK}).partitions():
        for desk, day, form, ratings in rows:
            added = contributions(questionnaire, form, ratings).get(OVERALL)
            if added:
                found[desk, day] = tuple(map(int.__add__, found[desk, day], added)) if (desk, day) in found else added
    return found
