"""How often the intervals cover the truth, and how wide they are: the default beside others and beside the naive Wald.

    .venv/bin/python -m benchmarks.coverage --replicates 1000

Simulated: agencies of very different size answer 23 criteria each; people differ (correlation of one person's answers), and so do
desk-days (correlation of one day's people). The truth is the agency's expected index. Naive: p ± 1.96·√(p(1-p)/answers).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from analysis import Design, Domains, Measures, Method, UnitTotals, effective_size, index_table, interval, pooled_design_effect

CRITERIA = 23
PEOPLE_A_DAY = 5
SIZES = (5, 10, 20, 30, 50, 100, 200, 400)
AGENCIES_OF_A_SIZE = 3
SHARES = (0.6, 0.8, 0.95, 0.99)
PERSON_CORRELATIONS = (0.2, 0.5)
DAY_CORRELATION = 0.02
DAY_CORRELATIONS = (DAY_CORRELATION, 0.05)
DIRECT: tuple[Method, ...] = ("linear", "logit", "beta", "wilson_direct")
METHODS = ("default", *DIRECT, "naive")
#: What the default interval promises, from `FROM` people on: in every cell, and on average over cells.
FROM, LEAST, MEAN = 10, 0.93, 0.95
ONE = Measures.of({"A1": "A"})


@dataclass(frozen=True)
class Cell:
    """Coverage and mean width of each method (by size of agency) at one true share and one pair of correlations."""

    share: float
    person_correlation: float
    day_correlation: float
    coverage: dict[str, np.ndarray]
    width: dict[str, np.ndarray]


def simulate(share: float, person_correlation: float, *, replicates: int, seed: int, day_correlation: float = DAY_CORRELATION) -> Cell:
    """One cell of the grid. Each replicate is a wave: all sizes of agency, the design effect pooled over them."""
    rng = np.random.default_rng(seed)
    covered = {method: np.zeros(len(SIZES)) for method in METHODS}
    width = {method: np.zeros(len(SIZES)) for method in METHODS}
    for _ in range(replicates):
        for method, bounds in wave(rng, share, person_correlation, day_correlation).items():
            low, high = (np.nan_to_num(bound, nan=0.0) for bound in bounds)  # no interval covers nothing
            covered[method] += ((low <= share) & (share <= high)).reshape(len(SIZES), -1).mean(axis=1) / replicates
            width[method] += (high - low).reshape(len(SIZES), -1).mean(axis=1) / replicates
    return Cell(share, person_correlation, day_correlation, covered, width)


def wave(rng: np.random.Generator, share: float, person: float, day: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The intervals of every agency in one simulated wave."""
    agency = np.repeat(np.arange(len(SIZES) * AGENCIES_OF_A_SIZE), np.repeat(SIZES, AGENCIES_OF_A_SIZE))
    day_of_person = np.arange(len(agency)) // PEOPLE_A_DAY  # sizes are whole numbers of days, so no day spans two agencies
    of_day = beta(rng, np.full(day_of_person[-1] + 1, share), day)
    satisfied = rng.binomial(CRITERIA, beta(rng, of_day[day_of_person], person)).astype(float)
    by_day = np.bincount(day_of_person, weights=satisfied)
    columns = np.ones((1, len(ONE.keys)))
    people = np.full((len(by_day), 1), PEOPLE_A_DAY) * columns
    totals = UnitTotals.of(ONE, satisfied=by_day[:, None] * columns, valid=CRITERIA * people, respondents=people, answers=CRITERIA * people)
    return intervals(totals, agency[::PEOPLE_A_DAY])


