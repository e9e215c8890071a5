"""The desk-day totals of one wave and mode, as arrays for `analysis`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import Measures, UnitTotals
from survey.domain.questionnaire import OVERALL, Questionnaire
from survey.domain.tallying import COLUMNS
from survey.models import Desk, Tally

_CHUNK = 20_000
#: One criterion that is the whole: what is needed where only the overall index is wanted.
_WHOLE = Measures.of({"": " "})
_COUNTS = slice(COLUMNS.index("rated_1"), COLUMNS.index("no_opinion") + 1)


@dataclass(frozen=True, eq=False)
class DeskDays:
    """U sampling units (desk-days) and what was answered there: `sums` is (U, M, 12) in the order of `tallying.COLUMNS`."""

    agencies: NDArray[np.int64]
    desks: NDArray[np.int64]
    days: NDArray[np.datetime64]
    sums: NDArray[np.float64]
    measures: Measures

    @property
    def totals(self) -> UnitTotals:
        column = {name: self.sums[:, :, i] for i, name in enumerate(COLUMNS)}
        return UnitTotals.of(
            self.measures,
            satisfied=column["satisfied"],
            valid=column["valid"],
            respondents=column["respondents"],
            answers=sum(column[f"rated_{rating}"] for rating in range(1, 6)),
            squares=(column["satisfied_squared"], column["satisfied_valid"], column["valid_squared"]),
        )

    @property
    def counts(self) -> NDArray[np.float64]:
        """(U, M, 6) unweighted counts: ratings 1 to 5, then no opinion."""
        return self.sums[:, :, _COUNTS]

    def responses(self) -> NDArray[np.float64]:
        """(U,) people who rated anything: at least the largest count of any measure."""
        people: NDArray[np.float64] = self.sums[:, :, COLUMNS.index("respondents")].max(axis=1, initial=0)
        return people

    def keep(self, units: NDArray[np.bool_]) -> DeskDays:
        return DeskDays(self.agencies[units], self.desks[units], self.days[units], self.sums[units], self.measures)

    def through(self, last_days: Mapping[int, date]) -> DeskDays:
        """Only the days of each desk up to its last day; a desk without one is left out."""
        limits = np.array([np.datetime64(last_days.get(int(desk), date.min), "D") for desk in self.desks], dtype="datetime64[D]")
        return self.keep(self.days <= limits)

    def after(self, last_days: Mapping[int, date]) -> DeskDays:
        """Only the days of each desk after its last day; all of a desk without one."""
        limits = np.array([np.datetime64(last_days.get(int(desk), date.min), "D") for desk in self.desks], dtype="datetime64[D]")
        return self.keep(self.days > limits)

    def and_(self, other: DeskDays) -> DeskDays:
        """These units and those of `other`, in the order of desks and days."""
        desks, days = np.concatenate([self.desks, other.desks]), np.concatenate([self.days, other.days])
        agencies, sums = np.concatenate([self.agencies, other.agencies]), np.concatenate([self.sums, other.sums])
        order = np.lexsort((days, desks))
        return DeskDays(agencies[order], desks[order], days[order], sums[order], self.measures)

    def whole(self) -> DeskDays:
        """The overall measure alone."""
        position = self.measures.keys.index(OVERALL)
        return DeskDays(self.agencies, self.desks, self.days, np.repeat(self.sums[:, [position]], len(_WHOLE.keys), axis=1), _WHOLE)

    def unweighted(self) -> DeskDays:
        """Every rating counts alike, whatever form asked for it. Second moments of people are not known then: there is no `deff`."""
        sums = self.sums.copy()
        sums[:, :, COLUMNS.index("satisfied")] = sums[:, :, COLUMNS.index("rated_4")] + sums[:, :, COLUMNS.index("rated_5")]
        sums[:, :, COLUMNS.index("valid")] = sums[:, :, COLUMNS.index("rated_1") : COLUMNS.index("rated_5") + 1].sum(axis=2)
        return DeskDays(self.agencies, self.desks, self.days, sums, self.measures)

    def without(self, taken: Mapping[tuple[int, date], Sequence[int]]) -> DeskDays:
        """These units less the sums `taken` from each measure of a desk-day; units of nobody are left out."""
        sums = self.sums.copy()
        units = zip(self.desks.tolist(), self.days.tolist(), strict=True)
        for place, unit in enumerate(units):
            if unit in taken:
                sums[place] -= np.array(taken[unit])
        present: NDArray[np.bool_] = np.any(sums[:, :, COLUMNS.index("valid")] > 0, axis=1)
        return DeskDays(self.agencies, self.desks, self.days, sums, self.measures).keep(present)

    def until(self, day: date) -> DeskDays:
        """Only the days before `day`."""
        return self.keep(self.days < np.datetime64(day, "D"))


def measures_of(questionnaire: Questionnaire) -> Measures:
    return Measures.of(questionnaire.dimension_of, general=(questionnaire.general.code,))


def read_desk_days(session: Session, wave_id: int, mode: str, questionnaire: Questionnaire, *, unmarked_only: bool = False) -> DeskDays:
    """All desk-days of a wave in one mode, with or without the marked responses."""
    measures = measures_of(questionnaire)
    position = {key: i for i, key in enumerate(measures.keys)}
    statement = (
        select(Desk.agency_id, Tally.desk_id, Tally.responded_on, Tally.measure, *(func.sum(getattr(Tally, name)) for name in COLUMNS))
        .join(Desk, Desk.id == Tally.desk_id)
        .where(Tally.wave_id == wave_id, Tally.mode == mode)
        .group_by(Desk.agency_id, Tally.desk_id, Tally.responded_on, Tally.measure)
        .order_by(Tally.desk_id, Tally.responded_on, Tally.measure)
    )
    if unmarked_only:
        statement = statement.where(Tally.marked.is_(False))
    units: dict[tuple[int, int, date], int] = {}
    cells: list[tuple[int, int]] = []
    values: list[NDArray[np.float64]] = []
    for rows in session.execute(statement).partitions(_CHUNK):
        cells += [(units.setdefault((row[0], row[1], row[2]), len(units)), position[row[3]]) for row in rows]
        values.append(np.array([row[4:] for row in rows], dtype=np.float64))
    return _desk_days(units, cells, values, measures)


def _desk_days(
    units: Mapping[tuple[int, int, date], int], cells: list[tuple[int, int]], values: list[NDArray[np.float64]], measures: Measures
) -> DeskDays:
    sums = np.zeros((len(units), len(measures.keys), len(COLUMNS)))
    if cells:
        unit, measure = np.array(cells).T
        sums[unit, measure] = np.concatenate(values)
    # Where all marks were lifted again, rows of zeros are left.
    present: NDArray[np.bool_] = np.any(sums[:, :, COLUMNS.index("valid")] > 0, axis=1)
    days = DeskDays(
        np.array([agency for agency, _, _ in units], dtype=np.int64),
        np.array([desk for _, desk, _ in units], dtype=np.int64),
        np.array([day for _, _, day in units], dtype="datetime64[D]"),
        sums,
        measures,
    )
    return days.keep(present)
