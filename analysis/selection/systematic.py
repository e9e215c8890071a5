"""Systematic samples, with equal probabilities or proportional to size."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray
from analysis.selection.draw import Draw, Selected
from analysis.selection.frame import (
    checked_sizes,
    count_within,
    labels_of,
    sorted_frame,
    sorted_labels,
)
from analysis.selection.simple import simple_sample
from analysis.selection.streams import uniform_number

#: A unit within this of the step is taken with certainty, lest rounding take it twice.
CERTAIN = 1 - 1e-12


def draw_systematic(
    ids: ArrayLike, n: int, *, seed: int, sizes: ArrayLike | None = None, sort_by: ArrayLike | None = None, reserves: int = 0
) -> Draw:
    """A systematic sample from a random start, with equal probabilities or with probabilities proportional to size.

    With step s = Σ size / n those are drawn in whose part of the cumulated sizes a point u s, (1 + u) s, (2 + u) s … lies, u uniform in
    [0, 1). Who is as large as the step is drawn with certainty, and the step made anew for the others: probability
    min(1, n' size / Σ' size).

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    n : int
        From 1 to N.
    seed : int
        0 or more.
    sizes : (N,) floats, optional
        Positive. Default: 1.
    sort_by : (N,) labels, optional
        Orders the list before the id does, so that the draw spreads evenly over it (agency, date). Default: by id alone.
    reserves : int
        Length of the replacement list: a simple random order of those not drawn.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a size that is not positive, or a number outside its range.

    References
    ----------
    Madow (1949); Särndal, Swensson and Wretman (1992), 3.4 and 3.6.

    Examples
    --------
    >>> draw = draw_systematic(["a", "b", "c", "d"], 2, seed=1, sizes=[1, 1, 1, 9])
    >>> [(one.id, round(one.probability, 4)) for one in draw.selected]
    [('a', 0.3333), ('d', 1.0)]
    """
    frame = sorted_frame(ids)
    place = {label: i for i, label in enumerate(labels_of("ids", ids, rows=len(frame)))}
    size = dict(zip(place, checked_sizes(sizes, len(frame)).tolist(), strict=True))
    if sort_by is not None:
        groups = labels_of("sort_by", sort_by, rows=len(frame))
        frame = sorted_labels("sort_by", frame, lambda label: (groups[place[label]], label))
    chances = systematic_chances(
        np.array([size[label] for label in frame]), count_within("n", n, len(frame)), uniform_number(seed, "start")
    )
    selected = tuple(Selected(label, None, None, chance) for label, chance in zip(frame, chances.tolist(), strict=True) if chance > 0)
    left = sorted(set(frame) - {one.id for one in selected})
    return Draw(seed, selected, (simple_sample(left, 0, seed=seed, reserves=reserves)[1],))


def systematic_chances(sizes: FloatArray, n: int, start: float) -> FloatArray:
    """(N,) probability of each that is drawn, 0 for the others."""
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        rest, left = np.where(certain, 0.0, sizes), n - int(certain.sum())
        too_large = ~certain & (rest * left >= rest.sum() * CERTAIN)
        if left == 0 or not too_large.any():
            break
        certain |= too_large
    chances = certain.astype(float)
    if left > 0:
        step = rest.sum() / left
        hit = np.searchsorted(np.cumsum(rest), (start + np.arange(left)) * step, side="right")
        hit = np.minimum(hit, np.flatnonzero(rest)[-1])  # the last point may round up to the sum
        chances[hit] = rest[hit] / step
    return chances
