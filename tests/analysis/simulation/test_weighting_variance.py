"""Do the standard errors of calibrated indices tell how far they vary from sample to sample?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from analysis import Design, Domains, Measures, UnitTotals, index_table
from analysis.weighting import Calibration, calibrate, calibrated_index_table, post_stratify, rake

MEASURES = Measures.of({"A1": "A"})
REPLICATES = 150
POPULATION = 20_000


@dataclass(frozen=True)
class Town:
    """Satisfaction differs much by sex and by age; the old are sampled three times as often."""

    sex: np.ndarray
    age: np.ndarray
    satisfied: np.ndarray
    chance: np.ndarray

    @classmethod
    def of(cls, rng: np.random.Generator) -> Town:
        sex, age = rng.choice(["F", "M"], POPULATION), rng.choice(["old", "young"], POPULATION, p=[0.3, 0.7])
        share = np.select([(sex == "F") & (age == "old"), sex == "F", age == "old"], [0.95, 0.75, 0.6], default=0.25)
        chance = np.where(age == "old", 3.0, 1.0)
        return cls(sex, age, rng.random(POPULATION) < share, 400 * chance / chance.sum())

    def counts(self, *names: str) -> dict[str, float]:
        labels = np.array(["".join(cell) for cell in zip(*(getattr(self, name) for name in names), strict=True)])
        return dict(zip(*map(np.ndarray.tolist, np.unique(labels, return_counts=True)), strict=True))


def calibration(way: str, known: dict[str, dict[str, float]], weights: np.ndarray, sex: np.ndarray, age: np.ndarray) -> Calibration:
    if way == "post_stratify":
        return post_stratify(weights, cells=np.char.add(sex, age), population=known["cells"])
    margins = {"sex": known["sex"], "age": known["age"]}
    if way == "rake":
        return rake(weights, variables={"sex": sex, "age": age}, margins=margins)
    return calibrate(weights, variables={"sex": sex, "age": age}, margins=margins, distance=way)


@pytest.mark.parametrize("way", ["post_stratify", "rake", "linear"])
def test_the_estimated_variance_is_that_over_samples_and_weights_taken_as_given_overstate_it(way: str) -> None:
    rng = np.random.default_rng(71)
    town = Town.of(rng)
    known = {"sex": town.counts("sex"), "age": town.counts("age"), "cells": town.counts("sex", "age")}
    found = []
    for _ in range(REPLICATES):
        rows = np.flatnonzero(rng.random(POPULATION) < town.chance)
        totals = UnitTotals.from_ratings(MEASURES, np.where(town.satisfied[rows], 5.0, 1.0)[:, None])
        weighted = calibration(way, known, 1 / town.chance[rows], town.sex[rows], town.age[rows])
        design, whole = Design.of(len(rows)), Domains.whole(len(rows))
        table = calibrated_index_table(totals, measures=MEASURES, design=design, domains=whole, calibration=weighted)
        given = index_table(totals, measures=MEASURES, design=weighted.applied_to(design), domains=whole)
        found.append((table.share[0, 0], table.variance[0, 0], given.variance[0, 0]))
    share, variance, given = np.array(found).T
    true = share.var(ddof=1)
    noise = np.sqrt(2 / REPLICATES)  # relative standard error of a variance of normal numbers
    assert abs(share.mean() - town.satisfied.mean()) < 4 * np.sqrt(true / REPLICATES)
    assert abs(variance.mean() / true - 1) < 3 * noise
    assert given.mean() / true > 1 + 3 * noise
