"""Planning: how many people to ask for an allowed error or to see a change, and how to divide them among agencies."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isfinite, sqrt
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

import numpy as np
from scipy import optimize, special

from analysis.coding import FloatArray, IntArray
from analysis.errors import AnalysisError

Label = TypeVar("Label", bound=Hashable)
AllocationMethod = Literal["proportional", "equal", "neyman"]
#: A size this little above a whole number is that number: noise of binary floating point asks nobody.
NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many respondents are needed.

    Attributes
    ----------
    n : int or None
        `exact`, rounded up; None where no size is enough.
    exact : float or None
        The formula's value.
    why : str or None
        ``first_wave_too_small``: even asking everybody in the second wave would not show the change.
    """

    n: int | None
    exact: float | None
    why: Literal["first_wave_too_small"] | None = None


def yamane_size(population: int, *, allowed_error: float) -> SampleSize:
    """Sample size by Yamane (Slovin), as the ministry's guidance prints it: n = N / (1 + N e²), rounded up.

    It is Cochran's size for a share of 50 % at z = 2, one simple random sample, one answer a person; it knows neither the design
    effect nor the several answers of a person. `size_for_error` does.

    Parameters
    ----------
    population : int
        N, at least 1.
    allowed_error : float
        e, a share between 0 and 1, read as the decimal number it is written as (0.03 is exactly 3/100).

    Returns
    -------
    SampleSize

    Raises
    ------
    AnalysisError
        A population below 1, or an error that is not between 0 and 1.

    References
    ----------
    Yamane (1967), Statistics: an introductory analysis, 2nd edition, p. 886.

    Examples
    --------
    >>> yamane_size(2000, allowed_error=0.05)
    SampleSize(n=334, exact=333.3333333333333, why=None)
    """
    size, error = _population(population), Fraction(repr(float(_between("allowed_error", allowed_error))))
    exact = size / (1 + size * error**2)
    return SampleSize(ceil(exact), float(exact))


def size_for_error(
    *, allowed_error: float, share: float = 0.5, population: int | None = None, deff: float = 1.0, confidence_level: float = 0.95
) -> SampleSize:
    """Respondents needed so that the margin of error of a share is the allowed error.

    m = deff · z² p (1 - p) / e², n = m / (1 + (m - 1)/N): with n people the linear margin z √(deff · p(1-p)/n · (N-n)/(N-1)) is e.

    Parameters
    ----------
    allowed_error : float
        e, in shares (0.05 is 5 points).
    share : float
        The expected index p, strictly between 0 and 1; 0.5 asks for the most.
    population : int, optional
        N. Default: infinite.
    deff : float
        Design effect of the measure by people (`planned_deff`, or the pooled design effect of an earlier wave).
    confidence_level : float

    Returns
    -------
    SampleSize

    Raises
    ------
    AnalysisError
        A number outside its range.

    References
    ----------
    Cochran (1977), Sampling techniques, 3rd edition, 4.4; design effect before the finite population: docs/decisions/0051.

    Examples
    --------
    >>> size_for_error(allowed_error=0.05, share=0.8).n, size_for_error(allowed_error=0.05, share=0.8, population=1000).n
    (246, 198)
    """
    e, p = _between("allowed_error", allowed_error), _between("share", share)
    m = _positive("deff", deff) * _z(confidence_level) ** 2 * p * (1 - p) / e**2
    exact = m if population is None else m / (1 + (m - 1) / float(_population(population)))
    return _rounded_up(exact)


def expected_error(
    n: int, *, share: float = 0.5, population: int | None = None, deff: float = 1.0, confidence_level: float = 0.95
) -> float:
    """The margin of error to expect from n respondents: `size_for_error` the other way round.

    Parameters
    ----------
    n : int
        Respondents, from 1 to the population.
    share, population, deff, confidence_level
        As in `size_for_error`.

    Returns
    -------
    float
        In shares; 0 where the whole population answers.

    Raises
    ------
    AnalysisError
        A number outside its range.

    References
    ----------
    Cochran (1977), 3.2.

    Examples
    --------
    >>> round(expected_error(246, share=0.8), 4)
    0.05
    """
    size = None if population is None else float(_population(population))
    if n < 1 or (size is not None and n > size):
        raise AnalysisError("n", got=str(n), expected="at least 1 person, and no more than the population")
    left = 1.0 if size is None else (size - n) / max(size - 1, 1)
    p = _between("share", share)
    return _z(confidence_level) * sqrt(_positive("deff", deff) * p * (1 - p) / n * left)


