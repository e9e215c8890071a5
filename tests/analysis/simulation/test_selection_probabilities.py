"""Is everybody drawn as often as the draw says?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from analysis.selection import Draw, draw_multistage, draw_simple, draw_stratified, draw_systematic

SEEDS = 1000
IDS = [f"p{number:02d}" for number in range(20)]
SIZES = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 60, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
UNITS = ["u"] * 9 + ["v"] * 5 + ["w"] * 4 + ["x"] * 2

#: Everybody's probability by hand, and the draw.
WAYS: dict[str, tuple[list[float], Callable[[int], Draw]]] = {
    "simple": ([0.3] * 20, lambda seed: draw_simple(IDS, 6, seed=seed)),
    "systematic": ([0.35] * 20, lambda seed: draw_systematic(IDS, 7, seed=seed)),
    "by size, the largest for certain": (
        [1.0 if size == 60 else 3 * size / 100 for size in SIZES],
        lambda seed: draw_systematic(IDS, 4, seed=seed, sizes=SIZES),
    ),
    "stratified": (
        [0.2] * 10 + [0.7] * 10,
        lambda seed: draw_stratified(IDS, strata=["a"] * 10 + ["b"] * 10, sizes={"a": 2, "b": 7}, seed=seed),
    ),
    "units by size, then two people": ([0.2] * 20, lambda seed: draw_multistage(IDS, units=UNITS, unit_count=2, people=2, seed=seed)),
    "units at random, then two people": (
        [1 / 9] * 9 + [0.2] * 5 + [0.25] * 4 + [0.5] * 2,
        lambda seed: draw_multistage(IDS, units=UNITS, unit_count=2, people=2, seed=seed, proportional_to_size=False),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_everybody_is_drawn_with_the_stated_probability(way: str) -> None:
    expected, make = WAYS[way]
    times: Counter[str] = Counter()
    stated: dict[str, float] = {}
    for seed in range(SEEDS):
        draw = make(seed)
        times.update(draw.ids)
        stated |= {one.id: one.probability for one in draw.selected}
    p, share = np.array(expected), np.array([times[label] for label in IDS]) / SEEDS
    assert [stated[label] for label in IDS] == pytest.approx(expected)
    noise = np.sqrt(p * (1 - p) / SEEDS)
    assert (np.abs(share - p) <= 4.5 * noise).all()


def test_a_reserve_is_as_good_as_the_one_whom_it_replaces() -> None:
    """The first reserve of a stratum is anyone of those not drawn, equally often."""
    first = Counter(draw_stratified(IDS, strata=[0] * 20, sizes={0: 5}, seed=seed, reserves=1).reserves[0].ids[0] for seed in range(SEEDS))
    share = np.array([first[label] for label in IDS]) / SEEDS
    assert (np.abs(share - 0.05) <= 4.5 * np.sqrt(0.05 * 0.95 / SEEDS)).all()
