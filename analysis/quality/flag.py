"""What every check of the data hands back: a flag with its evidence, told or not told with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.coding import FloatArray
from analysis.errors import AnalysisError

FlagName = Literal[
    "straight_lining",
    "perfect_forms",
    "fours_and_fives",
    "too_fast",
    "repeated_patterns",
    "burst",
    "silent_desk",
    "last_digits",
    "round_counts",
    "repeated_batches",
    "mode_difference",
    "any",
]
Why = Literal["too_few_forms", "too_few_desks", "too_few_counts", "counts_too_small", "too_few_respondents", "no_responses", "nothing_told"]
DEFAULT_RATE = 0.05
#: Under this many forms nothing is said of a desk (design 4.5), and under this many desks there are no others to compare with.
LEAST_FORMS = 10
LEAST_DESKS = 3


@dataclass(frozen=True, slots=True)
class Flag:
    """One check of one unit: a reason to look, never a proof of fraud.

    Attributes
    ----------
    flag : str
        The check, one of `FlagName`.
    unit : hashable
        The desk; (desk, day) where days are judged; (agency, mode, other mode) for modes.
    observed, expected : float or None
        What was found and what the model expects of a clean unit, in the unit that the check's docstring names.
    statistic : float or None
        Standardised distance between the two.
    p_value : float or None
        Probability of so much under the model, one-sided unless the check says otherwise.
    adjusted_p : float or None
        Adjusted over all told units of the call (Benjamini and Hochberg 1995).
    raised : bool
        `adjusted_p` is at most the false-discovery rate asked for.
    n : int
        Forms, days or counts that were looked at.
    why : str or None
        Why nothing can be told; then all numbers but `n` and perhaps `observed` are None.
    ci_low, ci_high : float or None
        Confidence interval of `observed`, for differences of modes.
    """

    flag: FlagName
    unit: Hashable
    observed: float | None
    expected: float | None
    statistic: float | None
    p_value: float | None
    adjusted_p: float | None
    raised: bool
    n: int
    why: Why | None = None
    ci_low: float | None = None
    ci_high: float | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """Parallel columns of the units of one check before they are adjusted."""

    observed: ArrayLike
    expected: ArrayLike
    statistic: ArrayLike
    p_value: ArrayLike
    n: ArrayLike
    ci_low: ArrayLike = np.nan
    ci_high: ArrayLike = np.nan


def adjusted(flag: FlagName, units: Sequence[Hashable], evidence: Evidence, *, why: Sequence[Why | None], rate: float) -> tuple[Flag, ...]:
    """Flags of one check, their p-values adjusted by Benjamini and Hochberg over the units that can be told; else only n and `observed`."""
    if not 0 < rate < 1:
        raise AnalysisError("false_discovery_rate", got=f"{rate:g}", expected="a number strictly between 0 and 1")
    told = np.array([reason is None for reason in why], dtype=bool)
    names = ("expected", "statistic", "p_value", "ci_low", "ci_high")
    columns = {name: np.where(told, np.asarray(getattr(evidence, name), dtype=float), np.nan) for name in names}
    observed, n = np.asarray(evidence.observed, dtype=float), np.asarray(evidence.n)
    over_units = np.full(told.shape, np.nan)
    if told.any():
        over_units[told] = stats.false_discovery_control(columns["p_value"][told])
    return tuple(
        Flag(
            flag=flag,
            unit=unit,
            observed=_known(observed[i]),
            adjusted_p=_known(over_units[i]),
            raised=bool(over_units[i] <= rate),
            n=int(n[i]),
            why=why[i],
            **{name: _known(column[i]) for name, column in columns.items()},
        )
        for i, unit in enumerate(units)
    )


def any_flag(*checks: Iterable[Flag], false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether any check speaks against a desk, with the error of the whole family held.

    Within a check the least p-value of a desk (over its days, or pairs of modes) is multiplied by their number, over the checks by the
    number of checks that could be told (Bonferroni; holds whatever their dependence), and over desks adjusted by Benjamini and Hochberg.

    Parameters
    ----------
    *checks : iterables of Flag
        What the checks returned. The first part of a unit of several parts is taken for the desk.
    false_discovery_rate : float
        Flags are raised up to this adjusted p-value.

    Returns
    -------
    tuple of Flag
        One a desk, in the order of their first appearance: `observed` the checks that are raised by themselves, `expected` None,
        `statistic` None, `n` the checks that could be told; ``nothing_told`` where none could.

    Raises
    ------
    AnalysisError
        A rate outside (0, 1).

    References
    ----------
    Bonferroni (1936); Benjamini and Hochberg (1995).

    Examples
    --------
    >>> quiet = Flag("too_fast", "x", 3, 2.5, 0.3, 0.4, 0.4, False, 50)
    >>> loud = Flag("burst", ("x", 7), 40, 5, 9.0, 0.001, 0.01, True, 1)
    >>> (found,) = any_flag([quiet], [loud])
    >>> found.unit, found.p_value, found.n, found.raised
    ('x', 0.002, 2, True)
    """
    of_desk: dict[Hashable, dict[str, list[Flag]]] = defaultdict(lambda: defaultdict(list))
    for check in checks:
        for flag in check:
            of_desk[flag.unit[0] if isinstance(flag.unit, tuple) else flag.unit][flag.flag].append(flag)
    least = [[p for flags in of_check.values() if (p := _least(flags)) is not None] for of_check in of_desk.values()]
    raised = [sum(any(f.raised for f in flags) for flags in of_check.values()) for of_check in of_desk.values()]
    p_values = [min(1.0, len(ps) * min(ps)) if ps else np.nan for ps in least]
    why: list[Why | None] = [None if ps else "nothing_told" for ps in least]
    evidence = Evidence(observed=raised, expected=np.nan, statistic=np.nan, p_value=p_values, n=[len(ps) for ps in least])
    return adjusted("any", list(of_desk), evidence, why=why, rate=false_discovery_rate)


def plain(labels: NDArray[Any]) -> list[Hashable]:
    """Labels as Python's own values, so that a reader sees 'D7' and not np.str_('D7')."""
    values: list[Hashable] = labels.tolist()
    return values


def enough(n: ArrayLike, least: int, reason: Why) -> list[Why | None]:
    """The reason wherever n is below the least."""
    return [None if count >= least else reason for count in np.asarray(n)]


def sums(values: ArrayLike, codes: NDArray[np.int64], length: int) -> FloatArray:
    """Sums of the values by code."""
    found = np.bincount(codes, weights=np.asarray(values, dtype=float), minlength=length)
    return found.astype(float)


def _least(flags: list[Flag]) -> float | None:
    found = [flag.p_value for flag in flags if flag.p_value is not None]
    return min(1.0, len(found) * min(found)) if found else None


def _known(number: float) -> float | None:
    return None if isnan(number) else float(number)
