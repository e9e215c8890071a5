"""Counts that were written down by hand: last digits that nobody counts by chance, and batches that stand there twice."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.coding import FloatArray, IntArray, codes_of
from analysis.errors import AnalysisError
from analysis.quality.flag import DEFAULT_RATE, Evidence, Flag, Why, adjusted, enough, plain

#: Counts of a desk that the test of last digits needs.
LEAST_COUNTS = 30
#: Their mean: smaller numbers have digits that follow the fitted distribution too poorly.
LEAST_MEAN = 10
#: Batches of fewer forms are alike by chance.
LEAST_IN_BATCH = 5
LEAST_BATCHES = 10
#: Expected numbers below this make the chi-squared distribution a poor guide.
_LEAST_EXPECTED = 5
_ROUND = [0, 5]


def last_digits(counts: ArrayLike, desks: ArrayLike, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether the last digits of a desk's hand-written counts differ from those of counts that grew by chance.

    Parameters
    ----------
    counts : (n,) array_like
        Tallies entered by hand, whole numbers of 0 or more, e.g. satisfied citizens of a day; zeros are left out.
    desks : (n,) labels
    false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One a desk. `observed`: the share of the counts that bear the most over-used last digit; `expected`: its share by chance;
        `statistic`: χ²; `n`: counts above 0. ``too_few_counts`` under 30 of them, ``counts_too_small`` where their mean is
        below 10.

    Raises
    ------
    AnalysisError
        Counts that are no whole numbers of 0 or more, lengths that differ, or a rate outside (0, 1).

    Notes
    -----
    By chance the digits follow the negative binomial with the counts' own mean and variance, cut off below 1: about a tenth each where
    counts spread over tens, far from it where they are small. χ² = Σ (O - E)²/E over the digits, those with E < 5 put together, on one
    degree of freedom less than cells.

    References
    ----------
    Last digits of invented numbers: Beber and Scacco (2012); Mosimann, Wiseman and Edelman (1995).

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> honest, invented = rng.poisson(30, 120), 5 * rng.poisson(6, 120)
    >>> [(f.unit, f.raised) for f in last_digits(np.append(honest, invented), np.repeat(["honest", "invented"], 120))]
    [('honest', False), ('invented', True)]
    """
    labels, digits = _digits_by_desk(counts, desks)
    tests = [_chi_squared(d) for d in digits]
    most = [int(np.argmax(d.observed - d.expected)) for d in digits]
    evidence = Evidence(
        [d.share(d.observed[[m]]) for d, m in zip(digits, most, strict=True)],
        [d.share(d.expected[[m]]) for d, m in zip(digits, most, strict=True)],
        [t.statistic for t in tests],
        stats.chi2.sf([t.statistic for t in tests], [max(t.freedom, 1) for t in tests]),
        [d.n for d in digits],
    )
    return adjusted("last_digits", labels, evidence, why=[d.why for d in digits], rate=false_discovery_rate)


