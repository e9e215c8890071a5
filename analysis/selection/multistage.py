"""Sampling units first, then people in each unit drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray
from analysis.errors import AnalysisError
from analysis.selection.draw import Draw, joined
from analysis.selection.frame import (
    checked_counts,
    count_within,
    labels_of,
    sorted_groups,
)
from analysis.selection.simple import simple_sample
from analysis.selection.streams import uniform_number
from analysis.selection.systematic import systematic_chances


def draw_multistage(
    ids: ArrayLike,
    *,
    units: ArrayLike,
    unit_count: int | Mapping[Any, int],
    people: int,
    seed: int,
    strata: ArrayLike | None = None,
    proportional_to_size: bool = True,
    reserves: int = 0,
) -> Draw:
    """Sampling units first (agencies, villages, desk-days), then people in each unit drawn, within strata.

    Units are drawn systematically with probability proportional to their people (then everyone's probability is about the same),
    or simply at random; people simply at random. The probability is that of the unit times that within the unit.

    Parameters
    ----------
    ids : (N,) labels
        The frame of people: text or numbers, each once.
    units : (N,) labels
        The unit of each; a unit lies in one stratum.
    unit_count : int or mapping
        Units to draw, in each stratum or stratum by stratum.
    people : int
        People to draw in each unit; a smaller unit is taken whole.
    seed : int
        0 or more.
    strata : (N,) labels, optional
        Default: none.
    proportional_to_size : bool
    reserves : int
        Length of the replacement list of each unit drawn.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a unit in two strata, more units than there are, or a number outside its range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 4.3 and 4.4; Kish (1965), chapter 7.

    Examples
    --------
    >>> draw = draw_multistage(range(6), units=["u", "u", "u", "u", "v", "v"], unit_count=1, people=2, seed=1)
    >>> [(one.unit, one.id, round(one.probability, 4)) for one in draw.selected]
    [('u', 3, 0.3333), ('u', 0, 0.3333)]
    """
    members = sorted_groups("units", units, ids)
    stratum_of = _stratum_of_unit(units, strata)
    frames: dict[Any, list[Any]] = {}
    for unit in members:
        frames.setdefault(stratum_of[unit], []).append(unit)
    frames = {label: frames[label] for label in sorted(frames, key=str)}
    counts = checked_counts("unit_count", unit_count, frames) if isinstance(unit_count, Mapping) else dict.fromkeys(frames, unit_count)
    wanted = count_within("people", people, None)
    drawn = []
    for stratum, frame in frames.items():
        sizes = np.array([len(members[unit]) if proportional_to_size else 1.0 for unit in frame])
        for unit, chance in _units(frame, sizes, count_within("unit_count", counts[stratum], len(frame)), seed=seed, stratum=stratum):
            n = min(wanted, len(members[unit]))
            drawn.append(simple_sample(members[unit], n, seed=seed, reserves=reserves, stratum=stratum, unit=unit, chance=chance))
    return joined(seed, drawn)


def _units(frame: list[Any], sizes: FloatArray, n: int, *, seed: int, stratum: Any) -> list[tuple[Any, float]]:
    """Units drawn, with their probabilities. Equal sizes are drawn at random, which knows no unlucky order of the list."""
    if (sizes == 1).all():
        return [(one.id, one.probability) for one in simple_sample(frame, n, seed=seed, reserves=0, stratum=stratum)[0]]
    chances = systematic_chances(sizes, n, uniform_number(seed, "units", stratum))
    return [(unit, chance) for unit, chance in zip(frame, chances.tolist(), strict=True) if chance > 0]


def _stratum_of_unit(units: ArrayLike, strata: ArrayLike | None) -> dict[Any, Any]:
    names = labels_of("units", units)
    if strata is None:
        return dict.fromkeys(names)
    stratum_of: dict[Any, Any] = {}
    for row, (unit, stratum) in enumerate(zip(names, labels_of("strata", strata, rows=len(names)), strict=True)):
        if stratum_of.setdefault(unit, stratum) != stratum:
            got = f"unit {unit} in the strata {stratum_of[unit]} and {stratum}"
            raise AnalysisError("units", got=got, expected="every unit in one stratum", row=row)
    return stratum_of
