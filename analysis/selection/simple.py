"""Simple random samples, of all or of each stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.selection.draw import Draw, Reserve, Selected, joined
from analysis.selection.frame import (
    checked_counts,
    count_within,
    sorted_frame,
    sorted_groups,
)
from analysis.selection.streams import random_numbers


def draw_simple(ids: ArrayLike, n: int, *, seed: int, reserves: int = 0) -> Draw:
    """A simple random sample without replacement; everybody's probability is n / N.

    The first n of a random order, then the reserves: with a larger n the same people are drawn, and more.

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    n : int
        From 1 to N.
    seed : int
        0 or more.
    reserves : int
        Length of the replacement list; shorter where the frame ends.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, or a number outside its range.

    References
    ----------
    Sunter (1977); Tillé (2006), Sampling algorithms, 4.4 (random sorting).

    Examples
    --------
    >>> draw = draw_simple(["an", "binh", "chi", "dung", "em"], 2, seed=1, reserves=2)
    >>> draw.ids, draw.selected[0].probability, draw.reserves[0].ids
    (('an', 'chi'), 0.4, ('em', 'binh'))
    """
    frame = sorted_frame(ids)
    selected, reserve = simple_sample(frame, count_within("n", n, len(frame)), seed=seed, reserves=reserves)
    return Draw(seed, selected, (reserve,))


def draw_stratified(ids: ArrayLike, *, strata: ArrayLike, sizes: Mapping[Any, int], seed: int, reserves: int = 0) -> Draw:
    """A simple random sample in each stratum, e.g. as `analysis.sample_size.allocate` divided them: probability n_h / N_h.

    Strata are drawn apart: a change in one leaves the draws in the others as they were.

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    strata : (N,) labels
    sizes : mapping
        Stratum → n_h, from 0 to N_h; exactly the strata of the frame.
    seed : int
        0 or more.
    reserves : int
        Length of each stratum's replacement list.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a stratum without size or a size without stratum, or a number outside its range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 3.7.

    Examples
    --------
    >>> draw = draw_stratified([1, 2, 3, 4], strata=["x", "x", "y", "y"], sizes={"x": 1, "y": 2}, seed=1, reserves=1)
    >>> [(one.stratum, one.id, one.weight) for one in draw.selected], draw.reserves[0].ids
    ([('x', 2, 2.0), ('y', 3, 1.0), ('y', 4, 1.0)], (1,))
    """
    groups = sorted_groups("strata", strata, ids)
    counts = checked_counts("sizes", sizes, groups)
    drawn = [
        simple_sample(
            frame, count_within(f"sizes[{label!r}]", counts[label], len(frame), least=0), seed=seed, reserves=reserves, stratum=label
        )
        for label, frame in groups.items()
    ]
    return joined(seed, drawn)


def simple_sample(
    frame: Sequence[Any], n: int, *, seed: int, reserves: int, stratum: Any = None, unit: Any = None, chance: float = 1.0
) -> tuple[tuple[Selected, ...], Reserve]:
    """The first n of a random order of the sorted frame, and the reserves that follow."""
    last = n + count_within("reserves", reserves, None, least=0)
    order = np.argsort(random_numbers(seed, "people", stratum, unit, count=len(frame)), kind="stable").tolist()
    selected = tuple(Selected(frame[i], stratum, unit, chance * (n / len(frame))) for i in order[:n])
    return selected, Reserve(stratum, unit, tuple(frame[i] for i in order[n:last]))
