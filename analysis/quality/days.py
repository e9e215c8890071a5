"""Days on which a desk sends far more than it usually does, and desks that fall silent."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from analysis.coding import BoolArray, FloatArray
from analysis.errors import AnalysisError
from analysis.quality.flag import DEFAULT_RATE, Evidence, Flag, Why, adjusted

#: A day this unlikely does not set what is usual.
UNUSUAL = 1e-3
#: Responses and open days that a desk needs before its usual level is known.
LEAST_RESPONSES = 10
LEAST_DAYS = 10
#: The factor of a day is drawn towards 1 as if so many responses more had come at the usual level.
_DAY_SHRINKAGE = 20.0


@dataclass(frozen=True, eq=False)
class _Usual:
    """(D, T) expected responses of each desk-day, and the relative variance of the negative binomial around them; what is open."""

    counts: FloatArray
    mean: FloatArray
    dispersion: FloatArray
    open_days: BoolArray

    def at_least(self, counts: FloatArray) -> FloatArray:
        """P(at least so many)."""
        size = 1 / np.maximum(self.dispersion, 1e-9)
        tail: FloatArray = stats.nbinom.sf(counts - 1, size, size / (size + self.mean))
        return tail


def bursts(
    counts: ArrayLike,
    *,
    desks: Sequence[Hashable] | None = None,
    days: Sequence[Hashable] | None = None,
    open_days: ArrayLike | None = None,
    false_discovery_rate: float = DEFAULT_RATE,
) -> tuple[Flag, ...]:
    """Whether more responses came on a desk-day than the desk's usual level explains.

    Parameters
    ----------
    counts : (D, T) array_like
        Responses of each desk on each calendar day; 0 where none came.
    desks, days : sequences of labels, optional
        Default: 0, 1, 2 …
    open_days : (T,) or (D, T) array_like of bool, optional
        Days on which a desk was open. Default: the days on which any desk has a response, so Sundays and holidays are out.
    false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One for each open desk-day with a response, unit (desk, day). `observed`: responses; `expected`: the desk's usual number on such a
        day; `statistic`: the Pearson residual; `n`: open days of the desk. ``too_few_counts`` where the desk has under ten responses or
        open days.

    Raises
    ------
    AnalysisError
        Counts that are no whole numbers of 0 or more, labels or days that do not fit, or a rate outside (0, 1).

    Notes
    -----
    The count of a desk-day is negative binomial with mean μ = L f: L the desk's level over its other days, f the day's factor from the
    other desks (Mondays, the days before Tết), drawn towards 1 where these are few. The dispersion α, Var = μ + α μ², is one for all, by
    maximum likelihood; α + (1/μ + α)/m allows for a level known from m days. Days of a probability under 0.001 leave the level and α, in
    a few rounds. p = P(at least so many).

    References
    ----------
    Negative binomial counts for outbreak detection: Farrington, Andrews, Beale and Catchpole (1996); Noufaily et al. (2013).

    Examples
    --------
    >>> counts = [[3, 4, 2, 5, 3, 0, 4, 3, 41, 2, 3, 4], [6, 5, 7, 6, 4, 0, 8, 5, 6, 7, 5, 6], [1, 0, 2, 1, 3, 0, 1, 2, 1, 0, 2, 1]]
    >>> [(f.unit, f.observed, f.raised) for f in bursts(counts) if f.raised]
    [((0, 8), 41.0, True)]
    """
    usual = _usual(counts, open_days)
    desk, day = np.nonzero(usual.open_days & (usual.counts > 0))
    desk_labels, day_labels = _labels("desks", desks, usual.counts.shape[0]), _labels("days", days, usual.counts.shape[1])
    known = _known_level(usual)
    why: list[Why | None] = [None if known[g] else "too_few_counts" for g in desk]
    mean, observed = usual.mean[desk, day], usual.counts[desk, day]
    residual = (observed - mean) / np.sqrt(np.maximum(mean + usual.dispersion[desk, day] * mean**2, 1e-12))
    evidence = Evidence(
        observed,
        mean,
        residual,
        usual.at_least(usual.counts)[desk, day],
        usual.open_days.sum(axis=1)[desk],
    )
    units = [(desk_labels[g], day_labels[t]) for g, t in zip(desk, day, strict=True)]
    return adjusted("burst", units, evidence, why=why, rate=false_discovery_rate)


def silent_desks(
    counts: ArrayLike,
    *,
    desks: Sequence[Hashable] | None = None,
    open_days: ArrayLike | None = None,
    false_discovery_rate: float = DEFAULT_RATE,
) -> tuple[Flag, ...]:
    """Whether a desk fell silent for longer than its usual level explains: the code was taken down, or the tablet put away.

    Parameters
    ----------
    counts, desks, open_days, false_discovery_rate
        As in `bursts`.

    Returns
    -------
    tuple of Flag
        One a desk. `observed`: the longest run of open days without a response; `expected`: the length that such runs reach once in the
        period; `statistic`: None; `n`: open days. ``no_responses`` where none came at all, ``too_few_counts`` under ten responses or open
        days.

    Raises
    ------
    AnalysisError
        As in `bursts`.

    Notes
    -----
    With P_t(0) of the model of `bursts`, the expected number of runs of at least ℓ silent days is Σ_s (1 - P_(s-1)(0)) P_s(0) …
    P_(s+ℓ-1)(0): an upper bound of the probability that there is one, which is the p-value. The silence itself counts in the level, so p
    is rather too large.

    References
    ----------
    Union bound for runs: Feller (1968), XIII.7.

    Examples
    --------
    >>> counts = [[4, 3, 5, 2, 4, 3, 0, 0, 0, 0, 0, 0, 0, 4], [2, 1, 0, 3, 2, 1, 1, 2, 0, 1, 2, 3, 1, 2], [5] * 14]
    >>> [(f.observed, f.raised) for f in silent_desks(counts)]
    [(7.0, True), (1.0, False), (0.0, False)]
    """
    usual = _usual(counts, open_days)
    labels = _labels("desks", desks, usual.counts.shape[0])
    silence = 1 - usual.at_least(np.ones(usual.counts.shape))
    runs = [_runs(usual.counts[g, opened], silence[g, opened]) for g, opened in enumerate(usual.open_days)]
    known, total = _known_level(usual), np.where(usual.open_days, usual.counts, 0).sum(axis=1)
    why: list[Why | None] = [None if known[g] else "too_few_counts" if total[g] else "no_responses" for g in range(len(labels))]
    longest, usual_longest, p = (np.array(column, dtype=float) for column in zip(*runs, strict=True))
    evidence = Evidence(longest, usual_longest, np.nan, p, usual.open_days.sum(axis=1))
    return adjusted("silent_desk", labels, evidence, why=why, rate=false_discovery_rate)


def _usual(counts: ArrayLike, open_days: ArrayLike | None) -> _Usual:
    """Level, day factor and dispersion, the unusual days being left out in a few rounds."""
    found = _counts(counts)
    opened = _opened(found, open_days)
    usual, alpha = opened.copy(), 0.0
    for _ in range(4):
        mean, days = _means(found, usual, opened)
        alpha = _dispersion(found[usual], mean[usual])
        dispersion = alpha + (1 / mean + alpha) / np.maximum(days, 1)
        model = _Usual(found, mean, dispersion, opened)
        usual = opened & (model.at_least(found) > UNUSUAL)
    return model


def _means(counts: FloatArray, usual: BoolArray, opened: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(D, T) means from the desk's other days and the day's other desks, and the days behind the level."""
    used = np.where(usual, counts, 0.0)
    level = used.sum(axis=1, keepdims=True) / np.maximum(usual.sum(axis=1, keepdims=True), 1)
    due = np.where(usual, level, 0.0)
    others, others_due = used.sum(axis=0) - used, due.sum(axis=0) - due
    factor = np.where(opened, (others + _DAY_SHRINKAGE) / (others_due + _DAY_SHRINKAGE), 0.0)
    exposure = np.where(usual, factor, 0.0)
    rest, rest_exposure = used.sum(axis=1, keepdims=True) - used, exposure.sum(axis=1, keepdims=True) - exposure
    mean = (rest + 0.5) / np.maximum(rest_exposure, 0.5) * np.where(opened, factor, 1.0)
    return mean, usual.sum(axis=1, keepdims=True) - usual.astype(float)


