"""What changed between two frozen revisions of a wave, agency by agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.disclosure import CELL_FROM
from survey.models import Agency, Score
from survey.queries.estimates import Estimate, overall
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_results import EVERYBODY, UNMARKED
from survey.queries.waves import WaveView


@dataclass(frozen=True)
class Side:
    """One agency in one revision. `unmarked` is the index without the marked responses, where enough of them are marked."""

    everybody: Estimate
    unmarked: Estimate | None

    @property
    def marked(self) -> int | None:
        """How many responses are marked; None under five, of whom nothing is told."""
        return self.everybody.respondents - self.unmarked.respondents if self.unmarked else None


@dataclass(frozen=True)
class RevisionRow:
    """One agency in the earlier and in the later revision; None where it had no responses there."""

    code: str
    names: dict[str, str]
    before: Side | None
    after: Side | None

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def difference(self) -> float | None:
        """By how much the index moved, where both may be shown."""
        return _moved(self.before.everybody, self.after.everybody) if self.before and self.after else None

    @property
    def difference_unmarked(self) -> float | None:
        """The same without the marked responses; not told where it would tell what fewer than five of them said."""
        if not (self.before and self.after) or 0 < abs(self.newly_marked) < CELL_FROM:
            return None
        return _moved(self.before.unmarked or self.before.everybody, self.after.unmarked or self.after.everybody)

    @property
    def newly_marked(self) -> int:
        return ((self.after and self.after.marked) or 0) - ((self.before and self.before.marked) or 0)

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def size(self) -> float:
        """What rows are sorted by: those that came or went first, then the largest change."""
        if self.before is None or self.after is None:
            return float("inf")
        return max(abs(self.difference or 0.0), abs(self.difference_unmarked or 0.0))


@dataclass(frozen=True)
class Comparison:
    earlier: int
    later: int
    rows: tuple[RevisionRow, ...]  # those that changed, the largest change first
    unchanged: int


def compare_revisions(session: Session, wave: WaveView, mode: str, *, earlier: int, later: int) -> Comparison:
    """Every agency of one mode in both revisions, as somebody may see them who sees all agencies."""
    rows = session.execute(
        select(Agency, Score.revision, Score.basis, Score.estimates)
        .join(Score, Score.agency_id == Agency.id)
        .where(Score.wave_id == wave.id, Score.mode == mode, Score.revision.in_([earlier, later]))
    )
    agencies: dict[int, Agency] = {}
    found: dict[tuple[int, int], dict[str, Iterable[Mapping[str, Any]]]] = {}
    for agency, revision, basis, estimates in rows:
        agencies[agency.id] = agency
        found.setdefault((agency.id, revision), {})[basis] = estimates
    every = [
        RevisionRow(
            agency.code, {"vi": agency.name_vi, "en": agency.name_en},
            _side(found.get((agency.id, earlier))), _side(found.get((agency.id, later))),
        )
        for agency in agencies.values()
    ]  # fmt: skip
    changed = sorted((row for row in every if row.is_changed), key=lambda row: (-row.size, alphabetical(row.names["vi"])))
    return Comparison(earlier, later, tuple(changed), len(every) - len(changed))


def _side(of_basis: Mapping[str, Iterable[Mapping[str, Any]]] | None) -> Side | None:
    whole = overall(of_basis[EVERYBODY], from_above=True) if of_basis and EVERYBODY in of_basis else None
    if of_basis is None or whole is None:
        return None
    return Side(whole, overall(of_basis[UNMARKED], from_above=True) if UNMARKED in of_basis else None)


def _moved(before: Estimate, after: Estimate) -> float | None:
    return after.index - before.index if before.index is not None and after.index is not None else None
