"""Is a change seen as often as the plan says?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.sample_size import planned_deff, power_of_change, size_for_change

WAVES = 4000
ITEMS, CORRELATION, DAY, DAY_CORRELATION = 5, 0.3, 8, 0.05


def wave(rng: np.random.Generator, share: float, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Index and its variance over desk-days in WAVES waves: normal scores with the planned correlations of items and of people."""
    of_day = np.sqrt(DAY_CORRELATION) * rng.normal(size=(WAVES, days))
    answers = np.sqrt(CORRELATION + (1 - CORRELATION) / ITEMS)
    of_people = np.sqrt((1 - DAY_CORRELATION) / DAY) * rng.normal(size=(WAVES, days))
    scores = share + np.sqrt(share * (1 - share)) * answers * (of_day + of_people)
    return scores.mean(axis=1), scores.var(axis=1, ddof=1) / days


@pytest.mark.parametrize(("before", "after", "power"), [(0.80, 0.85, 0.8), (0.70, 0.66, 0.5), (0.9, 0.93, 0.9)])
def test_the_planned_size_sees_the_change_as_often_as_planned(before: float, after: float, power: float) -> None:
    deff = planned_deff(items=ITEMS, item_correlation=CORRELATION, unit_size=DAY, unit_correlation=DAY_CORRELATION)
    days = round(size_for_change(before, after, power=power, deff=deff).n / DAY)
    planned = power_of_change(before, after, n_before=days * DAY, n_after=days * DAY, deff=deff)
    rng = np.random.default_rng(19)
    (p1, v1), (p2, v2) = wave(rng, before, days), wave(rng, after, days)
    seen = (np.abs(p2 - p1) > stats.norm.ppf(0.975) * np.sqrt(v1 + v2)).mean()
    assert seen == pytest.approx(planned, abs=4 * np.sqrt(power * (1 - power) / WAVES))
    assert abs(planned - power) < 0.02
    unaware = size_for_change(before, after, power=power).n  # one answer a person, no desk-days: another plan
    assert abs(unaware / (days * DAY) - 1) > 0.3


def test_single_answers_of_independent_people_are_binomial() -> None:
    n = size_for_change(0.80, 0.86).n
    rng = np.random.default_rng(23)
    first, second = rng.binomial(n, 0.80, WAVES * 5) / n, rng.binomial(n, 0.86, WAVES * 5) / n
    se = np.sqrt((first * (1 - first) + second * (1 - second)) / n)
    seen = (np.abs(second - first) > stats.norm.ppf(0.975) * se).mean()
    assert seen == pytest.approx(0.8, abs=0.015)