def _dispersion(counts: FloatArray, mean: FloatArray) -> float:
    """α by maximum likelihood, the means taken as given."""
    if not len(counts):
        return 0.0

    def misfit(log_alpha: float) -> float:
        size = np.exp(-log_alpha)
        return -float(stats.nbinom.logpmf(counts, size, size / (size + mean)).sum())

    return float(np.exp(optimize.minimize_scalar(misfit, bounds=(-9.0, 2.0), method="bounded").x))


def _runs(counts: FloatArray, silence: FloatArray) -> tuple[int, int, float]:
    """The longest run of zeros, the length reached once by expectation, and the expected number of runs as long as the longest."""
    breaks = np.flatnonzero(np.concatenate([[True], counts > 0, [True]]))
    longest = int(np.diff(breaks).max()) - 1
    begins = np.concatenate([[1.0], 1 - silence[:-1]]) if len(silence) else np.zeros(0)
    once = 0
    while once < len(counts) and _expected_runs(begins, silence, once + 1) >= 1:
        once += 1
    return longest, once, min(1.0, _expected_runs(begins, silence, longest))


def _expected_runs(begins: FloatArray, silence: FloatArray, length: int) -> float:
    """Σ over the starts of the probability that a silence of at least `length` days begins there; 1 or more for length 0."""
    if not length:
        return 1.0
    windows = np.lib.stride_tricks.sliding_window_view(silence, length)
    return float(windows.prod(axis=1) @ begins[: len(windows)])


def _known_level(usual: _Usual) -> BoolArray:
    total, days = np.where(usual.open_days, usual.counts, 0).sum(axis=1), usual.open_days.sum(axis=1)
    known: BoolArray = (total >= LEAST_RESPONSES) & (days >= LEAST_DAYS)
    return known


def _counts(counts: ArrayLike) -> FloatArray:
    found = np.asarray(counts, dtype=float)
    if found.ndim != 2 or not len(found):
        raise AnalysisError("counts", got=f"shape {found.shape}", expected="one row a desk, one column a day")
    if not (np.isfinite(found) & (found >= 0) & (found == np.round(found))).all():
        raise AnalysisError("counts", got="something else", expected="whole numbers of 0 or more")
    return found


def _opened(counts: FloatArray, open_days: ArrayLike | None) -> BoolArray:
    opened = (counts > 0).any(axis=0) if open_days is None else np.asarray(open_days, dtype=bool)
    if opened.shape not in (counts.shape, counts.shape[1:]):
        raise AnalysisError("open_days", got=f"shape {opened.shape}", expected=f"{counts.shape[1:]} or {counts.shape}")
    return np.broadcast_to(opened, counts.shape).copy()


def _labels(argument: str, labels: Sequence[Hashable] | None, length: int) -> list[Hashable]:
    found: list[Hashable] = list(range(length)) if labels is None else list(labels)
    if len(found) != length:
        raise AnalysisError(argument, got=f"{len(found)} labels", expected=f"{length}, as counts has")
    return found