def intervals(totals: UnitTotals, agency: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    domains, _ = Domains.by(agency)
    table = index_table(totals, measures=ONE, design=Design.of(totals.rows, strata=agency), domains=domains)
    p, v, n, answers, df = (a[:, 2] for a in (table.share, table.variance, table.respondents, table.answers, table.df))
    d = pooled_design_effect(p[:, None], v[:, None], respondents=n[:, None], df=df[:, None])
    n_eff = effective_size(p, v, respondents=n, answers=answers, df=df, design_effect=d)
    found = {str(m): interval(p, variance=v, df=df, answers=answers, method=m) for m in DIRECT} | {"default": interval(p, n_eff=n_eff)}
    half = 1.959964 * np.sqrt(p * (1 - p) / answers)
    return {method: (i.low, i.high) for method, i in found.items()} | {"naive": (p - half, p + half)}


def beta(rng: np.random.Generator, mean: np.ndarray, correlation: float) -> np.ndarray:
    """Shares with a given mean whose answers have a given correlation (beta-binomial)."""
    mean = np.clip(mean, 1e-9, 1 - 1e-9)
    scale = (1 - correlation) / correlation
    return rng.beta(mean * scale, (1 - mean) * scale)


def by_method(cells: list[Cell]) -> list[str]:
    """A table in Markdown: for each size of agency the least and mean coverage over all cells, and the mean width in points."""
    lines = ["| people | " + " | ".join(f"{m}: least, mean cover; width" for m in METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    for i, size in enumerate(SIZES):
        parts = []
        for method in METHODS:
            cover = [100 * cell.coverage[method][i] for cell in cells]
            width = 100 * np.mean([cell.width[method][i] for cell in cells])
            parts.append(f"{min(cover):.1f} %, {np.mean(cover):.1f} %; {width:.1f}")
        lines.append(f"| {size} | " + " | ".join(parts) + " |")
    return lines


def by_cell(cells: list[Cell]) -> list[str]:
    """A table in Markdown: the default's coverage in every cell."""
    lines = ["| true index | correlation of answers, of a day | " + " | ".join(map(str, SIZES)) + " |", "|---" * (len(SIZES) + 2) + "|"]
    for cell in cells:
        cover = " | ".join(f"{100 * share:.1f}" for share in cell.coverage["default"])
        lines.append(f"| {100 * cell.share:.0f} % | {cell.person_correlation:g}, {cell.day_correlation:g} | {cover} |")
    return lines


def verdict(cells: list[Cell]) -> list[str]:
    """Whether the default interval holds what it promises, and where it is weakest."""
    judged = [i for i, size in enumerate(SIZES) if size >= FROM]
    least, number, i = min((c.coverage["default"][i], number, i) for number, c in enumerate(cells) for i in judged)
    mean = np.mean([c.coverage["default"][judged] for c in cells])
    weakest = cells[number]
    where = f"{SIZES[i]} people, index {weakest.share:g}, correlations {weakest.person_correlation:g} and {weakest.day_correlation:g}"
    met = {True: "met", False: "NOT met"}
    worst = f"Default, from {FROM} people on, in the weakest of {len(cells) * len(judged)} cells ({where}): {100 * least:.1f} %"
    return [
        f"{worst}; goal at least {100 * LEAST:.0f} %: {met[bool(least >= LEAST)]}.",
        f"On average: {100 * mean:.1f} %; goal at least {100 * MEAN:.0f} %: {met[bool(mean >= MEAN)]}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=500, help="simulated waves in each cell")
    parser.add_argument("--seed", type=int, default=2021)
    options = parser.parse_args()
    grid = [(share, person, day) for day in DAY_CORRELATIONS for share in SHARES for person in PERSON_CORRELATIONS]
    cells = [
        simulate(share, person, day_correlation=day, replicates=options.replicates, seed=options.seed + i)
        for i, (share, person, day) in enumerate(grid)
    ]
    noise = 100 * np.sqrt(MEAN * (1 - MEAN) / (options.replicates * AGENCIES_OF_A_SIZE))
    print(f"{options.replicates} waves in each of {len(cells)} settings; Monte Carlo standard error near 95 %: {noise:.1f} points.\n")
    print("\n".join([*by_method(cells), "", *by_cell(cells), "", *verdict(cells)]))


if __name__ == "__main__":
    main()
