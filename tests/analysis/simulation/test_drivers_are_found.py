"""Are the drivers of the overall rating found where they are, and none where there are none? A part of benchmarks/drivers.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drivers import EFFECTS, Study, nothing_to_find, recover, true_shares

REPLICATES = 120
PEOPLE = 400


@pytest.fixture(scope="module", params=[False, True], ids=["full forms", "short forms"])
def study(request: pytest.FixtureRequest) -> Study:
    return recover(PEOPLE, short=request.param, replicates=REPLICATES, seed=11, bootstrap=150)


@pytest.mark.parametrize("short", [False, True])
def test_the_true_shares_have_the_order_of_the_true_effects(short: bool) -> None:
    assert np.argsort(true_shares(short=short)).tolist() == np.argsort(EFFECTS).tolist()


def test_intervals_of_importance_cover_about_nominally(study: Study) -> None:
    """Nominal 95 %. One standard error of a dimension's coverage is 1.8 points, of the mean of five about 1."""
    by_dimension = study.covered.mean(axis=0)
    assert by_dimension.min() > 0.95 - 4 * np.sqrt(0.05 * 0.95 / REPLICATES)
    assert 0.915 < by_dimension.mean() < 0.99


def test_the_largest_driver_comes_out_largest_and_shares_have_little_bias(study: Study) -> None:
    assert study.first_found.mean() > 0.9
    assert np.abs(study.bias).max() < 0.02


def test_strong_drivers_are_called_and_firmly_important(study: Study) -> None:
    called, important = (dict(zip(EFFECTS, claimed.mean(axis=0), strict=True)) for claimed in (study.called, study.important))
    assert called[0.8] > 0.98
    assert called[0.5] > 0.8
    assert important[0.8] > 0.9


def test_what_has_no_effect_of_its_own_may_be_called_related_but_is_hardly_ever_firmly_important(study: Study) -> None:
    """The limit of the method: noise in the scores of the others leaves it a part of what they explain, most so on short forms."""
    called, important = (dict(zip(EFFECTS, claimed.mean(axis=0), strict=True)) for claimed in (study.called, study.important))
    assert 0.02 < called[0.0] < 0.7
    assert important[0.0] < 0.01


@pytest.mark.parametrize(("people", "short"), [(400, False), (120, True)], ids=["400 full forms", "120 short forms"])
def test_where_the_overall_rating_follows_nothing_hardly_anything_is_claimed(people: int, short: bool) -> None:
    """Only positive slopes and differences count, so the promise of 5 % is kept with room to spare."""
    alarms = nothing_to_find(people, short=short, replicates=80, seed=21)
    noise = 2 * np.sqrt(0.05 * 0.95 / 80)
    assert alarms.dimension_called < 0.05 + noise
    assert alarms.criterion_called < 0.05 + noise
    assert alarms.work_on_first < 0.05 + noise
