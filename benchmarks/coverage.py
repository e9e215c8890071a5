"""How often the intervals cover the truth, and how wide they are: the default beside others and beside the naive Wald.

    .venv/bin/python benchmarks/coverage.py --replicates 2000

Simulated: agencies of very different size answer 23 criteria each; people differ (correlation of one person's answers), and so do
desk-days (correlation of one day's people). The truth is the agency's expected index. Naive: p ± 1.96·√(p(1-p)/answers).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from analysis import Design, Domains, Measures, UnitTotals, effective_size, index_table, interval, pooled_design_effect

CRITERIA = 23
PEOPLE_A_DAY = 5
SIZES = (5, 10, 20, 30, 50, 100, 200, 400)
AGENCIES_OF_A_SIZE = 3
SHARES = (0.6, 0.8, 0.95, 0.99)
PERSON_CORRELATIONS = (0.2, 0.5)
DAY_CORRELATION = 0.02
METHODS = ("default", "linear", "logit", "naive")
ONE = Measures.of({"A1": "A"})


@dataclass(frozen=True)
class Cell:
    """Coverage and mean width of each method (by size of agency) at one true share and one correlation."""

    share: float
    person_correlation: float
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
    return Cell(share, person_correlation, covered, width)


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
    found = {"default": interval(p, n_eff=n_eff)} | {m: interval(p, variance=v, df=df, method=m) for m in ("linear", "logit")}
    half = 1.959964 * np.sqrt(p * (1 - p) / answers)
    return {method: (i.low, i.high) for method, i in found.items()} | {"naive": (p - half, p + half)}


def beta(rng: np.random.Generator, mean: np.ndarray, correlation: float) -> np.ndarray:
    """Shares with a given mean whose answers have a given correlation (beta-binomial)."""
    mean = np.clip(mean, 1e-9, 1 - 1e-9)
    scale = (1 - correlation) / correlation
    return rng.beta(mean * scale, (1 - mean) * scale)


def report(cells: list[Cell]) -> list[str]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=500, help="simulated waves in each cell")
    parser.add_argument("--seed", type=int, default=2021)
    options = parser.parse_args()
    grid = [(share, correlation) for share in SHARES for correlation in PERSON_CORRELATIONS]
    cells = [simulate(*cell, replicates=options.replicates, seed=options.seed + i) for i, cell in enumerate(grid)]
    print("\n".join(report(cells)))
    least, share, correlation = min((c.coverage["default"][1:].min(), c.share, c.person_correlation) for c in cells)
    mean = np.mean([c.coverage["default"][1:] for c in cells])
    where = f"(share {share}, correlation {correlation})"
    print(f"\nDefault, from {SIZES[1]} people on: at least {100 * least:.1f} % {where}, on average {100 * mean:.1f} %.")


if __name__ == "__main__":
    main()
