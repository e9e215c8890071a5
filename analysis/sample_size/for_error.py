"""How many people to ask for an allowed error, and the error to expect from so many."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, sqrt

from analysis.errors import AnalysisError
from analysis.sample_size.given import at_least_one, between_0_and_1, positive, whole_population, z_of
from analysis.sample_size.size import SampleSize, rounded_up


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
    size, error = whole_population(population), Fraction(repr(float(between_0_and_1("allowed_error", allowed_error))))
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
    e, p = between_0_and_1("allowed_error", allowed_error), between_0_and_1("share", share)
    m = positive("deff", deff) * z_of(confidence_level) ** 2 * p * (1 - p) / e**2
    exact = m if population is None else m / (1 + (m - 1) / float(whole_population(population)))
    return rounded_up(exact)


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
    size = None if population is None else float(whole_population(population))
    if n < 1 or (size is not None and n > size):
        raise AnalysisError("n", got=str(n), expected="at least 1 person, and no more than the population")
    left = 1.0 if size is None else (size - n) / max(size - 1, 1)
    p = between_0_and_1("share", share)
    return z_of(confidence_level) * sqrt(positive("deff", deff) * p * (1 - p) / n * left)


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
    k, b = at_least_one("items", items), at_least_one("unit_size", unit_size)
    for name, correlation in (("item_correlation", item_correlation), ("unit_correlation", unit_correlation)):
        if not 0 <= correlation <= 1:
            raise AnalysisError(name, got=f"{correlation:g}", expected="a correlation from 0 to 1")
    answers = (1 + (k - 1) * item_correlation) / k
    return answers * (1 + (b - 1) * unit_correlation) * at_least_one("weight_effect", weight_effect)
