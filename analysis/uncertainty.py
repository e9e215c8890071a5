"""Confidence intervals of an index, and the effective number of answers behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.coding import BoolArray, FloatArray
from analysis.errors import AnalysisError

Method = Literal["wilson", "wilson_direct", "linear", "logit", "beta"]
METHODS: tuple[Method, ...] = get_args(Method)
DEFAULT_METHOD: Method = "wilson"
#: A variance below this is the noise of binary floating point, not information.
NO_VARIANCE = 1e-24


@dataclass(frozen=True, eq=False)
class Interval:
    """Bounds within 0 to 1 that contain the share, and the effective size used; NaN where the method cannot tell."""

    low: FloatArray
    high: FloatArray
    n_eff: FloatArray


def interval(
    share: ArrayLike,
    *,
    n_eff: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    df: ArrayLike | None = None,
    answers: ArrayLike | None = None,
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> Interval:
    """Confidence interval of an index.

    Parameters
    ----------
    share : array_like
        The index, 0 to 1; NaN gives NaN.
    n_eff : array_like
        Effective number of independent answers (`effective_size`); ``wilson`` needs it.
    variance, df : array_like
        Linearised variance and degrees of freedom; all other methods need them.
    answers : array_like
        Valid answers; ``beta`` needs them.
    method : {"wilson", "wilson_direct", "linear", "logit", "beta"}
        ``wilson``: score interval with z on `n_eff`, the project's default; defined also at 0, 1 and for one unit.
        ``wilson_direct``: score interval with t on p(1-p)/v. ``linear``: p ± t·se. ``logit``: p ± t·se on the logit scale.
        ``beta``: Clopper-Pearson on Korn and Graubard's effective size.
    confidence_level : float
        Strictly between 0 and 1.

    Returns
    -------
    Interval
        Of the broadcast shape.

    Raises
    ------
    AnalysisError
        An unknown method, a confidence level outside (0, 1), a needed argument not given, a share outside 0 to 1, a number below 0
        (n_eff: or 0), or shapes that do not fit.

    References
    ----------
    Wilson (1927); Korn and Graubard (1998); Franco, Little, Louis and Slud (2019); R survey, ``svyciprop``.

    Examples
    --------
    >>> i = interval(0.8, n_eff=100)
    >>> round(float(i.low), 4), round(float(i.high), 4)
    (0.7112, 0.8666)
    """
    level = _confidence_level(confidence_level)
    if method not in METHODS:
        raise AnalysisError("method", got=repr(method), expected=f"one of {', '.join(METHODS)}")
    p = _shares(share)
    _refuse_misfit({"share": share, "n_eff": n_eff, "variance": variance, "df": df, "answers": answers})
    if method == "wilson":
        n = _needed("n_eff", n_eff, method)
        _refuse("n_eff", n, n <= 0, expected="positive numbers")
        return _contain(p, *_wilson(p, n, special.ndtri((1 + level) / 2)), n)
    v, freedom = _needed("variance", variance, method), _needed("df", df, method)
    size = _needed("answers", answers, method) if method == "beta" else np.asarray(np.nan)
    for argument, values in {"variance": v, "df": freedom, "answers": size}.items():
        _refuse(argument, values, values < 0, expected="numbers of 0 or more")
    with np.errstate(all="ignore"):
        t = special.stdtrit(np.where(freedom >= 1, freedom, np.nan), (1 + level) / 2)
        return _contain(p, *_DIRECT[method](p, v, t, size, level))


def effective_size(
    share: ArrayLike, variance: ArrayLike, *, respondents: ArrayLike, answers: ArrayLike, df: ArrayLike, design_effect: ArrayLike
) -> FloatArray:
    """Effective number of independent answers: min(p(1-p)/v, respondents / d, answers).

    Parameters
    ----------
    share, variance : array_like
        The index and its linearised variance. p(1-p)/v is passed over where it tells nothing: no variance, or df = 0.
    respondents, answers, df : array_like
        People with a valid answer, their valid answers, degrees of freedom.
    design_effect : array_like
        d of `pooled_design_effect`.

    Returns
    -------
    float array
        Of the broadcast shape; NaN where the share is.

    Raises
    ------
    AnalysisError
        A share outside 0 to 1, a variance or a count below 0, a design effect that is not positive, or shapes that do not fit.

    References
    ----------
    Korn and Graubard (1998) for the effective size; design section 5 for the bounds by respondents / d and by the answers.

    Examples
    --------
    >>> float(effective_size(1.0, 0.0, respondents=40, answers=200, df=4, design_effect=0.5))
    80.0
    """
    given = {"share": share, "variance": variance, "respondents": respondents, "answers": answers, "df": df}
    _refuse_misfit(given | {"design_effect": design_effect})
    p, v = _shares(share), _not_negative("variance", variance)
    _refuse("design_effect", np.asarray(design_effect), np.asarray(design_effect) <= 0, expected="positive numbers")
    informative = (v > NO_VARIANCE) & (np.asarray(df) >= 1) & (p > 0) & (p < 1)
    direct = np.where(informative, p * (1 - p) / np.where(informative, v, 1.0), np.inf)
    people, valid = _not_negative("respondents", respondents), _not_negative("answers", answers)
    n = np.minimum(np.minimum(direct, people / np.asarray(design_effect)), valid)
    size: FloatArray = np.where(np.isnan(p), np.nan, n)
    return size


def pooled_design_effect(share: ArrayLike, variance: ArrayLike, *, respondents: ArrayLike, df: ArrayLike) -> FloatArray:
    """One design effect a measure, pooled over comparable groups as a ratio of sums: d = Σ n v / Σ (p(1-p) + v).

    Only groups with at least 2 respondents and 1 degree of freedom count. Where they tell nothing (none such, or no
    variance in any) d is 1: a person counts as one independent answer.

    Parameters
    ----------
    share, variance, respondents, df : (G, T) array_like
        A row for each comparable group (agency), a column for each measure.

    Returns
    -------
    (T,) float array

    Raises
    ------
    AnalysisError
        A share outside 0 to 1, a variance or a count below 0, or arrays that are not of one shape (G, T).

    References
    ----------
    A generalised variance function as in Wolter (2007), chapter 7; design section 5.

    Examples
    --------
    >>> pooled_design_effect([[0.8], [0.9]], [[0.002], [0.001]], respondents=[[100], [90]], df=[[9], [8]]).round(4).tolist()
    [1.1462]
    """
    p, v, n = _shares(share), _not_negative("variance", variance), _not_negative("respondents", respondents)
    for argument, values in {"variance": v, "respondents": n, "df": np.asarray(df)}.items():
        if values.shape != p.shape or p.ndim != 2:
            raise AnalysisError(argument, got=f"shape {values.shape}", expected=f"(groups, measures), as share {p.shape}")
    usable = np.isfinite(p) & np.isfinite(v) & (n >= 2) & (np.asarray(df) >= 1)
    above = np.where(usable, n * v, 0.0).sum(axis=0)
    below = np.where(usable, p * (1 - p) + v, 0.0).sum(axis=0)
    known = above > NO_VARIANCE
    design_effect: FloatArray = np.divide(above, below, out=np.ones(above.shape), where=known)
    return design_effect


def _confidence_level(level: float) -> float:
    if not 0 < level < 1:
        raise AnalysisError("confidence_level", got=f"{level:g}", expected="a number between 0 and 1, such as 0.95")
    return level


#: A share that was calculated may leave 0 to 1 by the noise of binary floating point.
_NOISE = 1e-9


def _shares(share: ArrayLike) -> FloatArray:
    p = np.asarray(share, dtype=float)
    _refuse("share", p, (p < -_NOISE) | (p > 1 + _NOISE), expected="numbers from 0 to 1, or NaN")
    return p


def _not_negative(argument: str, values: ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=float)
    _refuse(argument, array, array < 0, expected="numbers of 0 or more")
    return array


def _refuse(argument: str, values: FloatArray, wrong: BoolArray, *, expected: str) -> None:
    if np.any(wrong):
        raise AnalysisError(argument, got=f"{values[wrong].flat[0]:g}", expected=expected)


def _refuse_misfit(arguments: Mapping[str, ArrayLike | None]) -> None:
    shapes = {name: np.shape(values) for name, values in arguments.items() if values is not None}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError as error:
        argument = next(name for name, shape in shapes.items() if shape not in {(), shapes["share"]})
        raise AnalysisError(argument, got=f"shape {shapes[argument]}", expected=f"one that fits share, {shapes['share']}") from error


def _needed(argument: str, values: ArrayLike | None, method: Method) -> FloatArray:
    if values is None:
        raise AnalysisError(argument, got="nothing", expected=f"values: method {method!r} needs them")
    return np.asarray(values, dtype=float)


def _wilson(p: FloatArray, n: FloatArray, quantile: FloatArray) -> tuple[FloatArray, FloatArray]:
    shrink = quantile**2 / n
    centre = (p + shrink / 2) / (1 + shrink)
    half = np.sqrt(shrink * (p * (1 - p) + shrink / 4)) / (1 + shrink)
    return centre - half, centre + half


def _contain(p: FloatArray, low: FloatArray, high: FloatArray, n_eff: FloatArray) -> Interval:
    """Clamp to [0, 1]; binary noise must not push the share out of its own interval. Half an interval is none."""
    known = ~(np.isnan(low) | np.isnan(high))
    low, high = (np.where(known, np.clip(bound, 0, 1), np.nan) for bound in (np.minimum(low, p), np.maximum(high, p)))
    return Interval(low, high, np.broadcast_to(n_eff, low.shape))


_Bounds = tuple[FloatArray, FloatArray, FloatArray]


def _linear(p: FloatArray, v: FloatArray, t: FloatArray, _answers: FloatArray, _level: float) -> _Bounds:
    half = t * np.sqrt(v)
    return p - half, p + half, np.asarray(np.nan)


def _direct_size(p: FloatArray, v: FloatArray) -> FloatArray:
    size: FloatArray = np.where((v > NO_VARIANCE) & (p > 0) & (p < 1), p * (1 - p) / v, np.nan)
    return size


def _wilson_direct(p: FloatArray, v: FloatArray, t: FloatArray, _answers: FloatArray, _level: float) -> _Bounds:
    n = _direct_size(p, v)
    return *_wilson(p, n, t), np.where(np.isnan(t), np.nan, n)


def _logit(p: FloatArray, v: FloatArray, t: FloatArray, _answers: FloatArray, _level: float) -> _Bounds:
    half = t / np.sqrt(_direct_size(p, v) * p * (1 - p))
    return special.expit(special.logit(p) - half), special.expit(special.logit(p) + half), np.asarray(np.nan)


def _beta(p: FloatArray, v: FloatArray, t: FloatArray, answers: FloatArray, level: float) -> _Bounds:
    n = _direct_size(p, v) * (special.stdtrit(answers - 1, (1 + level) / 2) / t) ** 2
    low = special.betaincinv(n * p, n * (1 - p) + 1, (1 - level) / 2)
    return low, special.betaincinv(n * p + 1, n * (1 - p), (1 + level) / 2), n


_DIRECT: dict[str, Callable[[FloatArray, FloatArray, FloatArray, FloatArray, float], _Bounds]] = {
    "linear": _linear,
    "wilson_direct": _wilson_direct,
    "logit": _logit,
    "beta": _beta,
}
