"""Make a batch of personal invitations to a sample survey (decision 0090)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.domain.wave import INVITATION, OPEN, SAMPLE_SURVEY
from survey.errors import Conflict, Invalid
from survey.models import Desk, SlipBatch
from survey.queries.wave_plans import takes_part
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
        The wave is over, takes no invitations, or is not for the agency of the desk.
    """
    wave = find_wave(session, wave_code)
    if wave.instrument != SAMPLE_SURVEY:
        raise Invalid(f"Wave {wave.code} is not a sample survey: nobody is invited to it.", code="not_a_sample")
    if wave.state != OPEN or wave.closes_on < today:
        raise Conflict(f"Wave {wave.code} is over.", code="wave_over")
    if INVITATION not in wave.modes:
        raise Conflict(f"Wave {wave.code} does not work by invitations.", code="no_invitations")
    desk = session.get(Desk, desk_id)
    if desk is not None and wave.participants and not takes_part(session, wave.id, desk.agency_id):
        raise Conflict(f"The agency of desk {desk_id} does not take part in wave {wave.code}.", code="not_taking_part")
    batch = SlipBatch(
        desk_id=desk_id, printed_count=count, printed_on=today, printed_by=made_by, wave_id=wave.id, full_form=full_form
    )  # fmt: skip
    return store_batch(session, batch, key=key, draw=draw, action="invitations_made")
