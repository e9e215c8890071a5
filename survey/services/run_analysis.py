"""Freeze a wave's analysis: the same inputs give the same bytes (design 4.8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey import __version__
from survey.database import transaction
from survey.domain.wave import ANALYSED, may_become
from survey.errors import Conflict
from survey.models import Agency, AnalysisRun, Desk, Response, Wave
from survey.services.change_wave import find_wave
from survey.services.recount_tallies import recount_tallies
from survey.services.refresh_scores import store_scores
from survey.services.score_wave import PARAMETERS, AgencyScores, for_those_above, months_for_those_above, score_wave
from survey.settings import PROJECT

_CHUNK = 5000


def run_analysis(session: Session, wave_code: str, *, by: str, today: date) -> AnalysisRun:
    """Analyse a closed wave and store the result as a new revision.

    Where neither the inputs nor the code have changed, the result is the same, byte for byte; then no revision is added
    and the present one comes back.

    Raises
    ------
    Conflict
        The wave still takes responses, or its tallies are not what the responses give.
    """
    wave = find_wave(session, wave_code)
    if not may_become(wave.state, ANALYSED):
        raise Conflict(f"Wave {wave_code} is {wave.state}; close it before it is analysed.", code=f"wave_{wave.state}")
    if recount_tallies(session, repair=False, wave_id=wave.id):
        raise Conflict("The tallies differ from the responses. Run `sipas db recount` first.", code="tallies_differ")
    scores = score_wave(session, wave)
    inputs, result = inputs_sha256(session, wave), _canonical(_result(session, wave, scores))
    with transaction(session):
        last = session.scalars(select(AnalysisRun).where(AnalysisRun.wave_id == wave.id).order_by(AnalysisRun.revision.desc())).first()
        if last is not None and (last.inputs_sha256, last.result) == (inputs, result):
            return last
        revision = 1 + (session.scalar(select(func.max(AnalysisRun.revision)).where(AnalysisRun.wave_id == wave.id)) or 0)
        run = AnalysisRun(
            wave_id=wave.id,
            revision=revision,
            run_on=today,
            run_by=by,
            inputs_sha256=inputs,
            code_version=code_version(),
            parameters=PARAMETERS,
            result=result,
            result_sha256=sha256(result.encode()).hexdigest(),
        )
        session.add(run)
        store_scores(session, wave, scores, revision=revision, as_of=wave.closes_on)
        session.get_one(Wave, wave.id).state = ANALYSED
    return run


def inputs_sha256(session: Session, wave: Wave) -> str:
    """The hash of all that the result rests on: the responses in the order of their ids, the questionnaire, the agency tree."""
    digest = sha256(f"{wave.code} {wave.questionnaire.sha256}\n".encode())
    for agency in session.execute(select(Agency.id, Agency.parent_id, Agency.code).order_by(Agency.id)):
        digest.update(_canonical(list(agency)).encode())
    for desk in session.execute(select(Desk.id, Desk.agency_id).order_by(Desk.id)):
        digest.update(_canonical(list(desk)).encode())
    columns = (Response.id, Response.desk_id, Response.responded_on, Response.mode, Response.form, Response.ratings, Response.marked)
    responses = session.execute(
        select(*columns).where(Response.wave_id == wave.id).order_by(Response.id), execution_options={"yield_per": _CHUNK}
    )
    for row in responses:
        digest.update(_canonical([str(row[0]), row[1], str(row[2]), *row[3:]]).encode())
    return digest.hexdigest()


@cache
def code_version() -> str:
    """The release and the hash of the code that computes results."""
    files = [*sorted((PROJECT / "analysis").glob("*.py")), PROJECT / "survey" / "services" / "score_wave.py"]
    digest = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{__version__}+{digest[:12]}"


def _result(session: Session, wave: Wave, scores: Sequence[AgencyScores]) -> dict[str, Any]:
    codes = dict(session.execute(select(Agency.id, Agency.code)).all())
    return {
        "wave": wave.code,
        "questionnaire": wave.questionnaire.code,
        "simulated": wave.simulated,
        "code_version": code_version(),
        "parameters": PARAMETERS,
        "scores": [
            {
                "agency": codes[score.agency_id],
                "mode": score.mode,
                "basis": score.basis,
                "estimates": for_those_above(score.estimates),
                "months": months_for_those_above(score.estimates, score.months),
            }
            for score in scores
        ],
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
