"""Who answered: response rates, how representative the response is, and the modes of answering beside each other."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import BoolArray, FloatArray, IntArray, codes_of
from analysis.design import Design
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.measures import Measures
from analysis.results import Estimate
from analysis.scores import score
from analysis.totals import UnitTotals
from analysis.uncertainty import interval


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """How many of a cell answered, with a Wilson interval; all None where nobody was invited."""

    cell: Any
    invited: int
    responded: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, slots=True)
class PartialIndicator:
    """What one variable has to do with a response that is not representative; 0 is nothing, 0.5 the most.

    Attributes
    ----------
    variable : str
    unconditional : float
        Standard deviation of the mean propensities of its categories.
    conditional : float
        Standard deviation of the propensities among people who are alike in all other variables.
    categories : tuple of (label, float)
        √(n_h/n) (mean propensity of the category - mean of all): below 0 the category is under-represented.
    """

    variable: str
    unconditional: float
    conditional: float
    categories: tuple[tuple[Any, float], ...]


@dataclass(frozen=True, slots=True)
class Representativity:
    """The R-indicator of a response. None where it cannot be told, and then `why`.

    Attributes
    ----------
    invited, responded : int
    r : float or None
        1 - 2 S, S the standard deviation of the estimated response propensities: 0 to 1, representative as far as the variables tell.
    r_adjusted : float or None
        The same with the part of S² that is only noise of estimation taken out; at most 1.
    se : float or None
        Standard error of both; None where the propensities do not differ, or are all 0 or 1.
    partial : tuple of PartialIndicator
    why : str or None
        ``fewer_than_two_invited``.
    """

    invited: int
    responded: int
    r: float | None
    r_adjusted: float | None
    se: float | None
    partial: tuple[PartialIndicator, ...]
    why: Literal["fewer_than_two_invited"] | None = None


@dataclass(frozen=True, slots=True)
class ModeAnswers:
    """The answers of one mode on their own.

    Attributes
    ----------
    mode : label
    people : int
    response_rate : ResponseRate or None
        Where it is known how many were invited in this mode; an open desk has none.
    estimates : tuple of Estimate
        One for each of `Measures.columns`.
    """

    mode: Any
    people: int
    response_rate: ResponseRate | None
    estimates: tuple[Estimate, ...]


def response_rates(cells: ArrayLike, responded: ArrayLike, *, confidence_level: float = 0.95) -> tuple[ResponseRate, ...]:
    """The response rate of each cell of the people invited, with its Wilson interval.

    Parameters
    ----------
    cells : (n,) labels
        One for each person invited: agency, mode, age group.
    responded : (n,) booleans
    confidence_level : float

    Returns
    -------
    tuple of ResponseRate
        Cell by cell; none where nobody was invited.

    Raises
    ------
    AnalysisError
        A missing label, something else than true and false, a wrong length or confidence level.

    References
    ----------
    Wilson (1927); AAPOR (2023), Standard definitions, RR1.

    Examples
    --------
    >>> [(rate.cell, rate.responded, rate.rate) for rate in response_rates(["a", "a", "b"], [True, False, True])]
    [('a', 1, 0.5), ('b', 1, 1.0)]
    """
    codes, labels = codes_of("cells", cells)
    answered = _answered(responded, rows=len(codes))
    invited = np.bincount(codes, minlength=len(labels)).tolist()
    counts = np.bincount(codes, answered, minlength=len(labels)).astype(int).tolist()
    return tuple(_rate(*row, confidence_level) for row in zip(labels.tolist(), invited, counts, strict=True))


def representativity(responded: ArrayLike, variables: Mapping[str, ArrayLike]) -> Representativity:
    """The R-indicator: how evenly the chance of answering is spread over the people invited.

    Propensities ρ are those of a logistic regression of the response on all categories (main effects). R = 1 - 2 S(ρ).
    With z = ρ(1-ρ) x, Σ = (Σ z xᵀ)⁻¹ and B = cov(z) over the people, S² is on average too large by tr(B Σ), which r_adjusted takes off;
    var(S²) = 4 aᵀΣa + 2 tr(BΣBΣ) + var((ρ - ρ̄)²)/n, a = cov(ρ, z), and se(R) = √var(S²)/S.

    Parameters
    ----------
    responded : (n,) booleans
        One for each person invited.
    variables : mapping
        Variable → (n,) labels, known of everyone invited.

    Returns
    -------
    Representativity

    Raises
    ------
    AnalysisError
        No variables, a missing label, something else than true and false, or a wrong length.

    Notes
    -----
    R says nothing about variables that it does not see: it compares waves and steers the field work, and proves no absence of bias.

    References
    ----------
    Schouten, Cobben and Bethlehem (2009); partial indicators: Schouten, Shlomo and Skinner (2011); bias and variance: Shlomo,
    Skinner and Schouten (2012), here with the variance of the mean propensity left out of the bias.

    Examples
    --------
    >>> found = representativity([True] * 30 + [False] * 20 + [True] * 20 + [False] * 30, {"sex": ["F"] * 50 + ["M"] * 50})
    >>> round(found.r, 3), round(found.r_adjusted, 3), [(c, round(p, 3)) for c, p in found.partial[0].categories]
    (0.799, 0.824, [('F', 0.071), ('M', -0.071)])
    """
    if not variables:
        raise AnalysisError("variables", got="nothing", expected="at least one variable known of everyone invited")
    answered = _answered(responded, rows=None)
    n = len(answered)
    coded = [codes_of(f"variables[{name!r}]", labels, rows=n) for name, labels in variables.items()]
    if n < 2:
        return Representativity(n, int(answered.sum()), None, None, None, (), "fewer_than_two_invited")
    patterns, of_row = np.unique(np.stack([codes for codes, _ in coded], axis=1), axis=0, return_inverse=True)
    count, yes = np.bincount(of_row).astype(float), np.bincount(of_row, answered).astype(float)
    x = _indicators(patterns, [len(labels) for _, labels in coded])
    propensity = _propensities(x, yes, count)
    r, adjusted, se = _indicator(x, propensity, count)
    partial = tuple(
        _partial(name, labels.tolist(), patterns, position, propensity, count)
        for position, (name, (_, labels)) in enumerate(zip(variables, coded, strict=True))
    )
    return Representativity(n, int(answered.sum()), r, adjusted, se, partial)


def answers_by_mode(
    totals: UnitTotals,
    *,
    measures: Measures,
    design: Design,
    modes: ArrayLike,
    comparable: ArrayLike | None = None,
    invited: Mapping[Any, int] | None = None,
    confidence_level: float = 0.95,
) -> tuple[ModeAnswers, ...]:
    """The modes of answering beside each other, each estimated on its own; there is no total, for modes are never mixed.

    Parameters
    ----------
    totals : UnitTotals
        n rows, each of one mode.
    measures : Measures
    design : Design
        Over the same n rows.
    modes : (n,) labels
    comparable : (n,) labels, optional
        Groups over which the design effect of the interval is pooled, inside each mode (agencies). Default: the mode is one group.
    invited : mapping, optional
        Mode → people invited, for the modes where that is known.
    confidence_level : float

    Returns
    -------
    tuple of ModeAnswers

    Raises
    ------
    AnalysisError
        Labels that do not fit, a mode that nobody answered in, or fewer invited than answered.

    References
    ----------
    de Leeuw (2005) on why answers differ by mode; design 4.3.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> totals = UnitTotals.from_ratings(m, [[5], [4], [2], [5]])
    >>> qr, slip = answers_by_mode(totals, measures=m, design=Design.of(4), modes=["qr", "slip", "slip", "qr"], invited={"slip": 8})
    >>> qr.estimates[0].index, slip.estimates[0].index, slip.response_rate.rate
    (1.0, 0.5, 0.25)
    """
    codes, labels = codes_of("modes", modes, rows=totals.rows)
    groups, _ = codes_of("comparable", np.zeros(totals.rows, dtype=int) if comparable is None else comparable, rows=totals.rows)
    rows = [np.flatnonzero(codes == code) for code in range(len(labels))]
    people = {label: int(totals.people[of_mode].sum()) for label, of_mode in zip(labels.tolist(), rows, strict=True)}
    rates = _mode_rates(people, invited or {}, confidence_level)
    found = []
    for (mode, count), of_mode in zip(people.items(), rows, strict=True):
        (estimates,) = score(
            totals,
            measures=measures,
            design=design,
            domains=Domains.of(totals.rows, [of_mode]),
            comparable=Domains(of_mode, groups[of_mode], int(groups.max(initial=0)) + 1),
            confidence_level=confidence_level,
        )
        found.append(ModeAnswers(mode, count, rates.get(mode), estimates))
    return tuple(found)


def _answered(responded: ArrayLike, *, rows: int | None) -> BoolArray:
    array = np.asarray(responded)
    if array.ndim != 1 or (rows is not None and len(array) != rows):
        raise AnalysisError("responded", got=f"shape {array.shape}", expected="true or false for each person invited")
    if array.size == 0:
        return np.zeros(0, dtype=bool)
    if array.dtype != bool:
        raise AnalysisError("responded", got=f"values of type {array.dtype}", expected="true or false for each person invited")
    return array


def _rate(cell: Any, invited: int, responded: int, confidence_level: float) -> ResponseRate:
    rate = responded / invited
    found = interval(rate, n_eff=invited, confidence_level=confidence_level)
    return ResponseRate(cell, invited, responded, rate, float(found.low), float(found.high))


def _mode_rates(people: Mapping[Any, int], invited: Mapping[Any, int], confidence_level: float) -> dict[Any, ResponseRate]:
    for mode, count in invited.items():
        if count < people.get(mode, 1):
            got = f"{count} in mode {mode!r}" if mode in people else f"the mode {mode!r}, in which nobody answered"
            raise AnalysisError("invited", got=got, expected="modes of the answers, and no fewer invited than answered")
    return {mode: _rate(mode, count, people[mode], confidence_level) for mode, count in invited.items()}


def _indicators(patterns: IntArray, categories: Sequence[int]) -> FloatArray:
    """(c, p) an intercept, and zeros and ones of all categories but each variable's first."""
    columns = [np.ones((len(patterns), 1))]
    columns += [np.eye(count)[patterns[:, i]][:, 1:] for i, count in enumerate(categories)]
    return np.hstack(columns)


