"""`sipas analyse --wave`: the numbers of the pages as rows of the command line's contract."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.wave import OPEN
from survey.models import Agency
from survey.services.change_wave import find_wave
from survey.services.hide_numbers import for_those_above
from survey.services.score_wave import score_wave

_KEYS = (
    "level", "key", "rule", "respondents", "answers", "units", "index", "se", "df", "deff", "n_eff", "ci_low", "ci_high", "why",
)  # fmt: skip


def analyse_wave(session: Session, wave_code: str, *, today: date) -> list[dict[str, Any]]:
    """Every estimate of every agency, mode and basis of a wave, by the same functions as the pages.

    An open wave is scored as the pages score it: without today, and in batches.
    """
    wave = find_wave(session, wave_code)
    codes = dict(session.execute(select(Agency.id, Agency.code)).all())
    scores = score_wave(session, wave, before=today if wave.state == OPEN else None)
    return [
        {"by": {"agency": codes[score.agency_id], "mode": score.mode, "basis": score.basis}} | {key: row[key] for key in _KEYS}
        for score in scores
        for row in for_those_above(score.estimates)
    ]
