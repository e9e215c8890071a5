"""Make a batch of personal invitations to a sample survey (decision 0090)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.domain.wave import OPEN, SAMPLE_SURVEY
from survey.errors import Conflict, Invalid
from survey.models import SlipBatch
from survey.services.change_wave import find_wave
from survey.services.print_slips import Draw, store_batch


def make_invitations(
    session: Session,
    wave_code: str,
    desk_id: int,
    count: int,
    *,
    full_form: bool,
    key: bytes,
    today: date,
    made_by: str,
    draw: Draw,
) -> bytes:
    """The file with `count` new invitations to a sample survey, for people who were served at a desk. See `store_batch`.

    A wave that has not begun may invite already: who opens an invitation early reads when it begins.

    Raises
    ------
    Invalid
        The wave is of the always-open desk survey: its instruments are never mixed (design 4.3).
    Conflict
        The wave is over.
    """
    wave = find_wave(session, wave_code)
    if wave.instrument != SAMPLE_SURVEY:
        raise Invalid(f"Wave {wave.code} is not a sample survey: nobody is invited to it.", code="not_a_sample")
    if wave.state != OPEN or wave.closes_on < today:
        raise Conflict(f"Wave {wave.code} is over.", code="wave_over")
    batch = SlipBatch(
        desk_id=desk_id, printed_count=count, printed_on=today, printed_by=made_by, wave_id=wave.id, full_form=full_form
    )  # fmt: skip
    return store_batch(session, batch, key=key, draw=draw, action="invitations_made")
