"""How many people to ask to see a change, and the chance to see it with so many."""

from __future__ import annotations

from math import sqrt

from scipy import optimize, special

from analysis.errors import AnalysisError
from analysis.sample_size.given import at_least_one, between_0_and_1, positive, z_of
from analysis.sample_size.size import SampleSize, rounded_up


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
    s = sqrt(first / at_least_one("n_before", n_before) + second / at_least_one("n_after", n_after))
    return _power(d / s, z_of(confidence_level))


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
    z = z_of(confidence_level)
    if before == after:
        raise AnalysisError("after", got=f"{after:g}, as before", expected="another index: no sample shows a change of 0")
    if not 1 - confidence_level < power < 1:
        raise AnalysisError("power", got=f"{power:g}", expected=f"a number above {1 - confidence_level:.4g} and below 1")
    needed = optimize.brentq(lambda x: _power(x, z) - power, 0, z + float(special.ndtri(power)) + 1, xtol=1e-14)
    allowed = ((after - before) / needed) ** 2
    if n_before is None:
        return rounded_up((first + second) / allowed)
    left = allowed - first / at_least_one("n_before", n_before)
    if left <= 0:
        return SampleSize(None, None, "first_wave_too_small")
    return rounded_up(second / left)


def _power(standardised: float, z: float) -> float:
    return float(special.ndtr(standardised - z) + special.ndtr(-standardised - z))


def _variances(before: float, after: float, deff: float) -> tuple[float, float]:
    """deff · p(1 - p) of both waves."""
    d, p, q = positive("deff", deff), between_0_and_1("before", before), between_0_and_1("after", after)
    return d * p * (1 - p), d * q * (1 - q)
