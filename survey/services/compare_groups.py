"""Compare the groups of a file: each with the whole and with every other, its place in the funnel, its shrunken index, its rank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import (
    DEFAULT_METHOD,
    Column,
    Comparison,
    Domains,
    Estimate,
    Method,
    compare,
    funnel_points,
    interval_variance,
    mover,
    overdispersion,
    pooled_variance,
    shrink,
)
from survey.domain.disclosure import INDEX_FROM, RANK_FROM
from survey.errors import Invalid
from survey.services.sample import Sample

Row = dict[str, Any]
#: Goes through the measures, and may show how far it has come.
Each = Callable[[Sequence[int]], Iterable[int]]
#: A standard error below this is none: everyone is satisfied, or no one.
_NO_ERROR = 1e-12
_WHOLE = 0


@dataclass(frozen=True)
class Groups:
    """The whole (at place 0) and the groups of a file, for the measures that are compared.

    Attributes
    ----------
    names : tuple of dicts
        The values of the columns `by`; of the whole none.
    columns : tuple of int
        Which of `Measures.columns` are compared: the whole and the dimensions.
    estimates, sizes : dict of column → tuple of Estimate
        By the method asked for, and by the default method, which tells the effective number of answers.
    covariance : dict of column → (G + 1, G + 1) array
        NaN where there is no answer.
    """

    names: tuple[dict[str, str], ...]
    columns: tuple[int, ...]
    of_column: dict[int, Column]
    estimates: dict[int, tuple[Estimate, ...]]
    sizes: dict[int, tuple[Estimate, ...]]
    covariance: dict[int, NDArray[np.float64]]
    df: int
    confidence_level: float

    @classmethod
    def of(cls, sample: Sample, columns: Sequence[int], *, method: Method, confidence_level: float) -> Groups:
        groups, names = sample.groups_by_name()
        if len(names) < 2:
            raise Invalid(f"--by {','.join(sample.columns.by)} makes only one group; to compare there must be two")
        domains = Domains.together(Domains.whole(len(sample.by)), groups)
        by_method = {
            m: sample.scored(domains, comparable=groups, method=m, confidence_level=confidence_level) for m in {method, DEFAULT_METHOD}
        }
        estimates, sizes = (
            {column: tuple(of_group[column] for of_group in by_method[m]) for column in columns} for m in (method, DEFAULT_METHOD)
        )
        covariance = dict(zip(columns, sample.covariance(domains, columns), strict=True))
        of_column = {column: sample.measures.columns[column] for column in columns}
        return cls(({}, *names), tuple(columns), of_column, estimates, sizes, covariance, sample.degrees_of_freedom, confidence_level)

    def shares(self, column: int, places: list[int]) -> NDArray[np.float64]:
        return np.array([self.estimates[column][place].index for place in places], dtype=float)

    def with_answers_of(self, column: int, least: int) -> list[int]:
        """The groups with at least so many respondents, and an index."""
        return [place for place, found in enumerate(self.estimates[column]) if place != _WHOLE and found.respondents >= max(least, 1)]

    def variances(self, column: int) -> NDArray[np.float64]:
        """The covariance; where the data tell no variance (everyone satisfied, one unit), the one that the default interval implies."""
        covariance = self.covariance[column].copy()
        for place in self.implied(column):
            size = self.sizes[column][place]
            covariance[place], covariance[:, place] = 0.0, 0.0
            covariance[place, place] = interval_variance([size.index or 0.0], n_eff=[size.n_eff or nan])[0]
        return covariance

    def implied(self, column: int) -> list[int]:
        found = enumerate(self.estimates[column])
        return [place for place, estimate in found if estimate.index is not None and (estimate.se or 0.0) < _NO_ERROR]

    def row(self, kind: str, place: int, column: int, **fields: Any) -> Row:
        of = self.of_column[column]
        return {"kind": kind, "by": self.names[place], "level": of.level, "key": of.key, "rule": of.rule, **fields}


def compare_groups(groups: Groups, *, each: Each = iter) -> list[Row]:
    """Rows of the kinds comparison, pair, funnel and shrunken, measure by measure.

    A claim ("above", "below") needs both: a Benjamini-Hochberg p-value of at most 1 - confidence level, and an interval without 0.
    Groups of fewer than 10 respondents are not compared, of fewer than 30 not placed in the funnel (design 4.5).
    """
    return [row for column in each(groups.columns) for kind in (_comparisons, _funnel, _shrunken) for row in kind(groups, column)]


def _comparisons(groups: Groups, column: int) -> Iterator[Row]:
    told = groups.with_answers_of(column, INDEX_FROM)
    whole = groups.estimates[column][_WHOLE]
    with_whole = _compared(groups, column, [_WHOLE, *told], against=0) if told else {}
    pairs = _compared(groups, column, told, against=None)
    like = _like(pairs)
    for place in range(1, len(groups.names)):
        estimate = groups.estimates[column][place]
        fields = with_whole.get((place, _WHOLE)) or _untold(estimate, least=INDEX_FROM)
        others = [", ".join(groups.names[other].values()) for other in like[place]] if place in like else None
        known = {"respondents": estimate.respondents, "index": estimate.index, "whole": whole.index}
        yield groups.row("comparison", place, column, **known, **fields, cannot_be_told_from=others)
    for (first, second), fields in pairs.items():
        yield groups.row("pair", first, column, other=groups.names[second], **fields)


def _like(pairs: dict[tuple[int, int], Row]) -> dict[int, list[int]]:
    """For each group those it cannot be told from. That does not make them equal, and it is not transitive."""
    like: dict[int, list[int]] = {place: [] for pair in pairs for place in pair}
    for (first, second), row in pairs.items():
        if row["verdict"] == "unclear":
            like[first].append(second)
            like[second].append(first)
    return like


def _compared(groups: Groups, column: int, places: list[int], *, against: int | None) -> dict[tuple[int, int], Row]:
    """The comparisons of these places by pair: the numbers of each, its interval and its verdict."""
    estimates = [groups.estimates[column][place] for place in places]
    covariance = groups.variances(column)[np.ix_(places, places)]
    if groups.df < 1:
        return {}
    found = compare(groups.shares(column, places), covariance=covariance, df=groups.df, against=against)
    first, second = (np.array([getattr(c, side) for c in found], dtype=np.int64) for side in ("first", "second"))
    bounds = _bounds(estimates, covariance, first, second)
    implied = set(groups.implied(column))
    rows = {}
    for comparison, low, high in zip(found, *bounds, strict=True):
        pair = places[comparison.first], places[comparison.second]
        rows[pair] = _fields(comparison, low, high, level=groups.confidence_level, implied=bool(implied & set(pair)))
    return rows


def _bounds(
    estimates: list[Estimate], covariance: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[list[float | None], list[float | None]]:
    """The MOVER interval of first less second for each pair."""
    p, low, high = (np.array([getattr(e, name) for e in estimates], dtype=float) for name in ("index", "ci_low", "ci_high"))
    sd = np.sqrt(np.diag(covariance))
    scale = sd[first] * sd[second]
    r = np.divide(covariance[first, second], scale, out=np.zeros(len(first)), where=scale > 0)
    sides = {"first_bounds": (low[second], high[second]), "second_bounds": (low[first], high[first])}
    lower, upper = mover(p[second], p[first], **sides, correlation=np.clip(r, -1, 1))
    return _known(lower), _known(upper)


def _known(numbers: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(number) else number for number in numbers.tolist()]


def _fields(comparison: Comparison, low: float | None, high: float | None, *, level: float, implied: bool) -> Row:
    numbers = {name: getattr(comparison, name) for name in ("difference", "se", "df", "p_value", "p_holm", "p_bh")}
    why = comparison.why or ("implied_variance" if implied else None)
    significant = comparison.p_bh is not None and comparison.p_bh <= 1 - level
    above, below = significant and low is not None and low > 0, significant and high is not None and high < 0
    verdict = "above" if above else "below" if below else "unclear"
    return numbers | {"ci_low": low, "ci_high": high, "verdict": verdict, "why": why}


def _untold(estimate: Estimate, *, least: int) -> Row:
    """A group that is not compared, and the reason."""
    names = ("difference", "se", "df", "p_value", "p_holm", "p_bh", "ci_low", "ci_high", "verdict")
    return dict.fromkeys(names) | {"why": why_not(estimate, least=least)}


def why_not(estimate: Estimate, *, least: int) -> str:
    """Why a group is left out of what needs `least` respondents."""
    if not estimate.respondents:
        return "no_valid_answers"
    return f"fewer_than_{least}" if estimate.respondents < least else "no_degrees_of_freedom"


def _funnel(groups: Groups, column: int) -> Iterator[Row]:
    """Overdispersed limits around the whole's index at each group's effective number of answers."""
    sizes, target = groups.sizes[column], groups.estimates[column][_WHOLE].index
    places = groups.with_answers_of(column, RANK_FROM) if target is not None else []
    p, n_eff = ([getattr(sizes[place], name) for place in places] for name in ("index", "n_eff"))
    tau2 = overdispersion(p, n_eff=n_eff, target=target or 0.0).tau2
    points = dict(zip(places, funnel_points(p, n_eff=n_eff, target=target or 0.0), strict=True))
    names = ("n_eff", "z", "low_95", "high_95", "low_998", "high_998", "position")
    for place in range(1, len(groups.names)):
        estimate, point = sizes[place], points.get(place)
        fields = {name: getattr(point, name, None) for name in names}
        why = None if point else why_not(estimate, least=RANK_FROM)
        known = {"respondents": estimate.respondents, "index": estimate.index, "target": target, "tau2": tau2 if point else None}
        yield groups.row("funnel", place, column, **known, **fields, why=why)


def _shrunken(groups: Groups, column: int) -> Iterator[Row]:
    """Empirical-Bayes estimates: steadier for small groups, shown beside the index and never in its place."""
    sizes = groups.sizes[column]
    places = groups.with_answers_of(column, 1)
    p, n_eff = ([getattr(sizes[place], name) for place in places] for name in ("index", "n_eff"))
    found = shrink(p, variances=pooled_variance(p, n_eff=n_eff), confidence_level=groups.confidence_level)
    by_place = dict(zip(places, found.agencies, strict=True))
    names = ("shrunken", "pull", "se", "ci_low", "ci_high")
    for place in range(1, len(groups.names)):
        shrunken = by_place.get(place)
        fields = {name: getattr(shrunken, name, None) for name in names}
        why = "no_valid_answers" if shrunken is None else "too_few_groups" if found.why else None
        known = {"respondents": sizes[place].respondents, "index": sizes[place].index, "mean": found.mean}
        yield groups.row("shrunken", place, column, **known, **fields, why=why)