def round_counts(counts: ArrayLike, desks: ArrayLike, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether too many of a desk's hand-written counts end in 0 or 5: estimated, not counted.

    Parameters
    ----------
    counts, desks, false_discovery_rate
        As in `last_digits`.

    Returns
    -------
    tuple of Flag
        One a desk. `observed`, `expected`: shares of counts that end in 0 or 5; `statistic`: (O - E)/√(n e (1 - e)); `n`: counts above 0.
        Reasons as in `last_digits`.

    Raises
    ------
    AnalysisError
        As in `last_digits`.

    Notes
    -----
    Their number is binomial with the probability e of the distribution in `last_digits`; p = P(at least so many).

    References
    ----------
    Digit preference and heaping: Myers (1940).

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> counts = rng.poisson(30, 240)
    >>> counts[150:] = 5 * np.round(counts[150:] / 5)
    >>> [(f.unit, f.raised) for f in round_counts(counts, np.repeat(["honest", "rounded"], 120))]
    [('honest', False), ('rounded', True)]
    """
    labels, digits = _digits_by_desk(counts, desks)
    n, observed = np.array([d.n for d in digits]), np.array([d.observed[_ROUND].sum() for d in digits])
    share = np.array([d.share(d.expected[_ROUND]) for d in digits])
    evidence = Evidence(
        [d.share(d.observed[_ROUND]) for d in digits],
        share,
        (observed - n * share) / np.sqrt(np.maximum(n * share * (1 - share), 1e-12)),
        stats.binom.sf(observed - 1, n, share),
        n,
    )
    return adjusted("round_counts", labels, evidence, why=[d.why for d in digits], rate=false_discovery_rate)


def repeated_batches(batches: ArrayLike, desks: ArrayLike, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether a desk's hand-written batches stand there twice more often than chance explains.

    Parameters
    ----------
    batches : (n, L) array_like
        For each batch (a day's pile of paper forms) how many people chose each of L levels of one question, e.g. G1.
    desks : (n,) labels
    false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One a desk. `observed`, `expected`: pairs of equal batches among those of at least five forms; `statistic`: None; `n`: such batches.
        ``too_few_counts`` under ten of them.

    Raises
    ------
    AnalysisError
        Counts that are no whole numbers of 0 or more, lengths that differ, or a rate outside (0, 1).

    Notes
    -----
    Two batches of m forms drawn from the desk's own distribution π of levels are equal with probability Σ_x P(x)², from Poisson counts
    X_l of mean m π_l as the convolution over levels of P(X_l = k)² at m, over P(Σ X_l = m)². Expected pairs: over pairs of batches of the
    same size; sizes themselves are not judged. Days that differ make equal batches rarer, so that p, by the Poisson distribution, is
    rather too large.

    References
    ----------
    Poisson approximation of coincidences: Diaconis and Mosteller (1989).

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> batches = rng.multinomial(20, [0.02, 0.05, 0.13, 0.4, 0.4], size=40)
    >>> batches[21:25] = batches[20]
    >>> [(f.unit, f.observed, f.raised) for f in repeated_batches(batches, np.repeat(["honest", "copied"], 20))]
    [('copied', 12.0, True), ('honest', 0.0, False)]
    """
    matrix = np.asarray(batches, dtype=float)
    if matrix.ndim != 2:
        raise AnalysisError("batches", got=f"shape {matrix.shape}", expected="one row a batch, one column a level")
    desk, labels = codes_of("desks", desks, rows=len(matrix))
    cells = _whole("batches", matrix)
    found = [_equal_pairs(cells[desk == g]) for g in range(len(labels))]
    why = enough([pairs.batches for pairs in found], LEAST_BATCHES, "too_few_counts")
    observed, expected = [pairs.equal for pairs in found], [pairs.expected for pairs in found]
    p = stats.poisson.sf(np.array(observed) - 1, expected)
    evidence = Evidence(observed, expected, np.nan, p, [pairs.batches for pairs in found])
    return adjusted("repeated_batches", plain(labels), evidence, why=why, rate=false_discovery_rate)


@dataclass(frozen=True, eq=False)
class _Digits:
    """The last digits of one desk's counts: how often each of 0 … 9 stands there, and how often it would by chance."""

    observed: FloatArray
    expected: FloatArray
    why: Why | None

    @property
    def n(self) -> int:
        return int(self.observed.sum())

    def share(self, part: FloatArray) -> float:
        return float(part.sum() / max(self.n, 1))


class _Test(NamedTuple):
    statistic: float
    freedom: int


class _Pairs(NamedTuple):
    batches: int
    equal: int
    expected: float


def _digits_by_desk(counts: ArrayLike, desks: ArrayLike) -> tuple[list[Hashable], list[_Digits]]:
    array = np.asarray(counts, dtype=float)
    desk, labels = codes_of("desks", desks)
    if array.shape != desk.shape:
        raise AnalysisError("counts", got=f"shape {array.shape}", expected=f"one for each of {len(desk)} rows")
    whole = _whole("counts", array)
    return plain(labels), [_digits(whole[(desk == g) & (whole > 0)]) for g in range(len(labels))]


def _digits(counts: IntArray) -> _Digits:
    observed = np.bincount(counts % 10, minlength=10).astype(float)
    if len(counts) < LEAST_COUNTS:
        return _Digits(observed, np.zeros(10), "too_few_counts")
    mean, variance = counts.mean(), counts.var(ddof=1)
    if mean < LEAST_MEAN:
        return _Digits(observed, np.zeros(10), "counts_too_small")
    values = np.arange(1, int(10 * np.ceil((mean + 12 * np.sqrt(variance + mean)) / 10)) + 1)
    size = mean**2 / (variance - mean) if variance > mean else np.inf
    chance = stats.poisson.pmf(values, mean) if np.isinf(size) else stats.nbinom.pmf(values, size, size / (size + mean))
    expected = np.bincount(values % 10, weights=chance, minlength=10)
    return _Digits(observed, len(counts) * expected / expected.sum(), None)


def _chi_squared(digits: _Digits) -> _Test:
    """χ² over the digits, the rarely expected ones put together into cells that are large enough."""
    order = np.argsort(digits.expected)
    cells: list[list[float]] = [[0.0, 0.0]]
    for observed, expected in zip(digits.observed[order], digits.expected[order], strict=True):
        if cells[-1][1] >= _LEAST_EXPECTED:
            cells.append([0.0, 0.0])
        cells[-1][0] += observed
        cells[-1][1] += expected
    return _Test(sum((o - e) ** 2 / e for o, e in cells if e > 0), len(cells) - 1)


def _equal_pairs(batches: IntArray) -> _Pairs:
    """Equal pairs among the batches that are large enough, and how many chance would make."""
    large = batches[batches.sum(axis=1) >= LEAST_IN_BATCH]
    if len(large) < LEAST_BATCHES:
        return _Pairs(len(large), 0, 0.0)
    levels = large.sum(axis=0) / large.sum()
    copies = np.unique(large, axis=0, return_counts=True)[1]
    sizes, times = np.unique(large.sum(axis=1), return_counts=True)
    expected = sum(t * (t - 1) / 2 * _coincidence(int(m), levels) for m, t in zip(sizes, times, strict=True) if t > 1)
    return _Pairs(len(large), int((copies * (copies - 1) // 2).sum()), float(expected))


def _coincidence(size: int, levels: FloatArray) -> float:
    """Probability that two batches of this size are equal, level by level."""
    both = np.ones(1)
    for share in levels:
        both = np.convolve(both, stats.poisson.pmf(np.arange(size + 1), size * share) ** 2)[: size + 1]
    return float(both[size] / stats.poisson.pmf(size, size) ** 2)


def _whole(argument: str, values: FloatArray) -> IntArray:
    if not (np.isfinite(values) & (values >= 0) & (values == np.round(values))).all():
        raise AnalysisError(argument, got="something else", expected="whole numbers of 0 or more")
    return values.astype(np.int64)
