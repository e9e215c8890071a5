"""Covariances from moments are those of `index_covariance`; test_covariance_equals_r.py proves these against R."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import Design, Domains, Measures, Moments, UnitTotals, index_covariance, moments_covariance

M = Measures.of({"A1": "A", "A2": "A", "B1": "B"}, general=("G1",))


def people(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    ratings = chance.integers(0, 6, (rows, 4))
    return ratings, chance.integers(0, 3, rows), chance.integers(0, 4, rows), chance.uniform(0.5, 3, rows)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("finite", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_covariances_of_groups_that_cross_strata_and_of_the_whole_are_those_of_the_people(seed: int, finite: bool, weighted: bool) -> None:
    ratings, stratum, agency, w = people(120, seed)
    stratum[0] = 9  # a stratum of one person
    population = np.bincount(stratum)[stratum] * 4.0
    cell = stratum * 10 + agency
    domains = Domains.together(Domains.by(agency)[0], Domains.whole(120))
    design = Design.of(120, strata=stratum, weights=w if weighted else None, fpc=population if finite else None)
    expected = index_covariance(UnitTotals.from_ratings(M, ratings), measures=M, design=design, domains=domains)
    moments = Moments.from_ratings(M, ratings, groups=cell, weights=w if weighted else None)
    of_cells = Domains.of(len(moments.labels), [*(moments.labels % 10 == a for a in range(4)), moments.labels >= 0])
    strata = moments.labels // 10
    fpc = np.array([population[stratum == h][0] for h in strata]) if finite else None
    found = moments_covariance(moments, measures=M, strata=strata, domains=of_cells, fpc=fpc)
    assert found.shape == expected.shape == (len(M.columns), 5, 5)
    np.testing.assert_allclose(found, expected, atol=1e-15, rtol=1e-9)


def test_of_a_domain_without_answers_nothing_is_told() -> None:
    moments = Moments.from_ratings(M, [[5, 4, 3, 5], [2, 4, 5, 1], [0, 0, 0, 0]], groups=["a", "a", "b"])
    found = moments_covariance(moments, measures=M, strata=["", ""], domains=Domains.of(2, [[0], [1], []]), columns=[0, 5])
    assert np.isfinite(found[:, 0, 0]).all()
    assert np.isnan(found[:, 1:, :]).all()
    assert np.isnan(found[:, :, 1:]).all()
    assert moments_covariance(moments, measures=M, strata=["", ""], domains=Domains.of(2, [])).shape == (len(M.columns), 0, 0)
