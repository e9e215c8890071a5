"""What must hold of all calibrated weights."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis import Design, Domains, UnitTotals, index_table
from analysis.weighting import Calibration, calibrate, calibrated_index_table, post_stratify, rake
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

seeds = st.integers(0, 2**32 - 1)


def known_town(seed: int) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, dict[str, float]]]:
    """A sample with everyone of 2 × 3 categories in it, and margins of a population that has them all."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 60))
    sex, age = np.resize(["F", "M"], n), np.resize(["a", "b", "c"], n)
    town = rng.uniform(1, 100, (2, 3))
    margins = {
        "sex": dict(zip(["F", "M"], town.sum(axis=1).tolist(), strict=True)),
        "age": dict(zip(["a", "b", "c"], town.sum(axis=0).tolist(), strict=True)),
    }
    return rng.uniform(0.2, 5, n), {"sex": sex, "age": age}, margins


def ways(seed: int) -> list[Calibration]:
    weights, variables, margins = known_town(seed)
    return [
        rake(weights, variables=variables, margins=margins),
        calibrate(weights, variables=variables, margins=margins),
        calibrate(weights, variables=variables, margins=margins, distance="raking"),
    ]


@given(seeds)
def test_every_margin_is_met(seed: int) -> None:
    _, variables, margins = known_town(seed)
    for found in ways(seed):
        assert found.report.converged
        assert found.report.design_effect >= 1 - 1e-12
        for name, margin in margins.items():
            for category, count in margin.items():
                np.testing.assert_allclose(found.weights[variables[name] == category].sum(), count, rtol=1e-8)


@given(seeds, st.floats(0.01, 100))
def test_the_scale_of_the_design_weights_does_not_matter(seed: int, factor: float) -> None:
    weights, variables, margins = known_town(seed)
    for one, other in (
        (rake(w, variables=variables, margins=margins), calibrate(w, variables=variables, margins=margins)) for w in (weights,)
    ):
        np.testing.assert_allclose(rake(weights * factor, variables=variables, margins=margins).weights, one.weights, rtol=1e-8)
        np.testing.assert_allclose(
            calibrate(weights * factor, variables=variables, margins=margins).weights, other.weights, rtol=1e-6, atol=1e-8
        )


@given(seeds)
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    weights, variables, margins = known_town(seed)
    order = np.random.default_rng(seed).permutation(len(weights))
    shuffled = rake(weights[order], variables={k: v[order] for k, v in variables.items()}, margins=margins)
    np.testing.assert_allclose(shuffled.weights, rake(weights, variables=variables, margins=margins).weights[order], rtol=1e-9)


@given(seeds)
def test_residuals_are_at_right_angles_to_what_is_known(seed: int) -> None:
    for found in ways(seed):
        residuals = found.residuals(np.random.default_rng(seed).normal(size=(len(found.weights), 2)))
        np.testing.assert_allclose(found.auxiliaries.T @ (found.importance[:, None] * residuals), 0, atol=1e-9)
        np.testing.assert_allclose(found.residuals(residuals), residuals, atol=1e-9)


@given(surveys())
def test_knowing_only_the_size_of_the_population_changes_nothing(survey: Survey) -> None:
    """One cell whose count is the sum of the weights: the same table as without, in every column and every rule."""
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings, form_weights=survey.form_weights)
    design = Design.of(len(survey.units), strata=survey.strata, clusters=survey.units, weights=survey.weights)
    domains, _ = Domains.by(survey.groups)
    size = post_stratify(survey.weights, cells=np.zeros(len(survey.units), dtype=int), population={0: survey.weights.sum()})
    ours = calibrated_index_table(totals, measures=MEASURES, design=design, domains=domains, calibration=size)
    plain = index_table(totals, measures=MEASURES, design=design, domains=domains)
    for name in ("share", "variance", "df", "respondents", "deff"):
        np.testing.assert_allclose(getattr(ours, name), getattr(plain, name), rtol=1e-7, atol=1e-12, equal_nan=True)
