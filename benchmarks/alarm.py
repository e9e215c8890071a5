"""How often the alarm cries wolf, and how soon it finds a real fall.

    .venv/bin/python -m benchmarks.alarm --replicates 2000

Simulated: one agency; a Poisson number of people a day answers 5 criteria each (the short form); one person's answers correlate (0.4),
and so do the people of one day; days are independent unless a memory (the correlation of one day with the next) is given. The reference
period tells the baseline and, unless "known", the design effect; then come 90 days without change, or a fall after the 30th of 60.
False alarms: share of series with at least one alarm (low or high) in the 90 days. Found: share of series with an alarm to the low side
within so many days after the fall, among those without one before.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.alarm import AlarmChart, alarm_chart, control_limit
from benchmarks.coverage import beta

CRITERIA = 5
MONITORED = 90
BEFORE_FALL = 30
WITHIN = (10, 20, 30)
FALLS = (0.05, 0.10)


@dataclass(frozen=True)
class Scenario:
    people_a_day: float = 10
    share: float = 0.8
    person_correlation: float = 0.4
    day_correlation: float = 0.0
    memory: float = 0.0
    reference_days: int = 60
    smoothing: float = 0.1
    known_design_effect: bool = False

    @property
    def design_effect(self) -> float:
        """The true d at days of average size: what pooling over many agencies would find."""
        person = (1 + (CRITERIA - 1) * self.person_correlation) / CRITERIA
        return person * (1 - self.day_correlation) + self.day_correlation * self.people_a_day


@dataclass(frozen=True)
class Result:
    """Shares of series: with a false alarm to each side, with either, and found within each of `WITHIN` days of each fall."""

    low: float
    high: float
    either: float
    found: dict[float, list[float]]


def simulate(scenario: Scenario, *, replicates: int, seed: int, falls: tuple[float, ...] = FALLS) -> Result:
    rng = np.random.default_rng(seed)
    quiet = [[p.alarm for p in chart.points] for chart in charts(rng, scenario, replicates, fall=0.0, monitored=MONITORED)]
    low, high = (np.array([side in alarms for alarms in quiet]) for side in ("low", "high"))
    found = {fall: delays(rng, scenario, replicates, fall) for fall in falls}
    return Result(low.mean(), high.mean(), (low | high).mean(), {f: [float((d <= w).mean()) for w in WITHIN] for f, d in found.items()})


def delays(rng: np.random.Generator, scenario: Scenario, replicates: int, fall: float) -> np.ndarray:
    """Days from the fall to the first alarm to the low side, over the series without one before it."""
    found = []
    for chart in charts(rng, scenario, replicates, fall=fall, monitored=BEFORE_FALL + max(WITHIN)):
        first = next((p.day for p in chart.points if p.alarm == "low"), np.inf)
        found.append(first - scenario.reference_days - BEFORE_FALL + 1)
    delay = np.array(found)
    return delay[delay >= 1]


def charts(rng: np.random.Generator, scenario: Scenario, replicates: int, *, fall: float, monitored: int) -> list[AlarmChart]:
    s, days = scenario, scenario.reference_days + monitored
    expected = np.full((replicates, days), s.share)
    expected[:, s.reference_days + BEFORE_FALL :] -= fall
    people = rng.poisson(s.people_a_day, (replicates, days))
    of_day = day_shares(rng, expected, s.day_correlation, s.memory) if s.day_correlation else expected
    of_person = beta(rng, np.repeat(of_day.ravel(), people.ravel()), s.person_correlation)
    day_of_person = np.repeat(np.arange(replicates * days), people.ravel())
    answers = rng.binomial(CRITERIA, of_person)
    satisfied = np.bincount(day_of_person, weights=answers, minlength=replicates * days).reshape(replicates, days)
    given = s.design_effect if s.known_design_effect else None
    return [
        alarm_chart(
            np.arange(days), satisfied=y, valid=CRITERIA * n, respondents=n,
            monitored_from=s.reference_days, design_effect=given, smoothing=s.smoothing,
        )
        for y, n in zip(satisfied, people, strict=True)
    ]  # fmt: skip


def day_shares(rng: np.random.Generator, expected: np.ndarray, correlation: float, memory: float) -> np.ndarray:
    """Beta shares of the days; with a memory, those of successive days correlate (a normal series with lag-1 correlation `memory`)."""
    normal = rng.standard_normal(expected.shape)
    for day in range(1, expected.shape[1]):
        normal[:, day] = memory * normal[:, day - 1] + np.sqrt(1 - memory**2) * normal[:, day]
    total = (1 - correlation) / correlation
    return np.clip(special.betaincinv(expected * total, (1 - expected) * total, special.ndtr(normal)), 1e-9, 1 - 1e-9)


GRID = [
    Scenario(people_a_day=people, share=share, day_correlation=day)
    for people in (3, 10, 30)
    for share in (0.8, 0.95)
    for day in (0.0, 0.05)
]
OTHERS = [
    Scenario(day_correlation=0.05, memory=0.3),
    Scenario(day_correlation=0.05, memory=0.6),
    Scenario(day_correlation=0.05, smoothing=1.0),
    Scenario(day_correlation=0.05, smoothing=0.2),
    Scenario(day_correlation=0.05, smoothing=0.05),
    Scenario(day_correlation=0.05, reference_days=20),
    Scenario(day_correlation=0.05, reference_days=20, known_design_effect=True),
    Scenario(day_correlation=0.05, known_design_effect=True),
]


def row(scenario: Scenario, result: Result) -> str:
    s, d = scenario, "known" if scenario.known_design_effect else "own"
    day = f"{s.day_correlation}, memory {s.memory}" if s.memory else f"{s.day_correlation}"
    what = f"| {s.people_a_day} | {100 * s.share:.0f} % | {day} | {s.smoothing} | {s.reference_days}, d {d} "
    falls = " | ".join(", ".join(f"{100 * found:.0f}" for found in result.found[fall]) + " %" for fall in FALLS)
    return what + f"| {100 * result.low:.1f} + {100 * result.high:.1f}: {100 * result.either:.1f} % | {falls} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=500, help="simulated series in each cell, for each fall")
    parser.add_argument("--seed", type=int, default=2021)
    options = parser.parse_args()
    planned = control_limit()
    print(
        f"Planned: 5 % in 90 days, {planned.limit:.3f} standard deviations, mean {planned.average_run_length:.0f} days to a false alarm.\n"
    )
    within = ", ".join(str(days) for days in WITHIN)
    falls = " | ".join(f"fall of {100 * fall:.0f} points found within {within} days" for fall in FALLS)
    print(
        f"| people a day | share | day correlation | smoothing | reference days | false alarms in 90 days (low + high: either) | {falls} |"
    )
    print("|---" * (6 + len(FALLS)) + "|")
    for number, scenario in enumerate([*GRID, *OTHERS]):
        print(row(scenario, simulate(scenario, replicates=options.replicates, seed=options.seed + number)), flush=True)


if __name__ == "__main__":
    main()
