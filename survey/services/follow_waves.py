"""Follow a file's groups over its waves: the change from each wave to the next, and the trend between breaks of method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import DEFAULT_METHOD, Domains, Estimate, Method, Scores, Segment, index_change, index_trend
from survey.domain.disclosure import INDEX_FROM
from survey.errors import Invalid
from survey.services.compare_groups import Each, why_not
from survey.services.sample import Sample
from survey.services.wave_times import Waves, order_waves

Row = dict[str, Any]
_CHANGE = ("difference", "se", "df", "p_value", "ci_low", "ci_high", "verdict")
_TREND = ("slope", "se", "df", "p_value", "ci_low", "ci_high", "overdispersion", "q", "q_df", "q_p_value")
#: A variance below this is none, and correlates with nothing.
_NO_VARIANCE = 1e-24


def follow_waves(
    sample: Sample,
    columns: Sequence[int],
    *,
    breaks: Sequence[str] = (),
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
    each: Each = iter,
) -> list[Row]:
    """Rows of the kinds change and trend, for the whole and then for each group.

    Parameters
    ----------
    sample : Sample
        Its last column `by` tells the wave; the columns before, the groups.
    columns : sequence of int
        Which of `Measures.columns`.
    breaks : sequence of str
        The waves that begin a new method: no difference and no line joins them to the wave before.
    method, confidence_level
        As `analysis.interval`. The design effect of the default interval is pooled over the groups, wave by wave.

    Raises
    ------
    Invalid
        A respondent without a wave, fewer than two waves, a break that is no wave.
    """
    *by, column = sample.columns.by
    labels = [values[-1] for values in sample.by]
    if "" in labels:
        raise Invalid(f"{sample.where(labels.index(''))}, column {column}: the cell is empty; every row needs its wave")
    waves = order_waves(labels, column=column, breaks=breaks)
    place = {label: number for number, label in enumerate(waves.labels)}
    wave_of_row = np.array([place[label] for label in labels])
    groups, names = sample.regrouped(*by).groups_by_name()
    domains = [_domains(groups, np.flatnonzero(wave_of_row == wave), rows=len(labels)) for wave in range(len(waves.labels))]
    followed = _Followed(sample, waves, domains, list(columns), method, confidence_level, _share_units(sample, wave_of_row))
    return list(followed.rows([{}, *names], each=each))


def _domains(groups: Domains, members: NDArray[np.int64], *, rows: int) -> Domains:
    """The whole of one wave, then the groups in it."""
    inside = np.isin(groups.row, members)
    return Domains.together(Domains.of(rows, [members]), Domains(groups.row[inside], groups.domain[inside], groups.count))


def _share_units(sample: Sample, wave_of_row: NDArray[np.int64]) -> bool:
    """Whether a sampling unit (a desk) was asked in more than one wave."""
    if not sample.clusters:
        return False
    units = sample.clusters[0]
    return len(set(zip(units, wave_of_row.tolist(), strict=True))) > len(set(units))


@dataclass(frozen=True)
class _Followed:
    """Everything that the rows need; `domains` holds for each wave the whole of it and then the groups in it."""

    sample: Sample
    waves: Waves
    domains: list[Domains]
    columns: list[int]
    method: Method
    confidence_level: float
    share_units: bool

    def rows(self, names: list[dict[str, str]], *, each: Each) -> Iterator[Row]:
        scored = [self._scored(self.domains[wave], self.method) for wave in each(range(len(self.domains)))]
        sized = scored if self.method == DEFAULT_METHOD else [self._scored(domains, DEFAULT_METHOD) for domains in self.domains]
        together = [self._together(*self.domains[first : first + 2]) for first in each(range(len(self.domains) - 1))]
        for group, name in enumerate(names):
            for at, column in enumerate(self.columns):
                of = self.sample.measures.columns[column]
                start = {"by": name, "level": of.level, "key": of.key, "rule": of.rule}
                estimates, sizes = ([wave[group][column] for wave in waves] for waves in (scored, sized))
                both = [(float(r[at, group]), int(df[group, column])) for r, df in together]
                yield from ({"kind": "change", **start, **row} for row in self._changes(estimates, both))
                yield from ({"kind": "trend", **start, **row} for row in self._trend(sizes))

    def _scored(self, domains: Domains, method: Method) -> Scores:
        groups = domains.domain > 0
        comparable = Domains(domains.row[groups], domains.domain[groups] - 1, domains.count - 1) if domains.count > 1 else domains
        return self.sample.scored(domains, comparable=comparable, method=method, confidence_level=self.confidence_level)

    def _together(self, first: Domains, second: Domains) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Of each domain in two waves the correlation of its indices (T, G), and the degrees of freedom of both together (G, T)."""
        covariance = self.sample.covariance(Domains.together(first, second), self.columns)
        one = np.arange(first.count)
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        scale = np.sqrt(variance[:, one] * variance[:, one + first.count])
        between = covariance[:, one, one + first.count]
        correlation = np.clip(np.divide(between, scale, out=np.zeros(scale.shape), where=scale > _NO_VARIANCE), -1, 1)
        union = Domains(np.append(first.row, second.row), np.append(first.domain, second.domain), first.count)
        return correlation, self.sample.table(union).df

    def _changes(self, estimates: list[Estimate], both: list[tuple[float, int]]) -> Iterator[Row]:
        for number, ((first, second), (correlation, df)) in enumerate(zip(pairwise(estimates), both, strict=True), start=1):
            yield {
                "from_wave": self.waves.labels[number - 1],
                "to_wave": self.waves.labels[number],
                "from_respondents": first.respondents,
                "to_respondents": second.respondents,
                "from_index": first.index,
                "to_index": second.index,
                **self._change(first, second, correlation, df, broken=number in self.waves.breaks),
            }

    def _change(self, first: Estimate, second: Estimate, correlation: float, df: int, *, broken: bool) -> Row:
        few = next((side for side in (first, second) if side.respondents < INDEX_FROM), None)
        if broken or few is not None:
            return dict.fromkeys(_CHANGE) | {"why": "break_of_method" if few is None else why_not(few, least=INDEX_FROM)}
        change = index_change(first, second, correlation=correlation, df=df)
        return {name: getattr(change, name) for name in (*_CHANGE, "why")}

    def _trend(self, sizes: list[Estimate]) -> Iterator[Row]:
        """The waves with enough respondents, from one break to the next."""
        enough = [size.respondents >= INDEX_FROM for size in sizes]
        shares, n_eff = (
            [getattr(size, name) if good else nan for size, good in zip(sizes, enough, strict=True)] for name in ("index", "n_eff")
        )
        breaks = sorted(self.waves.breaks)
        found = index_trend(self.waves.times, shares, n_eff=n_eff, breaks=breaks, confidence_level=self.confidence_level)
        starts = sorted({0, *breaks})
        for segment, start, end in zip(found, starts, [*starts[1:], len(sizes)], strict=True):
            yield {
                "from_wave": self.waves.labels[start],
                "to_wave": self.waves.labels[end - 1],
                "waves": len(segment.points),
                "unit": self.waves.unit,
                **{name: getattr(segment, name) for name in _TREND},
                "verdict": _direction(segment),
                "why": segment.why or ("waves_share_units" if self.share_units else None),
            }


def _direction(segment: Segment) -> str | None:
    if segment.ci_low is None or segment.ci_high is None:
        return None
    return "up" if segment.ci_low > 0 else "down" if segment.ci_high < 0 else "unclear"
