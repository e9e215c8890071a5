"""Importance against performance: what to work on first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from analysis.errors import AnalysisError
from analysis.results import Estimate

Quadrant = Literal["work_on_first", "keep_up", "low_priority", "more_than_needed"]


@dataclass(frozen=True, slots=True)
class Priority:
    """Where a dimension or criterion lies between importance and index.

    Attributes
    ----------
    key : str
    importance, index : float
    quadrant : str
        ``work_on_first`` (important, rated low), ``keep_up`` (important, rated high), ``low_priority`` (neither),
        ``more_than_needed`` (unimportant, rated high), or ``unclear``: an interval does not say on which side of its cut it lies.
    leaning : str
        The quadrant of the two point estimates, for a chart; never to be told as a finding.
    urgency : float
        importance · (1 - index). For a criterion: how much the share of people satisfied overall would rise if those who are not
        satisfied with it were satisfied overall as often as the others are.
    """

    key: str
    importance: float
    index: float
    quadrant: Quadrant | Literal["unclear"]
    leaning: Quadrant
    urgency: float


class _Ranked(Protocol):
    """What `priorities` needs of a `Driver` or a `CriterionDriver`."""

    @property
    def key(self) -> str: ...
    @property
    def importance(self) -> float | None: ...
    @property
    def importance_low(self) -> float | None: ...
    @property
    def importance_high(self) -> float | None: ...
    @property
    def is_related(self) -> bool: ...


_QUADRANTS: dict[tuple[bool, bool], Quadrant] = {
    (True, False): "work_on_first",
    (True, True): "keep_up",
    (False, False): "low_priority",
    (False, True): "more_than_needed",
}


def priorities(found: Iterable[_Ranked], estimates: Iterable[Estimate], *, target: float | None = None) -> tuple[Priority, ...]:
    """Importance against performance: what to work on first, as far as the intervals can tell.

    Important: related, and its interval of importance lies above the mean importance of all listed (for shares: 1/D); unimportant: the
    interval lies below. Rated low: the interval of the index lies below the target; rated high: above. Otherwise ``unclear``.

    Parameters
    ----------
    found : Drivers.dimensions, or the result of `criterion_drivers`
    estimates : iterable of Estimate
        Results of `score` for the same people; the pooled ones are used. What lacks an index or an importance is left out.
    target : float, optional
        The index, 0 to 1, that tells low from high. Default: the pooled index of the whole, taken as known.

    Returns
    -------
    tuple of Priority
        First what is or leans to ``work_on_first`` (what is firmly so before the rest), then the others, each by falling urgency; so the
        three criteria to work on first are the first three.

    Raises
    ------
    AnalysisError
        A target outside 0 to 1, or neither a target nor an estimate of the whole.

    References
    ----------
    Martilla and James (1977), importance-performance analysis.

    Examples
    --------
    >>> from analysis import Design, Domains, Measures, UnitTotals, criterion_drivers, score
    >>> m = Measures.of({"A1": "A", "A2": "A"}, general=("G1",))
    >>> people = [[5, 5, 5]] * 40 + [[2, 5, 2]] * 40 + [[5, 2, 5]] * 12 + [[5, 5, 2]] * 4
    >>> design, totals = Design.of(96), UnitTotals.from_ratings(m, people)
    >>> (estimates,) = score(totals, measures=m, design=design, domains=Domains.whole(96))
    >>> [(p.key, p.quadrant) for p in priorities(criterion_drivers(m, people, design=design), estimates)]
    [('A1', 'work_on_first'), ('A2', 'more_than_needed')]
    """
    pooled = {e.key: e for e in estimates if e.rule == "pooled"}
    cut = _target(pooled, target)
    told = [f for f in found if f.importance is not None and f.key in pooled and pooled[f.key].index is not None]
    mean = sum(f.importance for f in told if f.importance is not None) / max(len(told), 1)
    placed = [_place(f, pooled[f.key], importance_cut=mean, index_cut=cut) for f in told]
    return tuple(sorted(placed, key=lambda p: (p.quadrant != "work_on_first", p.leaning != "work_on_first", -p.urgency)))


def _target(pooled: dict[str, Estimate], target: float | None) -> float:
    whole = next((e.index for e in pooled.values() if e.level == "overall"), None) if target is None else target
    if whole is None or not 0 <= whole <= 1:
        raise AnalysisError("target", got="none" if whole is None else f"{whole:g}", expected="0 to 1, or an index of the whole")
    return whole


def _place(found: _Ranked, estimate: Estimate, *, importance_cut: float, index_cut: float) -> Priority:
    importance, index = found.importance or 0.0, estimate.index or 0.0
    important = _side(found.importance_low, found.importance_high, importance_cut)
    if important and not found.is_related:
        important = None
    high = _side(estimate.ci_low, estimate.ci_high, index_cut)
    leaning = _QUADRANTS[importance > importance_cut, index >= index_cut]
    quadrant = "unclear" if important is None or high is None else _QUADRANTS[important, high]
    return Priority(found.key, importance, index, quadrant, leaning, importance * (1 - index))


def _side(low: float | None, high: float | None, cut: float) -> bool | None:
    """True above the cut, False below it, None where the interval does not tell."""
    if low is None or high is None or low <= cut <= high:
        return None
    return low > cut
