"""What a file of respondents holds, as `analysis` takes it: totals, design and groups, and the indices of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from analysis import (
    AnalysisError,
    Design,
    Domains,
    IndexTable,
    Measures,
    Method,
    Moments,
    Scores,
    UnitTotals,
    index_covariance,
    index_table,
    moments_covariance,
    moments_table,
    score,
    score_moments,
)
from survey.errors import Invalid

_MEND = {
    "clusters": "a unit lies in one stratum; make the names unique, for example stratum and unit together",
    "fpc": "it must be a number that is the same in the whole stratum and no smaller than the units sampled there",
    "weights": "a weight must be a number above 0",
}


@dataclass(frozen=True)
class Columns:
    """Which columns of the file say how it was sampled and what to split by."""

    by: tuple[str, ...] = ()
    strata: str | None = None
    clusters: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    weight: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        single = (name for name in (self.strata, self.weight) if name is not None)
        return (*self.by, *single, *self.clusters, *self.fpc)


@dataclass(frozen=True)
class Sample:
    """What the file holds, row by row: of a small file each row is a respondent, of a large one a unit's sum or a group of respondents.

    Attributes
    ----------
    columns : Columns
    measures : Measures
    totals : UnitTotals or Moments
        Moments of groups where each respondent is a unit and there are too many to keep.
    by : list of tuples of str
        The values of `columns.by` in each row.
    strata, clusters, fpc, weights
        As `Design.of` takes them; weights only where rows are respondents.
    where : callable
        Row number → the place in the file where it first appears.
    """

    columns: Columns
    measures: Measures
    totals: UnitTotals | Moments
    by: list[tuple[str, ...]]
    strata: list[str] | None
    clusters: tuple[list[str], ...]
    fpc: tuple[list[float], ...]
    weights: list[float] | None
    where: Callable[[int], str]

    def design(self) -> Design:
        """The design over the rows, where these are respondents or units' sums."""
        try:
            return Design.of(len(self.by), strata=self.strata, clusters=self.clusters or None, weights=self.weights, fpc=self.fpc or None)
        except AnalysisError as error:
            _refuse(error, self.where, self.columns)

    def regrouped(self, *names: str) -> Sample:
        """The same rows, split by these of the columns `by` only."""
        places = [self.columns.by.index(name) for name in names]
        by = [tuple(values[place] for place in places) for values in self.by]
        return replace(self, columns=replace(self.columns, by=names), by=by)

    def groups(self) -> tuple[Domains, list[dict[str, str]]]:
        """The groups of the columns `by`, and their values; an empty cell is a value of its own. Without columns no groups."""
        if not self.columns.by:
            return Domains.of(len(self.by), []), []
        groups, labels = Domains.by(self.by)
        return groups, [dict(zip(self.columns.by, label, strict=True)) for label in labels]

    def groups_by_name(self) -> tuple[Domains, list[dict[str, str]]]:
        """The groups in the order of their values."""
        groups, names = self.groups()
        order = sorted(range(len(names)), key=lambda number: tuple(names[number].values()))
        return Domains(groups.row, np.argsort(order)[groups.domain] if order else groups.domain, groups.count), [names[i] for i in order]

    def scores(self, *, method: Method, confidence_level: float) -> Scores:
        """The whole, then the groups."""
        whole, (groups, names) = Domains.whole(len(self.by)), self.groups()
        comparable = groups if names else whole
        return self.scored(Domains.together(whole, groups), comparable=comparable, method=method, confidence_level=confidence_level)

    def scored(self, domains: Domains, *, comparable: Domains, method: Method, confidence_level: float) -> Scores:
        """Each of `domains`; the design effect is pooled over the groups `comparable`, of which a row is in one or in none."""
        options: dict[str, Any] = {"measures": self.measures, "method": method, "confidence_level": confidence_level}
        try:
            if isinstance(self.totals, Moments):
                rows = [domains.row[domains.domain == number] for number in range(domains.count)]
                moments, labels = _compared(self.totals, comparable)
                return score_moments(moments, domains=rows, comparable=labels, **self._strata, **options)
            return score(self.totals, design=self.design(), domains=domains, comparable=comparable, **options)
        except AnalysisError as error:
            _refuse(error, self.where, self.columns)

    def table(self, domains: Domains) -> IndexTable:
        """The indices of all measures, without intervals."""
        if isinstance(self.totals, Moments):
            return moments_table(self.totals, measures=self.measures, domains=domains, **self._strata)
        return index_table(self.totals, measures=self.measures, design=self.design(), domains=domains)

    def covariance(self, domains: Domains, columns: Sequence[int]) -> NDArray[np.float64]:
        """(T, G, G) covariances of the indices of the domains, for these of `Measures.columns`."""
        if isinstance(self.totals, Moments):
            return moments_covariance(self.totals, measures=self.measures, domains=domains, columns=columns, **self._strata)
        return index_covariance(self.totals, measures=self.measures, design=self.design(), domains=domains, columns=columns)

    @property
    def degrees_of_freedom(self) -> int:
        """Units less strata of the whole design."""
        if isinstance(self.totals, Moments):
            return int(self.totals.people.sum()) - len(set(self._strata["strata"]))
        return self.design().degrees_of_freedom

    @property
    def _strata(self) -> dict[str, Any]:
        return {"strata": self.strata or [""] * len(self.by), "fpc": self.fpc[0] if self.fpc else None}


def _compared(moments: Moments, comparable: Domains) -> tuple[Moments, NDArray[np.int64]]:
    """The moments with a label of its comparable group for each row; rows of no group count as people who answered nothing."""
    label = np.full(len(moments.labels), comparable.count)
    label[comparable.row] = comparable.domain
    outside = label == comparable.count
    if not outside.any():
        return moments, label
    inside = (~outside).astype(float)
    silent = {name: getattr(moments, name) * inside[:, None] for name in ("respondents", "answers", "sums")}
    products = moments.products * inside[:, None, None]
    squares = products if moments.squares is moments.products else moments.squares * inside[:, None, None]
    return replace(moments, **silent, products=products, squares=squares), label


def _refuse(error: AnalysisError, where: Callable[[int], str], columns: Columns) -> NoReturn:
    """The library's error in the words of the file."""
    named = {"clusters": columns.clusters, "fpc": columns.fpc, "weights": (columns.weight or "",)}
    if error.row is None or error.argument not in named:
        option = {"clusters": "cluster"}.get(error.argument, error.argument).replace("_", "-")
        raise Invalid(f"--{option}: {error.got}; expected {error.expected}") from error
    place = f"{where(error.row)}, column {', '.join(named[error.argument])}"
    raise Invalid(f"{place}: {error.got}: {_MEND[error.argument]}") from error