def planned_deff(
    *, items: float = 1, item_correlation: float = 0.0, unit_size: float = 1, unit_correlation: float = 0.0, weight_effect: float = 1.0
) -> float:
    """Design effect by people to plan with, from the items a person answers, desk-days and weights.

    deff = (1 + (k - 1) ρ) / k · (1 + (b - 1) ρ_u) · weight_effect: below 1 where many answers of a person say more than one.

    Parameters
    ----------
    items : float
        k, valid answers of a person to the measure (23 for the whole, 4.6 for a dimension, 1 for a criterion).
    item_correlation : float
        ρ, correlation of two answers of a person, 0 to 1.
    unit_size : float
        b, respondents of one desk-day.
    unit_correlation : float
        ρ_u, correlation of two people of a desk-day in the measure, 0 to 1.
    weight_effect : float
        Kish's design effect of weights (`WeightReport.design_effect`), at least 1.

    Returns
    -------
    float

    Raises
    ------
    AnalysisError
        A number outside its range.

    References
    ----------
    Kish (1965), Survey sampling, 5.4; for weights Kish (1992).

    Examples
    --------
    >>> round(planned_deff(items=23, item_correlation=0.27), 3), round(planned_deff(unit_size=6, unit_correlation=0.02), 3)
    (0.302, 1.1)
    """
    k, b = _at_least_one("items", items), _at_least_one("unit_size", unit_size)
    for name, correlation in (("item_correlation", item_correlation), ("unit_correlation", unit_correlation)):
        if not 0 <= correlation <= 1:
            raise AnalysisError(name, got=f"{correlation:g}", expected="a correlation from 0 to 1")
    answers = (1 + (k - 1) * item_correlation) / k
    return answers * (1 + (b - 1) * unit_correlation) * _at_least_one("weight_effect", weight_effect)


def allocate(
    n: int,
    populations: Mapping[Label, int],
    *,
    method: AllocationMethod = "proportional",
    deviations: Mapping[Label, float] | None = None,
    minimum: int | Mapping[Label, int] = 0,
) -> Mapping[Label, int]:
    """Divide n people among strata (agencies, levels), in whole people that add up to n.

    Proportional to N_h, equal, or Neyman's N_h S_h, within the bounds min(minimum, N_h) ≤ n_h ≤ N_h; what a bound takes or gives
    is shared by the others in the same proportion. Rounded by largest remainders; equal remainders go to the larger stratum,
    then by name, so the order of the mapping does not matter.

    Parameters
    ----------
    n : int
    populations : mapping
        Stratum → people N_h, at least 1.
    method : {"proportional", "equal", "neyman"}
    deviations : mapping, optional
        Stratum → standard deviation S_h > 0 of the measure between people, e.g. √(p(1-p)); ``neyman`` needs it.
    minimum : int or mapping
        People to ask at least in each stratum; a smaller stratum is asked whole.

    Returns
    -------
    mapping
        Stratum → n_h, read-only, in the order of `populations`.

    Raises
    ------
    AnalysisError
        An unknown method, a number outside its range, a stratum without deviation, or an n that the bounds cannot hold.

    References
    ----------
    Neyman (1934); Cochran (1977), 5.5; largest remainders: Hamilton's method, Balinski and Young (1982).

    Examples
    --------
    >>> dict(allocate(100, {"A": 5000, "B": 3000, "C": 40}, minimum=20))
    {'A': 50, 'B': 30, 'C': 20}
    """
    if method not in get_args(AllocationMethod):
        raise AnalysisError("method", got=repr(method), expected=f"one of {', '.join(get_args(AllocationMethod))}")
    labels, size = list(populations), np.array([float(_population(count, "populations")) for count in populations.values()])
    least = np.minimum([minimum[label] if isinstance(minimum, Mapping) else minimum for label in labels], size)
    if (least < 0).any():
        raise AnalysisError("minimum", got=f"{least.min():g}", expected="0 or more people in each stratum")
    if not least.sum() <= _population(n, "n") <= size.sum():
        raise AnalysisError("n", got=str(n), expected=f"from {least.sum():g}, the sum of the minima, to {size.sum():g}, everybody")
    share = _shares(labels, size, method=method, deviations=deviations)
    order = sorted(range(len(labels)), key=lambda i: (-size[i], str(labels[i])))
    numbers = _largest_remainders(_within(share, least, size, n), size, n, order)
    return MappingProxyType(dict(zip(labels, numbers.tolist(), strict=True)))


