"""Keep of a large file, chunk by chunk, no more than its numbers need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import Measures, Moments, UnitTotals
from survey.errors import Invalid
from survey.services.read_respondents import CHUNK_ROWS, Respondents
from survey.services.sample import Columns, Sample
from survey.services.sample_cells import label, positive_number, ratings_of

#: More groups of respondents than these are not kept; a group takes 31 to 62 kB.
MOST_GROUPS = 8_000


class Collected(ABC):
    """Respondents, chunk by chunk, under the values that say where they belong: groups, stratum, units, population."""

    def __init__(self, columns: Columns, measures: Measures) -> None:
        self.columns, self.measures = columns, measures
        self.number: dict[tuple[Any, ...], int] = {}
        self.places: list[str] = []

    def __call__(self, data: Respondents) -> None:
        ratings = ratings_of(data, self.measures)
        number = self._numbers(data)
        weights = None
        if self.columns.weight:
            codes, values = data.coded(self.columns.weight, positive_number)
            weights = np.array(values)[codes]
        self.add(ratings, number, weights)

    @abstractmethod
    def add(self, ratings: NDArray[np.uint8], number: NDArray[np.int64], weights: NDArray[np.float64] | None) -> None:
        """Take the respondents in; `number` says under which values each stands."""

    @abstractmethod
    def totals(self) -> UnitTotals | Moments: ...

    def _numbers(self, data: Respondents) -> NDArray[np.int64]:
        """The number of each row's values, in the order in which they first appear in the file."""
        columns = self.columns
        strata = (columns.strata,) if columns.strata else ()
        parsers: tuple[tuple[tuple[str, ...], Callable[[str], Any]], ...] = (
            (columns.by, str),
            (columns.clusters, label),
            (columns.fpc, positive_number),
            (strata, label),
        )
        coded = [data.coded(name, parse) for names, parse in parsers for name in names]
        joint = np.zeros(data.count, dtype=np.int64)
        for codes, values in coded:
            joint = np.unique(joint * len(values) + codes, return_inverse=True)[1]
        _, first, joint = np.unique(joint, return_index=True, return_inverse=True)
        numbers = np.zeros(len(first), dtype=np.int64)
        for place in np.argsort(first).tolist():
            row = int(first[place])
            key = tuple(values[codes[row]] for codes, values in coded)
            numbers[place] = self.number.setdefault(key, len(self.number))
            if len(self.places) < len(self.number):
                self.places.append(data.where(row))
        return numbers[joint]

    def sample(self) -> Sample:
        columns = self.columns
        values = list(zip(*self.number, strict=True)) if self.number.keys() != {()} else []
        ends = list(accumulate(map(len, (columns.by, columns.clusters, columns.fpc)), initial=0))
        by, clusters, fpc = (values[start:end] for start, end in pairwise(ends))
        return Sample(
            columns,
            self.measures,
            self.totals(),
            list(zip(*by, strict=True)) if by else [()] * len(self.number),
            strata=list(values[-1]) if columns.strata else None,
            clusters=tuple(map(list, clusters)),
            fpc=tuple(map(list, fpc)),
            weights=None,
            where=self.places.__getitem__,
        )


class Groups(Collected):
    """Each respondent is a unit: the moments of each group are enough."""

    moments: Moments | None = None

    def add(self, ratings: NDArray[np.uint8], number: NDArray[np.int64], weights: NDArray[np.float64] | None) -> None:
        if len(self.number) > MOST_GROUPS:
            many = f"the values of {', '.join(self.columns.named)} make more than {MOST_GROUPS} groups"
            raise Invalid(f"{many}, too many for a file of this size; name fewer columns, or split the file")
        found = Moments.from_ratings(self.measures, ratings, groups=number, weights=weights)
        self.moments = found if self.moments is None else self.moments + found

    def totals(self) -> Moments:
        assert self.moments is not None  # noqa: S101 - a file has at least one row
        return self.moments


class Units(Collected):
    """Units of several respondents: their sums are enough."""

    def __init__(self, columns: Columns, measures: Measures) -> None:
        super().__init__(columns, measures)
        self.parts: list[tuple[UnitTotals, NDArray[np.int64]]] = []

    def add(self, ratings: NDArray[np.uint8], number: NDArray[np.int64], weights: NDArray[np.float64] | None) -> None:
        self.parts.append(UnitTotals.from_ratings(self.measures, ratings).summed(number, weights=weights))
        if sum(len(numbers) for _, numbers in self.parts) > 2 * len(self.number) + CHUNK_ROWS:
            self.parts = [(self.totals(), np.arange(len(self.number)))]

    def totals(self) -> UnitTotals:
        together = UnitTotals.together(*(totals for totals, _ in self.parts))
        return together.summed(np.concatenate([numbers for _, numbers in self.parts]))[0]
