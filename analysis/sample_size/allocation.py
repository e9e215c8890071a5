"""How to divide people among agencies and levels of administration."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Literal, TypeVar, get_args

import numpy as np

from analysis.coding import FloatArray, IntArray
from analysis.errors import AnalysisError
from analysis.sample_size.given import whole_population
from analysis.sample_size.size import NOISE

Label = TypeVar("Label", bound=Hashable)
AllocationMethod = Literal["proportional", "equal", "neyman"]


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
    labels, size = list(populations), np.array([float(whole_population(count, "populations")) for count in populations.values()])
    least = np.minimum([minimum[label] if isinstance(minimum, Mapping) else minimum for label in labels], size)
    if (least < 0).any():
        raise AnalysisError("minimum", got=f"{least.min():g}", expected="0 or more people in each stratum")
    if not least.sum() <= whole_population(n, "n") <= size.sum():
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