def allocate_levels(
    n: int,
    populations: Mapping[str, Mapping[Label, int]],
    *,
    between: AllocationMethod = "equal",
    within: AllocationMethod = "proportional",
    minimum: int = 0,
) -> Mapping[str, Mapping[Label, int]]:
    """Divide n people among levels of administration, then each level's among its agencies.

    Parameters
    ----------
    n : int
    populations : mapping
        Level → (agency → people).
    between, within : {"proportional", "equal"}
        Among levels; among the agencies of a level. For Neyman's give `allocate` all agencies at once.
    minimum : int
        People to ask at least in each agency.

    Returns
    -------
    mapping
        Level → (agency → n), read-only.

    Raises
    ------
    AnalysisError
        As `allocate`.

    Examples
    --------
    >>> plan = allocate_levels(60, {"province": {"P": 900}, "commune": {"X": 200, "Y": 100}})
    >>> {level: dict(agencies) for level, agencies in plan.items()}
    {'province': {'P': 30}, 'commune': {'X': 20, 'Y': 10}}
    """
    people = {level: sum(agencies.values()) for level, agencies in populations.items()}
    least = {level: sum(min(minimum, count) for count in agencies.values()) for level, agencies in populations.items()}
    levels = allocate(n, people, method=between, minimum=least)
    return MappingProxyType({name: allocate(levels[name], populations[name], method=within, minimum=minimum) for name in populations})


def power_of_change(
    before: float, after: float, *, n_before: int, n_after: int, deff: float = 1.0, confidence_level: float = 0.95
) -> float:
    """Chance that two independent waves show a change of the index as significant.

    With s² = deff (p₁(1-p₁)/n₁ + p₂(1-p₂)/n₂) and d = |p₂ - p₁|: Φ(d/s - z) + Φ(-d/s - z), the two-sided test of p₂ - p₁ = 0.

    Parameters
    ----------
    before, after : float
        The true indices, strictly between 0 and 1.
    n_before, n_after : int
        Respondents of each wave.
    deff : float
        Design effect by people, as in `size_for_error`; the same in both waves.
    confidence_level : float
        Of the interval that must leave out 0.

    Returns
    -------
    float
        From 1 - confidence_level (no change at all) to 1.

    Raises
    ------
    AnalysisError
        A number outside its range.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical methods for rates and proportions, 3rd edition, chapter 4.

    Examples
    --------
    >>> round(power_of_change(0.80, 0.85, n_before=500, n_after=500), 3)
    0.55
    """
    d, (first, second) = abs(after - before), _variances(before, after, deff)
    s = sqrt(first / _at_least_one("n_before", n_before) + second / _at_least_one("n_after", n_after))
    return _power(d / s, _z(confidence_level))


