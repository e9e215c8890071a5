"""Read a CSV or Parquet file with one row per respondent into what `analysis` takes: totals, design and groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from math import isfinite, nan
from pathlib import Path
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
from survey.services.read_questionnaire import read_questionnaire
from survey.services.read_respondents import CHUNK_ROWS, Progress, RespondentFile, Respondents, WrongCell, respondent_file
from survey.services.read_table import read_table

DEFAULT_QUESTIONNAIRE = "sipas-2017"
#: A rating as programs write it; a program that knows no whole numbers writes 4.0.
_RATINGS = {"": 0} | {f"{rating}{tail}": rating for rating in range(1, 6) for tail in ("", ".0")}
#: More groups of respondents than these are not kept; a group takes 31 to 62 kB.
MOST_GROUPS = 8_000
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


def read_sample(
    path: Path, *, columns: Columns, questionnaire: str | None = None, items: Path | None = None, progress: Progress | None = None
) -> Sample:
    """The file as `analysis` takes it; arguments and errors as `analyse_file`."""
    with respondent_file(path, progress=progress) as file:
        measures = _measures(file, questionnaire=questionnaire, items=items)
        chunks = file.chunks((*columns.named, *measures.rated))
        first, second = next(chunks), next(chunks, None)
        alone = _rows(first, columns, measures)
        if second is None:
            return alone
        alone.design()  # what is wrong with the design in the first rows is wrong with all, and soon told
        add = _Units(columns, measures) if columns.clusters else _Groups(columns, measures)
        for chunk in chain([first, second], chunks):
            add(chunk)
        return add.sample()


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


def _ratings(data: Respondents, measures: Measures) -> NDArray[np.uint8]:
    """(n, R) ratings, 0 for no answer."""
    coded = (data.coded(key, _rating) for key in measures.rated)
    return np.array([np.array(values, dtype=np.uint8)[codes] for codes, values in coded]).T


def _rows(data: Respondents, columns: Columns, measures: Measures) -> Sample:
    """Each respondent by itself."""
    return Sample(
        columns,
        measures,
        UnitTotals.from_ratings(measures, _ratings(data, measures)),
        list(zip(*(data.cells(column, str) for column in columns.by), strict=True)) if columns.by else [()] * data.count,
        clusters=tuple(data.cells(name, _label) for name in columns.clusters),
        fpc=tuple(data.cells(name, _positive) for name in columns.fpc),
        strata=data.cells(columns.strata, _label) if columns.strata else None,
        weights=data.cells(columns.weight, _positive) if columns.weight else None,
        where=data.where,
    )


class _Collected(ABC):
    """Respondents, chunk by chunk, under the values that say where they belong: groups, stratum, units, population."""

    def __init__(self, columns: Columns, measures: Measures) -> None:
        self.columns, self.measures = columns, measures
        self.number: dict[tuple[Any, ...], int] = {}
        self.places: list[str] = []

    def __call__(self, data: Respondents) -> None:
        ratings = _ratings(data, self.measures)
        number = self._numbers(data)
        weights = None
        if self.columns.weight:
            codes, values = data.coded(self.columns.weight, _positive)
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
            (columns.clusters, _label),
            (columns.fpc, _positive),
            (strata, _label),
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


class _Groups(_Collected):
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


class _Units(_Collected):
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


def _measures(file: RespondentFile, *, questionnaire: str | None, items: Path | None) -> Measures:
    if items is not None:
        table = read_table(items, columns=("item", "dimension"))
        dimension_of = {row.needed("item"): row.needed("dimension") for row in table.rows}
        if len(dimension_of) < len(table.rows):
            raise Invalid(f"{items.name}: an item appears twice; give each one row")
        return _usable(items.name, dimension_of)
    known = read_questionnaire(questionnaire or DEFAULT_QUESTIONNAIRE)
    missing = [code for code in known.dimension_of if code not in file.header]
    if missing and questionnaire is None:
        reason = f"column {missing[0]!r} of the default questionnaire {DEFAULT_QUESTIONNAIRE} is missing"
        raise Invalid(f"{file.top}: {reason}; name another with --questionnaire, or describe the criteria with --items")
    general = (known.general.code,) if known.general.code in file.header else ()
    return Measures.of(known.dimension_of, general=general)


def _usable(name: str, dimension_of: dict[str, str]) -> Measures:
    try:
        return Measures.of(dimension_of)
    except AnalysisError as error:
        raise Invalid(f"{name}: {error.got}; items and dimensions need different names, and ALL is taken") from error


def _refuse(error: AnalysisError, where: Callable[[int], str], columns: Columns) -> NoReturn:
    """The library's error in the words of the file."""
    named = {"clusters": columns.clusters, "fpc": columns.fpc, "weights": (columns.weight or "",)}
    if error.row is None or error.argument not in named:
        option = {"clusters": "cluster"}.get(error.argument, error.argument).replace("_", "-")
        raise Invalid(f"--{option}: {error.got}; expected {error.expected}") from error
    place = f"{where(error.row)}, column {', '.join(named[error.argument])}"
    raise Invalid(f"{place}: {error.got}: {_MEND[error.argument]}") from error


def _rating(text: str) -> int:
    rating = _RATINGS.get(text)
    if rating is None:
        raise WrongCell(f"{text!r} is no rating; use 1 to 5, and leave the cell empty where there is no answer")
    return rating


def _label(text: str) -> str:
    if not text:
        raise WrongCell("the cell is empty; every row needs a value here")
    return text


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not (isfinite(number) and number > 0):
        raise WrongCell(f"{text!r} is no number above 0; write it like 12.5")
    return number
