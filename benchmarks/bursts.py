"""How often people are taken for one hand, by how many forms a minute come from phones that all look alike at one desk.

    .venv/bin/python -m benchmarks.bursts [--days 1000] [--forms 400]

Arrivals are by chance (exponential gaps). The last lines are one hand: forms at regular, spread and random gaps.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import numpy as np

from survey.domain.bursts import DEVICE, Pace, counted, is_one_hand


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--forms", type=int, default=400, help="a day")
    chosen = parser.parse_args()
    random = np.random.default_rng(66)
    print(f"{chosen.days} days of {chosen.forms} forms\nforms a minute   days with a false alarm   forms wrongly marked")
    for a_minute in (0.5, 1, 2, 4, 6, 8, 20):
        marked = [_marked(random.exponential(60 / a_minute, chosen.forms)) for _ in range(chosen.days)]
        print(f"{a_minute:14g}{100 * np.mean(np.array(marked) > 0):24.2f} %{100 * sum(marked) / chosen.days / chosen.forms:21.3f} %")
    print("one hand, 50 forms about 6 seconds apart: marked on average")
    gaps = {"regular": lambda: np.full(50, 6.0), "spread": lambda: random.uniform(4, 8, 50), "random": lambda: random.exponential(6, 50)}
    for name, draw in gaps.items():
        print(f"  {name:<10}{np.mean([_marked(draw()) for _ in range(chosen.days)]):6.1f}")


def _marked(gaps: Iterable[float]) -> int:
    """How many of the forms that come at these gaps meet evidence for one hand."""
    pace: Pace | None = None
    now, marked = 0.0, 0
    for gap in gaps:
        now += float(gap)
        marked += is_one_hand(pace)
        pace = counted(pace, now, DEVICE)
    return marked


if __name__ == "__main__":
    main()