def _propensities(x: FloatArray, yes: FloatArray, count: FloatArray) -> FloatArray:
    """(c,) fitted chances. Where nobody or everybody of a category answered they tend to 0 or 1, and where two variables
    say the same any solution has these chances: the warnings of both are no news."""
    from statsmodels.genmod.families import Binomial  # late: seconds to import, and few pages need them
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning, SingularMatrixWarning

    with warnings.catch_warnings(), np.errstate(all="ignore"):  # as many patterns as parameters: no residual scale, and none needed
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", SingularMatrixWarning)
        fitted: FloatArray = GLM(np.column_stack([yes, count - yes]), x, family=Binomial()).fit(maxiter=100, tol=1e-12).fittedvalues
    return fitted


def _indicator(x: FloatArray, propensity: FloatArray, count: FloatArray) -> tuple[float, float, float | None]:
    """R, R with the bias taken off, and the standard error."""
    n = count.sum()
    deviation = propensity - (count @ propensity) / n
    s2 = float(count @ deviation**2 / (n - 1))
    z = (propensity * (1 - propensity))[:, None] * x
    covariance = np.linalg.pinv(z.T @ (count[:, None] * x), hermitian=True)
    centred = z - (count @ z) / n
    spread = centred.T @ (count[:, None] * centred) / n @ covariance
    slope = centred.T @ (count * deviation) / n
    sampling = (count @ deviation**4 / n - (count @ deviation**2 / n) ** 2) / n
    variance = float(4 * slope @ covariance @ slope + 2 * np.trace(spread @ spread) + sampling)
    s2_adjusted = max(s2 - float(np.trace(spread)), 0.0)
    told = s2 > 1e-20 and float((propensity * (1 - propensity)).max()) > 1e-6
    return max(1 - 2 * sqrt(s2), 0.0), max(1 - 2 * sqrt(s2_adjusted), 0.0), sqrt(variance / s2) if told else None


def _partial(
    name: str, labels: list[Any], patterns: IntArray, position: int, propensity: FloatArray, count: FloatArray
) -> PartialIndicator:
    n = count.sum()
    _, size, mean = _group_means(patterns[:, [position]], propensity, count)
    between = np.sqrt(size / n) * (mean - count @ propensity / n)
    others, _, mean_of_alike = _group_means(np.delete(patterns, position, axis=1), propensity, count)
    within = count @ (propensity - mean_of_alike[others]) ** 2 / (n - 1)
    return PartialIndicator(
        name, float(np.sqrt((between**2).sum())), float(np.sqrt(within)), tuple(zip(labels, between.tolist(), strict=True))
    )


def _group_means(keys: IntArray, propensity: FloatArray, count: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """The group of each pattern, and the groups' people and mean propensities; without keys all are one group."""
    group = np.unique(keys, axis=0, return_inverse=True)[1].astype(np.int64) if keys.shape[1] else np.zeros(len(keys), dtype=np.int64)
    size = np.bincount(group, count).astype(float)
    return group, size, np.bincount(group, count * propensity) / size
