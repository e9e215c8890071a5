"""What must hold of every draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.selection import Draw, draw_multistage, draw_simple, draw_stratified, draw_systematic

seeds = st.integers(0, 2**64)
WAYS = ("simple", "systematic", "by_size", "stratified", "multistage")


def frame_of(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed % 2**32)
    people = int(rng.integers(4, 80))
    units = rng.integers(0, 6, people)
    return {"ids": rng.permutation(1000)[:people], "strata": units % 2, "units": units, "sizes": rng.uniform(0.1, 50, people)}


def drawn(way: str, frame: dict[str, np.ndarray], seed: int) -> Draw:
    ids, strata, units = frame["ids"], frame["strata"], frame["units"]
    n = 1 + seed % len(ids)
    if way == "simple":
        return draw_simple(ids, n, seed=seed, reserves=4)
    if way == "systematic":
        return draw_systematic(ids, n, seed=seed, sort_by=units, reserves=4)
    if way == "by_size":
        return draw_systematic(ids, n, seed=seed, sizes=frame["sizes"], reserves=4)
    if way == "stratified":
        sizes = {
            label: seed % (count + 1) for label, count in zip(*map(np.ndarray.tolist, np.unique(strata, return_counts=True)), strict=True)
        }
        return draw_stratified(ids, strata=strata, sizes=sizes, seed=seed, reserves=4)
    count = {label: 1 + seed % len(np.unique(units[strata == label])) for label in np.unique(strata).tolist()}
    return draw_multistage(ids, units=units, strata=strata, unit_count=count, people=3, seed=seed, reserves=4)


@pytest.mark.parametrize("way", WAYS)
@given(seed=seeds)
def test_everybody_is_drawn_or_in_reserve_at_most_once(way: str, seed: int) -> None:
    draw = drawn(way, frame_of(seed), seed)
    everybody = [*draw.ids, *(one for reserve in draw.reserves for one in reserve.ids)]
    assert len(set(everybody)) == len(everybody)
    assert set(everybody) <= set(frame_of(seed)["ids"].tolist())
    assert all(0 < one.probability <= 1 for one in draw.selected)


@pytest.mark.parametrize("way", WAYS)
@given(seed=seeds)
def test_the_order_of_the_frame_does_not_matter(way: str, seed: int) -> None:
    frame = frame_of(seed)
    order = np.random.default_rng(seed % 2**32 + 1).permutation(len(frame["ids"]))
    assert drawn(way, {name: column[order] for name, column in frame.items()}, seed) == drawn(way, frame, seed)


@pytest.mark.parametrize("way", ["simple", "systematic", "by_size"])
@given(seed=seeds)
def test_as_many_are_drawn_as_were_asked_for(way: str, seed: int) -> None:
    frame = frame_of(seed)
    assert len(drawn(way, frame, seed).ids) == 1 + seed % len(frame["ids"])


@given(seed=seeds)
def test_weights_add_up_to_the_frame(seed: int) -> None:
    frame = frame_of(seed)
    for way in ("simple", "systematic"):
        assert sum(one.weight for one in drawn(way, frame, seed).selected) == pytest.approx(len(frame["ids"]))
    stratified = drawn("stratified", frame, seed)
    for stratum in {one.stratum for one in stratified.selected}:
        weights = [one.weight for one in stratified.selected if one.stratum == stratum]
        assert sum(weights) == pytest.approx((frame["strata"] == stratum).sum())


@given(seed=seeds, more=st.integers(1, 5))
def test_the_reserves_are_whom_a_larger_draw_would_have_taken(seed: int, more: int) -> None:
    ids = frame_of(seed)["ids"]
    n = 1 + seed % len(ids)
    draw = draw_simple(ids, n, seed=seed, reserves=more)
    larger = draw_simple(ids, min(n + more, len(ids)), seed=seed)
    assert draw.ids + draw.reserves[0].ids == larger.ids
