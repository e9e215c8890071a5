"""What rank sets cost, and how often they hold what they promise.

Time and peak memory of `rank_sets` for 150 and 500 agencies; then simulated league tables: normal estimates with known standard
errors of 1 to 5 points around true indices, and how often the sets contain the true ranks.

    .venv/bin/python -m benchmarks.ranking --replicates 1000
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass

import numpy as np

from analysis import rank_sets
from benchmarks.machine import describe

LEAST_SE, MOST_SE = 0.01, 0.05
BEST = 3


@dataclass(frozen=True)
class Coverage:
    """How often all true ranks lie in the simultaneous sets, a domain's in its marginal set, all true best in their set; how often
    all bare ranks are right; ranks in a marginal set."""

    simultaneous: float
    marginal: float
    best: float
    bare: float
    width: float


def coverage(*, agencies: int, spread: float, replicates: int, draws: int, seed: int) -> Coverage:
    """True shares spread evenly over `spread` around 80 %; a set must hold all the ranks that equal shares span."""
    rng = np.random.default_rng(seed)
    truth = 0.8 + spread * np.linspace(-0.5, 0.5, agencies)
    lowest = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    highest = agencies - (truth[None, :] < truth[:, None]).sum(axis=1)
    counted = np.zeros(5)
    for replicate in range(replicates):
        se = rng.uniform(LEAST_SE, MOST_SE, agencies)
        sets = rank_sets(rng.normal(truth, se), se=se, draws=draws, seed=replicate)
        simultaneous = (sets.simultaneous_low <= lowest) & (highest <= sets.simultaneous_high)
        marginal = (sets.marginal_low <= lowest) & (highest <= sets.marginal_high)
        best = sets.among_best(BEST)[lowest <= BEST]
        bare = (lowest <= sets.rank) & (sets.rank <= highest)
        width = (sets.marginal_high - sets.marginal_low + 1).mean()
        counted += [simultaneous.all(), marginal.mean(), best.all(), bare.all(), width]
    return Coverage(*(counted / replicates).tolist())


def timed(agencies: int, *, draws: int) -> str:
    rng = np.random.default_rng(1)
    shares, se = rng.beta(16, 4, agencies), rng.uniform(0.005, 0.04, agencies)
    wall, processor = time.perf_counter(), time.process_time()
    rank_sets(shares, se=se, draws=draws)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{agencies:4} agencies, {draws} draws: {wall:6.2f} s ({processor:.2f} s of processor), peak {peak:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1000, help="simulated league tables in each case")
    parser.add_argument("--draws", type=int, default=20_000, help="of the timed sets; the simulation takes 2,000")
    options = parser.parse_args()
    print(describe())
    for agencies in (150, 500):
        print(timed(agencies, draws=options.draws))
    print(
        "| agencies | spread, points | simultaneous | marginal | best 3 | bare ranks right | ranks in a marginal set |\n" + "|---" * 7 + "|"
    )
    for agencies, spread in ((8, 0.0), (8, 0.1), (25, 0.0), (25, 0.02), (25, 0.1), (25, 0.3)):
        found = coverage(agencies=agencies, spread=spread, replicates=options.replicates, draws=2000, seed=3)
        shares = " | ".join(f"{100 * share:.1f} %" for share in (found.simultaneous, found.marginal, found.best, found.bare))
        print(f"| {agencies} | {100 * spread:.0f} | {shares} | {found.width:.1f} |")


if __name__ == "__main__":
    main()
