"""How well the drivers of the overall rating are found, and how quickly.

    .venv/bin/python -m benchmarks.drivers --replicates 300

Simulated: people of desk-days rate 23 criteria of 5 dimensions and the overall service. A person's five feelings hang together (a common
part, a part of the dimension, a part of the desk-day); the overall feeling is their weighted sum plus noise; a rating cuts a feeling plus
its own noise into 1 to 5. Full forms ask everything, short forms one criterion of each dimension. The true shares are those of one
simulated survey of 100,000 people of the same form. Counted: how often the bootstrap interval of a share covers it; how often the
largest driver comes out largest; how often STAFF (the largest) and FEEDBACK (no effect of its own, but correlated with what has) are called
related, and firmly important; how often anything is called related, or "work on first", where the overall rating follows nothing.
Compared: shares by R² with shares by McFadden's and Nagelkerke's measures of the ordinal regressions.
Timed: one call on 5,000 people with 500 bootstrap replicates, best of three, with every person a unit and with desk-days.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb

import numpy as np

from analysis import Design, Domains, Measures, UnitTotals, score
from analysis.drivers import Drivers, criterion_drivers, dimension_scores, find_drivers, priorities
from analysis.regression import ordinal_regression
from benchmarks.machine import describe

SIZES = {"ACCESS": 4, "PROCEDURE": 5, "STAFF": 6, "RESULT": 4, "FEEDBACK": 4}
MEASURES = Measures.of({f"{name[0]}{i + 1}": name for name, size in SIZES.items() for i in range(size)}, general=("G1",))
#: How much each feeling counts in the overall one: no two alike, one not at all.
EFFECTS = (0.1, 0.3, 0.8, 0.5, 0.0)
NO_EFFECTS = (0.0, 0.0, 0.0, 0.0, 0.0)
DAYS_OF = 8
STRATA = 6
CUTS = (-2.2, -1.5, -0.8, 0.4)
#: Added to the criteria's cuts: some dimensions are liked less.
HARDER = (0.0, 0.4, 0.8, -0.3, 0.2)
LARGE = 100_000


@dataclass(frozen=True)
class Sample:
    """Simulated ratings and where they were given."""

    ratings: np.ndarray
    day: np.ndarray
    stratum: np.ndarray

    @property
    def design(self) -> Design:
        return Design.of(len(self.day), strata=self.stratum, clusters=self.day)


def sample(rng: np.random.Generator, people: int, *, short: bool, effects: tuple[float, ...] = EFFECTS) -> Sample:
    """One survey."""
    day = np.arange(people) // DAYS_OF
    days, dims = day[-1] + 1, len(SIZES)
    common, own = rng.standard_normal((people, 1)), rng.standard_normal((people, dims))
    feeling = np.sqrt(0.4) * common + np.sqrt(0.55) * own + np.sqrt(0.05) * rng.standard_normal((days, dims))[day]
    dimension = MEASURES.criteria_in_dimension.argmax(axis=1)
    latent = feeling[:, dimension] - np.array(HARDER)[dimension] + 0.7 * rng.standard_normal((people, len(dimension)))
    overall = feeling @ np.array(effects) + 0.8 * rng.standard_normal(people)
    ratings = 1.0 + np.searchsorted(CUTS, np.column_stack([latent, overall]).ravel()).reshape(people, -1)
    if short:
        ratings[:, :-1][~_asked(rng, people, dimension)] = np.nan
    return Sample(ratings, day, day % STRATA)


def _asked(rng: np.random.Generator, people: int, dimension: np.ndarray) -> np.ndarray:
    """One criterion of each dimension."""
    start = np.concatenate([[0], np.cumsum(list(SIZES.values()))[:-1]])
    chosen = start + (rng.random((people, len(SIZES))) * list(SIZES.values())).astype(int)
    asked = np.zeros((people, len(dimension)), dtype=bool)
    asked[np.arange(people)[:, None], chosen] = True
    return asked


def found(drawn: Sample, *, bootstrap: int, seed: int = 1) -> Drivers:
    return find_drivers(MEASURES, drawn.ratings, design=drawn.design, seed=seed, replicates=bootstrap)


@cache
def true_shares(*, short: bool) -> np.ndarray:
    """(D,) shares of importance in a very large survey."""
    everybody = sample(np.random.default_rng(99), LARGE, short=short)
    return np.array([d.importance for d in found(everybody, bootstrap=2).dimensions])


@dataclass(frozen=True)
class Study:
    """Of every replicate, (replicates, D): whether the interval covers, whether called related, whether firmly more important than the
    average; and whether the largest driver comes out largest, and the mean error of each share."""

    covered: np.ndarray
    called: np.ndarray
    important: np.ndarray
    first_found: np.ndarray
    bias: np.ndarray


def recover(people: int, *, short: bool, replicates: int, seed: int, bootstrap: int = 200) -> Study:
    """Surveys with known importances."""
    rng, truth = np.random.default_rng(seed), true_shares(short=short)
    covered, called, important, first, error = [], [], [], [], []
    for _ in range(replicates):
        dims = found(sample(rng, people, short=short), bootstrap=bootstrap).dimensions
        low, high, share = (np.array([getattr(d, name) for d in dims]) for name in ("importance_low", "importance_high", "importance"))
        covered.append((low <= truth) & (truth <= high))
        called.append([d.is_related for d in dims])
        important.append(np.array(called[-1]) & (low > 1 / len(dims)))
        first.append(share.argmax() == truth.argmax())
        error.append(share - truth)
    return Study(np.array(covered), np.array(called), np.array(important), np.array(first), np.mean(error, axis=0))


@dataclass(frozen=True)
class FalseAlarms:
    """Share of surveys in which anything at all was claimed, though the overall rating follows nothing."""

    dimension_called: float
    criterion_called: float
    work_on_first: float


def nothing_to_find(people: int, *, short: bool, replicates: int, seed: int) -> FalseAlarms:
    """Surveys in which the overall rating is noise."""
    rng = np.random.default_rng(seed)
    claims = np.zeros((replicates, 3))
    for i in range(replicates):
        drawn = sample(rng, people, short=short, effects=NO_EFFECTS)
        dims = found(drawn, bootstrap=100).dimensions
        criteria = criterion_drivers(MEASURES, drawn.ratings, design=drawn.design)
        totals = UnitTotals.from_ratings(MEASURES, drawn.ratings)
        (estimates,) = score(totals, measures=MEASURES, design=drawn.design, domains=Domains.whole(people))
        placed = (*priorities(dims, estimates), *priorities(criteria, estimates))
        claims[i] = (
            any(d.is_related for d in dims),
            any(c.is_related for c in criteria),
            any(p.quadrant == "work_on_first" for p in placed),
        )
    return FalseAlarms(*claims.mean(axis=0).tolist())


def against_ordinal(people: int, *, short: bool, surveys: int = 5) -> tuple[float, float, float]:
    """Largest differences of our shares from those by McFadden's and by Nagelkerke's measure of the 32 ordinal regressions, averaged over
    surveys; and how often all three order the dimensions alike."""
    found_here = np.array([_three_shares(sample(np.random.default_rng(seed), people, short=short)) for seed in range(surveys)])
    ours, mcfadden, nagelkerke = found_here.transpose(1, 0, 2)
    alike = (found_here.argsort(axis=2) == ours.argsort(axis=1)[:, None, :]).all(axis=(1, 2))
    return float(np.abs(ours - mcfadden).max(axis=1).mean()), float(np.abs(ours - nagelkerke).max(axis=1).mean()), float(alike.mean())


def _three_shares(drawn: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores, overall, design = dimension_scores(MEASURES, drawn.ratings), drawn.ratings[:, -1], Design.of(len(drawn.day))
    level = np.unique(overall, return_counts=True)[1] / len(overall)
    nothing = float(level @ np.log(level))
    mcfadden, nagelkerke = {frozenset[int](): 0.0}, {frozenset[int](): 0.0}
    for chosen in (frozenset(c) for k in range(1, 6) for c in combinations(range(5), k)):
        fit = ordinal_regression(overall, {str(d): scores[:, d] for d in chosen}, design=design)
        mcfadden[chosen] = 1 - fit.log_likelihood / nothing
        nagelkerke[chosen] = (1 - np.exp(2 * (nothing - fit.log_likelihood))) / (1 - np.exp(2 * nothing))
    ours = np.array([d.importance for d in found(drawn, bootstrap=2).dimensions])
    return ours, _shapley(mcfadden), _shapley(nagelkerke)


def _shapley(explained: dict[frozenset[int], float]) -> np.ndarray:
    parts = np.zeros(5)
    for chosen, value in explained.items():
        for d in set(range(5)) - chosen:
            parts[d] += (explained[chosen | {d}] - value) / (5 * comb(4, len(chosen)))
    return parts / parts.sum()


def seconds(*, by_day: bool, short: bool) -> float:
    """One call on 5,000 people with 500 replicates, best of three."""
    drawn = sample(np.random.default_rng(3), 5000, short=short)
    design = drawn.design if by_day else Design.of(5000)
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        find_drivers(MEASURES, drawn.ratings, design=design, seed=1, replicates=500)
        criterion_drivers(MEASURES, drawn.ratings, design=design)
        best = min(best, time.perf_counter() - start)
    return best


def _called(study: Study, dimension: int) -> str:
    return ", ".join(f"{100 * claimed[:, dimension].mean():.1f} %" for claimed in (study.called, study.important))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=300, help="simulated surveys in each row")
    replicates = parser.parse_args().replicates
    print(describe(), "\n")
    for short in (False, True):
        shares = ", ".join(f"{100 * s:.1f}" for s in true_shares(short=short))
        print(f"True shares in percent, {'short' if short else 'full'} forms: {shares}")
    print("\n| form | people | cover: least, mean | largest driver first | largest bias, points | STAFF: related, important |", end="")
    print(" FEEDBACK: related, important | a claim where nothing is: dimension, criterion, work on first |\n" + "|---" * 8 + "|")
    for short in (False, True):
        for people in (120, 400, 1600):
            study = recover(people, short=short, replicates=replicates, seed=people)
            false = nothing_to_find(people, short=short, replicates=replicates, seed=people + 1)
            cover = 100 * study.covered.mean(axis=0)
            alarms = ", ".join(f"{100 * a:.1f} %" for a in (false.dimension_called, false.criterion_called, false.work_on_first))
            print(
                f"| {'short' if short else 'full'} | {people} | {cover.min():.1f} %, {cover.mean():.1f} % | "
                f"{100 * study.first_found.mean():.0f} % | {100 * np.abs(study.bias).max():.1f} | "
                f"{_called(study, 2)} | {_called(study, 4)} | {alarms} |",
                flush=True,
            )
    print("\nShares by R² beside shares by measures of the ordinal regressions, 5 surveys of 5,000 people:")
    for short in (False, True):
        by_mcfadden, by_nagelkerke, alike = against_ordinal(5000, short=short)
        print(
            f"{'short' if short else 'full'} forms: largest difference on average {100 * by_mcfadden:.1f} points (McFadden), "
            f"{100 * by_nagelkerke:.1f} (Nagelkerke); same order in {100 * alike:.0f} %"
        )
    print("\nDrivers and criteria of 5,000 people, 500 bootstrap replicates:")
    for short in (False, True):
        for by_day in (False, True):
            form, units = "short forms" if short else "full forms", "desk-days" if by_day else "people"
            print(f"{form}, units are {units}: {seconds(by_day=by_day, short=short):.2f} s")


if __name__ == "__main__":
    main()
