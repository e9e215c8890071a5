"""Does the alarm cry wolf as seldom as it says, and does it find a fall? A part of benchmarks/alarm.py, small enough for every run."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.alarm import control_limit
from benchmarks.alarm import Scenario, simulate

REPLICATES = 250
PLANNED = 0.05
NOISE = np.sqrt(PLANNED * (1 - PLANNED) / REPLICATES)


def test_a_series_of_normal_days_gives_the_planned_false_alarms() -> None:
    """The limit against a plain simulation of what it promises: 20,000 series of 90 days."""
    rng, smoothing = np.random.default_rng(8), 0.1
    limit, z = control_limit(smoothing=smoothing, false_alarm_probability=PLANNED, in_days=90).limit, np.zeros(20_000)
    alarmed = np.zeros(20_000, dtype=bool)
    for day in range(1, 91):
        z = smoothing * rng.standard_normal(20_000) + (1 - smoothing) * z
        alarmed |= np.abs(z) > limit * np.sqrt(smoothing / (2 - smoothing) * (1 - (1 - smoothing) ** (2 * day)))
    assert alarmed.mean() == pytest.approx(PLANNED, abs=3 * np.sqrt(PLANNED * (1 - PLANNED) / 20_000))


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(people_a_day=3, share=0.95, day_correlation=0.05),
        Scenario(people_a_day=10, share=0.8, day_correlation=0.05),
        Scenario(people_a_day=30, share=0.95, day_correlation=0.05),
        Scenario(people_a_day=10, share=0.8, day_correlation=0.05, reference_days=20),
    ],
    ids=["three people a day", "ten", "thirty", "a short reference"],
)
def test_false_alarms_stay_under_the_plan_with_correlated_days_and_few_people(scenario: Scenario) -> None:
    assert simulate(scenario, replicates=REPLICATES, seed=4, falls=()).either < PLANNED + 2 * NOISE


def test_a_fall_of_ten_points_is_mostly_found_within_a_month_with_thirty_people_a_day() -> None:
    found = simulate(Scenario(people_a_day=30, day_correlation=0.02), replicates=100, seed=4, falls=(0.1,)).found[0.1]
    assert found == sorted(found)
    assert found[-1] > 0.8


def test_taking_answers_for_people_cries_wolf() -> None:
    """The same simulation finds out a chart that overlooks that a day's people, and a person's answers, are alike."""
    naive = Scenario(people_a_day=30, day_correlation=0.05, known_design_effect=True, person_correlation=0.6)
    honest = simulate(naive, replicates=100, seed=4, falls=()).either

    class Naive(Scenario):
        @property
        def design_effect(self) -> float:
            return 1 / 5

    overlooked = Naive(people_a_day=30, day_correlation=0.05, known_design_effect=True, person_correlation=0.6)
    assert honest < 0.12
    assert simulate(overlooked, replicates=100, seed=4, falls=()).either > 0.5
