"""One measure of one agency and what it is made of: levels, months, desks, fields, sub-agencies, modes; the scores say what is hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Agency, Desk, Score
from survey.queries.agency_scores import AgencyScore
from survey.queries.desk_fields import has_fields
from survey.queries.estimates import Estimate, Scored, disclosed
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class Part:
    """One row of a table: a month (`code` is ``2026-10``), a desk, a field (by its name), an agency (by its code) or a mode."""

    code: str
    names: Mapping[str, str]
    estimate: Estimate

    def name(self, language: str) -> str:
        return self.names[language]


@dataclass(frozen=True)
class DrillDown:
    """`levels` are the answers 1 to 5 and then no opinion, unweighted; None where the number itself is not shown.

    `months` come in their order, the other parts with the lowest index first. `fields` are those that the agency's own desks had when the
    wave opened, `has_fields` tells whether any has one today. `is_stored` is False where scores are from before there were breakdowns.
    """

    estimate: Estimate
    levels: tuple[int, ...] | None
    months: tuple[Part, ...]
    desks: tuple[Part, ...]
    fields: tuple[Part, ...]
    agencies: tuple[Part, ...]
    modes: tuple[Part, ...]
    has_fields: bool
    is_stored: bool

    @property
    def shown(self) -> tuple[Estimate, ...]:
        """All that is drawn on the common axis."""
        return (self.estimate, *(part.estimate for parts in self._tables for part in parts))

    @property
    def _tables(self) -> tuple[tuple[Part, ...], ...]:
        return self.months, self.desks, self.fields, self.agencies, self.modes


def drill_down(
    session: Session, agency_id: int, wave: WaveView, mode: str, scores: Sequence[AgencyScore], key: str, *, from_above: bool
) -> DrillDown | None:  # fmt: skip
    """The measure `key` of one agency; None where it has no scores in this mode. `scores` are all of the agency in the wave."""
    everything = {score.mode: score.estimates for score in scores if score.basis == "all"}
    estimate = _pooled(everything.get(mode, ()), key, from_above=from_above)
    if estimate is None:
        return None
    breakdown = _breakdown(session, agency_id, wave, mode)
    counts = next(row["counts"] for row in everything[mode] if (row["key"], row["rule"]) == (key, "pooled"))
    return DrillDown(
        estimate,
        tuple(counts) if counts and estimate.index is not None else None,
        _months((breakdown or {}).get("months", ()), key, from_above=from_above),
        _desks(session, (breakdown or {}).get("desks", ()), key),
        _fields((breakdown or {}).get("fields", ()), key),
        _agencies(session, agency_id, wave, mode, key),
        by_need(Part(of, {}, found) for of, rows in everything.items() if (found := _pooled(rows, key, from_above=from_above))),
        has_fields(session, agency_id),
        breakdown is not None,
    )


def by_need(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The lowest index first; those that show none come last, and those of nobody not at all."""
    present = [part for part in parts if part.estimate.respondents]
    return tuple(sorted(present, key=lambda part: (part.estimate.index is None, part.estimate.index or 0.0, part.code)))


def _pooled(rows: Iterable[Scored], key: str, *, from_above: bool) -> Estimate | None:
    found = [row for row in rows if (row["key"], row["rule"]) == (key, "pooled")]
    return next(iter(disclosed(found, from_above=from_above)), None)


def _breakdown(session: Session, agency_id: int, wave: WaveView, mode: str) -> dict[str, Any] | None:
    return session.scalars(select(Score.breakdown).where(*_scored(wave, mode), Score.agency_id == agency_id)).first()


def _scored(wave: WaveView, mode: str) -> tuple[Any, ...]:
    return (Score.wave_id == wave.id, Score.revision == wave.revision, Score.mode == mode, Score.basis == "all")


def _months(months: Iterable[Mapping[str, Any]], key: str, *, from_above: bool) -> tuple[Part, ...]:
    found = ((month["month"], _pooled(month["estimates"], key, from_above=from_above)) for month in months)
    return tuple(Part(month, {}, estimate) for month, estimate in found if estimate is not None and estimate.respondents)


def _desks(session: Session, desks: Collection[Mapping[str, Any]], key: str) -> tuple[Part, ...]:
    """A desk is shown to all alike: as those see it who see the agency above."""
    rows = session.execute(select(Desk.id, Desk.name_vi, Desk.name_en).where(Desk.id.in_([desk["desk"] for desk in desks])))
    names = {desk: {"vi": name_vi, "en": name_en} for desk, name_vi, name_en in rows}
    found = ((desk["desk"], _pooled(desk["estimates"], key, from_above=True)) for desk in desks)
    return by_need(Part(str(desk), names[desk], estimate) for desk, estimate in found if estimate is not None and desk in names)


def _fields(fields: Iterable[Mapping[str, Any]], key: str) -> tuple[Part, ...]:
    """A field is shown to all alike, as its desks are; it has one name in all languages."""
    found = ((field["field"], _pooled(field["estimates"], key, from_above=True)) for field in fields)
    return by_need(Part(name, {"vi": name, "en": name}, estimate) for name, estimate in found if estimate is not None)


def _agencies(session: Session, agency_id: int, wave: WaveView, mode: str, key: str) -> tuple[Part, ...]:
    rows = session.execute(
        select(Agency.code, Agency.name_vi, Agency.name_en, Score.estimates)
        .join(Score, Score.agency_id == Agency.id)
        .where(*_scored(wave, mode), Agency.parent_id == agency_id)
    )
    found = [(code, {"vi": name_vi, "en": name_en}, _pooled(estimates, key, from_above=True)) for code, name_vi, name_en, estimates in rows]
    return by_need(Part(code, names, estimate) for code, names, estimate in found if estimate is not None)
