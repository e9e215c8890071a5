"""From tallies to what may be shown: all agencies of one wave, each with its sub-agencies, in each mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from analysis import Estimate, score_units
from survey.domain.agency_tree import subtree
from survey.domain.disclosure import CELL_FROM, hidden_parts, released_through, shows_index
from survey.domain.questionnaire import OVERALL
from survey.models import Agency, Tally, Wave
from survey.queries.desk_days import DeskDays, read_desk_days
from survey.queries.open_desk import stored_questionnaire

ALL_RESPONSES, UNMARKED = BASES = ("all", "unmarked")
#: Everything about a run that is a choice; stored with every frozen result.
PARAMETERS: dict[str, Any] = {
    "sampling_unit": "desk and day",
    "strata": "agency of the desk",
    "form_weights": "1/P(asked)",
    "lonely_unit": "adjust",
    "interval": "Wilson on the effective sample size",
    "confidence_level": 0.95,
    "design_effect_pooled_over": "agencies with desks",
    "index_from_respondents": 10,
}
_HIDDEN = ("index", "se", "deff", "n_eff", "design_effect", "ci_low", "ci_high", "counts")

Row = dict[str, Any]


@dataclass(frozen=True)
class AgencyScores:
    """The estimates of one agency, ready to be stored and shown.

    An estimate with ``withheld`` may be shown to the agency itself but not to those who also see the agency above it:
    they could subtract it and find a sibling with too few responses.
    """

    agency_id: int
    mode: str
    basis: str
    estimates: list[Row]
    months: list[Row]


def score_wave(session: Session, wave: Wave, *, before: date | None = None) -> list[AgencyScores]:
    """Score every agency of `wave` in every mode, on all responses and on the unmarked ones.

    With `before`, the scores are live: of each desk only whole days before it, in batches (see `disclosure`).
    The unmarked basis is left out where fewer than `CELL_FROM` responses are marked: the difference would tell them.
    """
    questionnaire = stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire.sha256)
    parents = dict(session.execute(select(Agency.id, Agency.parent_id)).all())
    scores: list[AgencyScores] = []
    for mode in session.scalars(select(Tally.mode).where(Tally.wave_id == wave.id).distinct().order_by(Tally.mode)):
        every = read_desk_days(session, wave.id, mode, questionnaire)
        if before is not None:
            last_days = _last_days(every, before)
            every = every.through(last_days)
        agencies = _agencies(every, parents)
        scores += _score(every, mode, ALL_RESPONSES, agencies, parents)
        if _any_marked(session, wave.id, mode):
            unmarked = read_desk_days(session, wave.id, mode, questionnaire, unmarked_only=True)
            unmarked = unmarked if before is None else unmarked.through(last_days)
            scores += _score(unmarked, mode, UNMARKED, _with_enough_marked(agencies, every, unmarked), parents)
    return scores


def _any_marked(session: Session, wave_id: int, mode: str) -> bool:
    return bool(session.scalar(select(exists().where(Tally.wave_id == wave_id, Tally.mode == mode, Tally.marked, Tally.respondents > 0))))


def _last_days(days: DeskDays, before: date) -> dict[int, date]:
    """Up to which day each desk's responses are released."""
    by_desk: dict[int, list[tuple[date, int]]] = {}
    for desk, day, responses in zip(days.desks.tolist(), days.days.tolist(), days.responses().tolist(), strict=True):
        by_desk.setdefault(desk, []).append((day, int(responses)))
    released = {desk: released_through(sorted(entries), before=before) for desk, entries in by_desk.items()}
    return {desk: day for desk, day in released.items() if day is not None}


def _agencies(days: DeskDays, parents: dict[int, int | None]) -> dict[int, frozenset[int]]:
    """Every agency that has units, itself or below it, with its subtree; in the order of the ids."""
    present = set(days.agencies.tolist())
    subtrees = {agency: subtree(agency, parents) for agency in sorted(parents)}
    return {agency: below for agency, below in subtrees.items() if below & present}


def _with_enough_marked(agencies: dict[int, frozenset[int]], every: DeskDays, unmarked: DeskDays) -> dict[int, frozenset[int]]:
    """The agencies where leaving the marked responses out takes away enough people not to tell any one of them."""
    everybody, others = _people_of(every), _people_of(unmarked)
    return {agency: below for agency, below in agencies.items() if sum(everybody[a] - others[a] for a in below) >= CELL_FROM}


def _people_of(days: DeskDays) -> Counter[int]:
    people: Counter[int] = Counter()
    for agency, count in zip(days.agencies.tolist(), days.responses().tolist(), strict=True):
        people[agency] += int(count)
    return people