def size_for_change(
    before: float, after: float, *, power: float = 0.8, n_before: int | None = None, deff: float = 1.0, confidence_level: float = 0.95
) -> SampleSize:
    """Respondents needed to see a change of the index with the given power: `power_of_change` the other way round.

    Parameters
    ----------
    before, after : float
        The true indices, strictly between 0 and 1, and different.
    power : float
        Above 1 - confidence_level and below 1.
    n_before : int, optional
        Respondents of the first wave where that is past; then n is that of the second. Default: n in each of both.
    deff, confidence_level
        As in `power_of_change`.

    Returns
    -------
    SampleSize
        ``n`` is None where the first wave was too small for any second one.

    Raises
    ------
    AnalysisError
        A number outside its range, or no change.

    References
    ----------
    As `power_of_change`.

    Examples
    --------
    >>> size_for_change(0.80, 0.85).n, size_for_change(0.80, 0.85, n_before=400).why
    (903, 'first_wave_too_small')
    """
    first, second = _variances(before, after, deff)
    z = _z(confidence_level)
    if before == after:
        raise AnalysisError("after", got=f"{after:g}, as before", expected="another index: no sample shows a change of 0")
    if not 1 - confidence_level < power < 1:
        raise AnalysisError("power", got=f"{power:g}", expected=f"a number above {1 - confidence_level:.4g} and below 1")
    needed = optimize.brentq(lambda x: _power(x, z) - power, 0, z + float(special.ndtri(power)) + 1, xtol=1e-14)
    allowed = ((after - before) / needed) ** 2
    if n_before is None:
        return _rounded_up((first + second) / allowed)
    left = allowed - first / _at_least_one("n_before", n_before)
    if left <= 0:
        return SampleSize(None, None, "first_wave_too_small")
    return _rounded_up(second / left)


def _power(standardised: float, z: float) -> float:
    return float(special.ndtr(standardised - z) + special.ndtr(-standardised - z))


def _variances(before: float, after: float, deff: float) -> tuple[float, float]:
    """deff · p(1 - p) of both waves."""
    d, p, q = _positive("deff", deff), _between("before", before), _between("after", after)
    return d * p * (1 - p), d * q * (1 - q)


def _shares(labels: list[Label], size: FloatArray, *, method: AllocationMethod, deviations: Mapping[Label, float] | None) -> FloatArray:
    """What each stratum's number is proportional to."""
    if method == "equal":
        return np.ones(len(labels))
    if method == "proportional":
        return size
    known = deviations or {}
    for label in labels:
        if not known.get(label, 0) > 0:
            got = f"{known[label]:g} for {label!r}" if label in known else f"nothing for {label!r}"
            raise AnalysisError("deviations", got=got, expected="a positive standard deviation for each stratum")
    return size * np.array([known[label] for label in labels], dtype=float)


def _within(share: FloatArray, least: FloatArray, most: FloatArray, n: int) -> FloatArray:
    """Numbers proportional to share, cut to their bounds, that add up to n: their sum is piecewise linear in the factor."""
    factors = np.unique(np.concatenate([[0.0], least / share, most / share]))
    sums = np.clip(factors[:, None] * share, least, most).sum(axis=1)
    numbers: FloatArray = np.clip(np.interp(n, sums, factors) * share, least, most)
    return numbers


def _largest_remainders(numbers: FloatArray, most: FloatArray, n: int, order: list[int]) -> IntArray:
    whole = np.floor(numbers + NOISE)
    remainder = np.where(whole < most, np.round(numbers - whole, 9), -1.0)
    first = sorted(order, key=lambda i: -remainder[i])[: n - int(whole.sum())]
    whole[first] += 1
    return whole.astype(np.int64)


def _rounded_up(exact: float) -> SampleSize:
    return SampleSize(max(ceil(exact - NOISE), 1), exact)


def _z(confidence_level: float) -> float:
    return float(special.ndtri((1 + _between("confidence_level", confidence_level)) / 2))


def _between(argument: str, number: float) -> float:
    if not 0 < number < 1:
        raise AnalysisError(argument, got=f"{number:g}", expected="a number between 0 and 1")
    return number


def _positive(argument: str, number: float) -> float:
    if not (isfinite(number) and number > 0):
        raise AnalysisError(argument, got=f"{number:g}", expected="a positive number")
    return number


def _at_least_one(argument: str, number: float) -> float:
    if not (isfinite(number) and number >= 1):
        raise AnalysisError(argument, got=f"{number:g}", expected="a number of 1 or more")
    return number


def _population(number: float, argument: str = "population") -> Fraction:
    if not (isfinite(number) and number >= 1 and number == int(number)):
        raise AnalysisError(argument, got=f"{number:g}", expected="a whole number of people, 1 or more")
    return Fraction(int(number))
