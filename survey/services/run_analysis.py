"""Freeze a wave's analysis: the same inputs give the same bytes (design 4.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey import __version__
from survey.database import transaction
from survey.domain.reason import checked_reason
from survey.domain.wave import ANALYSED, CLOSED, LONGEST_REASON, PROPOSED, RETURNED, may_become
from survey.errors import Conflict, Invalid
from survey.models import Agency, AnalysisRun, Desk, Response, RunStep, Wave
from survey.queries.desk_fields import fields_in_wave
from survey.services.approve_run import last_step
from survey.services.audit import record
from survey.services.change_wave import find_wave
from survey.services.hide_numbers import for_those_above
from survey.services.recount_tallies import recount_tallies
from survey.services.refresh_scores import store_scores
from survey.services.score_agencies import AgencyScores
from survey.services.score_wave import PARAMETERS, score_wave
from survey.settings import PROJECT

_CHUNK = 5000
#: How far the work is when the tallies are proved, the inputs are read and the estimates are computed, by the clock of a wave of 15,000.
_COUNTED, _READ, _SCORED = 0.24, 0.31, 0.94


def run_analysis(
    session: Session, wave_code: str, *, by: str, today: date, reason: str | None = None, progress: Callable[[float], object] = float
) -> AnalysisRun:
    """Analyse a closed wave and store the result as a new revision.

    Where neither the inputs nor the code have changed, the result is the same, byte for byte; then no revision is added
    and the present one comes back. `by` proposes it, with a `reason` where it is a correction; another person approves it.
    `progress` is called with the share of the work that is done, outside of any write transaction.

    Raises
    ------
    Conflict
        The wave still takes responses, or its tallies are not what the responses give.
    Invalid
        A published result is to be corrected and no reason is given, or one of more than `LONGEST_REASON` letters.
    """
    wave = ready_for_analysis(session, wave_code, reason=reason)
    counting = _share_of_rows(session, wave, progress)
    if recount_tallies(session, repair=False, wave_id=wave.id, progress=counting):
        raise Conflict("The tallies differ from the responses. Run `sipas db recount` first.", code="tallies_differ")
    inputs = inputs_sha256(session, wave)
    progress(_READ)
    scores = score_wave(session, wave, findings="frozen", progress=lambda share: progress(_READ + (_SCORED - _READ) * share))
    result = _canonical(_result(session, wave, scores))
    progress(_SCORED)
    with transaction(session):
        find_wave(session, wave_code, for_update=True)  # of two who run it at once, the second finds the first one's result
        if inputs_sha256(session, wave) != inputs:
            raise Conflict("Responses were marked while the analysis ran. Run it again.", code="inputs_changed")
        last = session.scalars(select(AnalysisRun).where(AnalysisRun.wave_id == wave.id).order_by(AnalysisRun.revision.desc())).first()
        if last is not None and (last.inputs_sha256, last.result) == (inputs, result):
            if last_step(session, last.id) == RETURNED:
                _propose(session, last, by, today, reason)
            record(session, "wave_analysed", wave_code, after={"revision": last.revision, "changed": False, "reason": reason})
            return last
        run = AnalysisRun(
            wave_id=wave.id,
            revision=last.revision + 1 if last is not None else 1,
            run_on=today,
            run_by=by,
            inputs_sha256=inputs,
            code_version=code_version(),
            parameters=PARAMETERS,
            result=result,
            result_sha256=sha256(result.encode()).hexdigest(),
        )
        session.add(run)
        session.flush()
        _propose(session, run, by, today, reason)
        store_scores(session, wave, scores, revision=run.revision, as_of=min(wave.closes_on, today))
        if wave.state == CLOSED:
            wave.state = ANALYSED
        record(
            session, "wave_analysed", wave_code,
            before={"revision": run.revision - 1 or None},
            after={"revision": run.revision, "result_sha256": run.result_sha256, "reason": reason},
        )  # fmt: skip
    return run


def _share_of_rows(session: Session, wave: Wave, progress: Callable[[float], object]) -> Callable[[int], object]:
    """Turns the number of responses that were read into the share of the work."""
    every, done = session.scalar(select(func.count()).where(Response.wave_id == wave.id)) or 1, 0

    def read(rows: int) -> None:
        nonlocal done
        done += rows
        progress(_COUNTED * done / every)

    return read


def ready_for_analysis(session: Session, wave_code: str, *, reason: str | None) -> Wave:
    """The wave, where it may be analysed now; else what `run_analysis` raises."""
    wave = find_wave(session, wave_code)
    if not may_become(wave.state, ANALYSED):
        raise Conflict(f"Wave {wave_code} is {wave.state}; close it before it is analysed.", code=f"wave_{wave.state}")
    if wave.published_revision is not None and not reason:
        raise Invalid(f"Wave {wave_code} is published; say why it is corrected (--reason).", code="reason_missing")
    if reason:
        checked_reason(reason, longest=LONGEST_REASON, code="reason_missing")
    return wave


def _propose(session: Session, run: AnalysisRun, by: str, today: date, reason: str | None) -> None:
    session.add(RunStep(run_id=run.id, step=PROPOSED, taken_by=by, taken_on=today, note=reason))


def inputs_sha256(session: Session, wave: Wave) -> str:
    """The hash of all that the result rests on: the questionnaire, the responses in the order of their ids, and the
    desks where they were given, with their fields and the agencies above them."""
    digest = sha256(f"{wave.code} {wave.questionnaire.sha256}\n".encode())
    for desk in _desks_and_agencies(session, wave):
        digest.update(_canonical(desk).encode())
    columns = (
        Response.id, Response.desk_id, Response.responded_on, Response.mode, Response.form, Response.ratings, Response.marked,
        Response.from_own_network, Response.answering_time,
    )  # fmt: skip
    responses = session.execute(
        select(*columns).where(Response.wave_id == wave.id).order_by(Response.id), execution_options={"yield_per": _CHUNK}
    )
    for *row, time in responses:
        known = [] if time is None else [time]  # so that responses from before there were classes have the hash they had
        digest.update(_canonical([str(row[0]), row[1], str(row[2]), *row[3:], *known]).encode())
    return digest.hexdigest()


def _desks_and_agencies(session: Session, wave: Wave) -> Iterator[list[Any]]:
    """Each desk of the wave with its agency and those above, nearest first, and the field that it had when the wave opened."""
    agencies = {agency.id: agency for agency in session.scalars(select(Agency))}
    fields = fields_in_wave(session, wave)
    answered = select(Response.desk_id).where(Response.wave_id == wave.id)
    for desk_id, agency_id in session.execute(select(Desk.id, Desk.agency_id).where(Desk.id.in_(answered)).order_by(Desk.id)):
        codes, above = [], agencies.get(agency_id)
        while above is not None:
            codes.append(above.code)
            above = agencies.get(above.parent_id) if above.parent_id is not None else None
        yield [desk_id, *codes, {"field": fields[desk_id]}] if desk_id in fields else [desk_id, *codes]


#: The code that decides what a result is: the statistics, and what may be shown.
_RULES = (
    "survey/domain/agency_tree.py",
    "survey/domain/desk_field.py",
    "survey/domain/disclosure.py",
    "survey/domain/quality.py",
    "survey/domain/questionnaire.py",
    "survey/domain/tallying.py",
    "survey/queries/desk_days.py",
    "survey/queries/desk_fields.py",
    "survey/queries/own_network_sums.py",
    "survey/queries/ratings.py",
    "survey/services/add_findings.py",
    "survey/services/check_quality.py",
    "survey/services/find_priorities.py",
    "survey/services/hide_numbers.py",
    "survey/services/leave_out.py",
    "survey/services/place_agencies.py",
    "survey/services/score_agencies.py",
    "survey/services/score_wave.py",
    "survey/services/withhold.py",
)


@cache
def code_version() -> str:
    """The release and the hash of the code that computes results, with the versions of the libraries that it computes by."""
    files = [*sorted((PROJECT / "analysis").rglob("*.py")), *(PROJECT / name for name in _RULES)]
    libraries = " ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    digest = sha256(b"".join(file.read_bytes() for file in files) + libraries.encode()).hexdigest()
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
                "months": [{"month": m["month"], "estimates": for_those_above(m["estimates"])} for m in score.months],
                "breakdown": {
                    by: [part | {"estimates": for_those_above(part["estimates"])} for part in parts]
                    for by, parts in score.breakdown.items()
                },
                "findings": _findings(score, codes),
            }
            for score in scores
        ],
    }


def _findings(score: AgencyScores, codes: dict[int, str]) -> dict[str, Any]:
    """As those may see them who also see the agency above, and with agencies by their codes."""
    withheld = {row["key"] for row in score.estimates if row.get("withheld")}
    found: dict[str, Any] = {name: value for name, value in score.findings.items() if name != "priorities"}
    if "priorities" in score.findings:
        found["priorities"] = [row for row in score.findings["priorities"] if row["key"] not in withheld]
    if "place" in found:
        found["place"] = found["place"] | {"like": sorted(codes[agency] for agency in found["place"]["like"])}
    return found


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