def _score(
    days: DeskDays, mode: str, basis: str, agencies: dict[int, frozenset[int]], parents: dict[int, int | None]
) -> Iterator[AgencyScores]:
    if not agencies:
        return
    months = sorted({str(month) for month in days.days.astype("datetime64[M]")})
    domains = list(_domains(days, agencies, months))
    estimates = score_units(days.totals, measures=days.measures, strata=days.agencies, domains=domains)
    rows = [[_row(days, estimate, domain) for estimate in found] for found, domain in zip(estimates, domains, strict=True)]
    step = len(months) + 1
    by_agency = {agency: rows[i * step : (i + 1) * step] for i, agency in enumerate(agencies)}
    _withhold_from_above({agency: found[0] for agency, found in by_agency.items()}, parents)
    for agency, (whole, *parts) in by_agency.items():
        _hide_few(whole)
        yield AgencyScores(agency, mode, basis, whole, _months(months, parts))


def _domains(days: DeskDays, agencies: dict[int, frozenset[int]], months: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    """For each agency the rows of its units, then those of each month."""
    month_of = days.days.astype("datetime64[M]")
    for below in agencies.values():
        units = np.flatnonzero(np.isin(days.agencies, list(below)))
        yield units
        for month in months:
            yield units[month_of[units] == np.datetime64(month)]


def _row(days: DeskDays, estimate: Estimate, units: NDArray[np.int64]) -> Row:
    row = asdict(estimate)
    if estimate.rule == "pooled":
        counts = days.counts[units, days.measures.keys.index(estimate.key)].sum(axis=0)
        row["counts"] = [int(count) for count in counts]
    return row


def _months(months: Sequence[str], parts: Sequence[list[Row]]) -> list[Row]:
    """The whole and the dimensions month by month; a month that the others would betray is hidden too."""
    shown = [[row for row in part if row["level"] in {"overall", "dimension"} and row["rule"] == "pooled"] for part in parts]
    for series in zip(*shown, strict=True):
        hidden = hidden_parts([row["respondents"] for row in series])
        for position in hidden:
            _hide(series[position])
    return [{"month": month, "estimates": part} for month, part in zip(months, shown, strict=True)]


def _hide_few(rows: Sequence[Row]) -> None:
    """Under ten respondents only the count stays (design 4.5)."""
    for row in rows:
        if row["respondents"] > 0 and not shows_index(row["respondents"]):
            _hide(row)


def _hide(row: Row) -> None:
    for name in _HIDDEN:
        if name in row:
            row[name] = None
    row["why"] = "few_respondents"


def _withhold_from_above(wholes: dict[int, list[Row]], parents: dict[int, int | None]) -> None:
    """Mark what would betray a hidden sibling by subtraction from the parent, measure by measure, from the top down."""
    for agency, rows in wholes.items():
        if parents[agency] not in wholes:
            for row in rows:
                row["withheld"] = False
            _withhold_below(agency, wholes, parents)


def _withhold_below(parent: int, wholes: dict[int, list[Row]], parents: dict[int, int | None]) -> None:
    children = [agency for agency in wholes if parents[agency] == parent]
    for position, whole in enumerate(wholes[parent]):
        parts = [wholes[child][position]["respondents"] for child in children]
        own = whole["respondents"] - sum(parts)  # desks of the parent itself, shown nowhere by themselves
        hidden = set(hidden_parts([*parts, own]))
        if whole["withheld"] and not hidden and any(parts) and not shows_index(own):
            hidden = {min((count, number) for number, count in enumerate(parts) if count)[1]}  # else the children add up to it
        for number, child in enumerate(children):
            wholes[child][position]["withheld"] = number in hidden and shows_index(parts[number])
    for child in children:
        _withhold_below(child, wholes, parents)


def for_those_above(rows: Sequence[Row]) -> list[Row]:
    """The same rows as someone may see them who also sees the agency above."""
    seen = [dict(row) for row in rows]
    for row in seen:
        if row.get("withheld"):
            _hide(row)
            row["why"] = "protects_others"
    return seen


def months_for_those_above(rows: Sequence[Row], months: Sequence[Row]) -> list[Row]:
    """The same months without the measures that are withheld in the whole wave."""
    withheld = {row["key"] for row in rows if row.get("withheld")}
    return [
        {"month": month["month"], "estimates": for_those_above([row | {"withheld": row["key"] in withheld} for row in month["estimates"]])}
        for month in months
    ]


def overall(rows: Sequence[Row]) -> Row:
    """The pooled index of the whole."""
    return next(row for row in rows if row["key"] == OVERALL and row["rule"] == "pooled")
