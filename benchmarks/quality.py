"""How often each check of the data is wrong on clean waves, and how often it finds what was stuffed into one desk.

    .venv/bin/python -m benchmarks.quality

Clean waves (benchmarks/quality_data.py): 20 desks, 10 weeks, about 140 forms a desk, 85 % of them short ones; desks differ in level,
profile, politeness and speed, desk 0 truly has 95 % satisfied, desk 1 80 %. False: the share of clean desks with a raised flag, of those
at 95 %, and of waves with any raised flag. Power: into the desk at 80 % (and, in brackets, into the one at 95 %) forged forms are stuffed
until they are 10, 30, 50 % of its forms; both in one wave. Paper: 60 daily counts of about 25 at each of 20 desks; so many percent of
desk 0's counts rounded to 5 or 0, or of its batches copied from another day. Silence: desk 0 or 1 sends nothing for 5, 10, 20 open days.
Flags are raised at an adjusted p of 0.05 at most.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from time import perf_counter

import numpy as np

from analysis.quality import (
    Flag,
    RatingModel,
    any_flag,
    bursts,
    fours_and_fives,
    last_digits,
    mode_differences,
    perfect_forms,
    repeated_batches,
    repeated_patterns,
    round_counts,
    silent_desks,
    straight_lining,
    too_fast,
)
from benchmarks.quality_data import STUFFINGS, Wave, clean_paper, clean_wave, forge_paper, stuff

HIGH = {0: 0.95, 1: 0.8}
SHARES = (0.1, 0.3, 0.5)
SILENCES = (5, 10, 20)
FORM_CHECKS = (
    "straight_lining",
    "perfect_forms",
    "fours_and_fives",
    "too_fast",
    "repeated_patterns",
    "burst",
    "silent_desk",
    "mode_difference",
    "any",
)
PAPER_CHECKS = ("last_digits", "round_counts", "repeated_batches")


def checked(wave: Wave) -> dict[str, tuple[Flag, ...]]:
    """Every check of forms, days and modes, by name; each desk is an agency of its own where modes are compared."""
    model = RatingModel.fit(wave.ratings, wave.desk)
    satisfied, valid = ((wave.ratings >= 4).sum(axis=1), (wave.ratings > 0).sum(axis=1))
    unit = wave.desk * wave.days + wave.day
    flags = {
        "straight_lining": straight_lining(model),
        "perfect_forms": perfect_forms(model),
        "fours_and_fives": fours_and_fives(model),
        "too_fast": too_fast(wave.fast, wave.desk, answers=valid),
        "repeated_patterns": repeated_patterns(model),
        "burst": bursts(wave.counts),
        "silent_desk": silent_desks(wave.counts),
        "mode_difference": mode_differences(satisfied, valid, agencies=wave.desk, modes=wave.mode, units=unit),
    }
    return flags | {"any": any_flag(*flags.values())}


def checked_paper(counts: np.ndarray, batches: np.ndarray, desk: np.ndarray) -> dict[str, tuple[Flag, ...]]:
    found = (last_digits(counts, desk), round_counts(counts, desk), repeated_batches(batches, desk))
    return dict(zip(PAPER_CHECKS, found, strict=True))


def raised_at(flags: Iterable[Flag], desks: int) -> np.ndarray:
    """(desks,) whether any flag of the check is raised at the desk."""
    raised = np.zeros(desks, dtype=bool)
    for flag in flags:
        raised[flag.unit[0] if isinstance(flag.unit, tuple) else flag.unit] |= flag.raised
    return raised


def measured(
    make: Callable[[np.random.Generator], dict[str, tuple[Flag, ...]]], *, waves: int, desks: int, seed: int
) -> dict[str, np.ndarray]:
    """(waves, desks) of each check: where it raised a flag."""
    rng = np.random.default_rng(seed)
    found = [make(rng) for _ in range(waves)]
    return {name: np.array([raised_at(flags[name], desks) for flags in found]) for name in found[0]}


def clean(waves: int, *, seed: int = 1, desks: int = 20) -> dict[str, np.ndarray]:
    return measured(lambda rng: checked(clean_wave(rng, desks=desks, known=HIGH)), waves=waves, desks=desks, seed=seed)


def stuffed(how: str, share: float, waves: int, *, seed: int = 2, desks: int = 20) -> dict[str, np.ndarray]:
    def make(rng: np.random.Generator) -> dict[str, tuple[Flag, ...]]:
        wave = clean_wave(rng, desks=desks, known=HIGH)
        for desk in HIGH:
            wave = stuff(wave, rng, desk=desk, share=share, how=how)
        return checked(wave)

    return measured(make, waves=waves, desks=desks, seed=seed)


def silenced(days: int, waves: int, *, seed: int = 3, desks: int = 20) -> dict[str, np.ndarray]:
    def make(rng: np.random.Generator) -> dict[str, tuple[Flag, ...]]:
        counts = clean_wave(rng, desks=desks, known=HIGH).counts
        opened = np.flatnonzero(counts.any(axis=0))
        counts[[[0], [1]], opened[20 : 20 + days]] = 0
        return {"silent_desk": silent_desks(counts)}

    return measured(make, waves=waves, desks=desks, seed=seed)


def on_paper(share: float, waves: int, *, seed: int = 4, desks: int = 20) -> dict[str, np.ndarray]:
    def make(rng: np.random.Generator) -> dict[str, tuple[Flag, ...]]:
        return checked_paper(*forge_paper(rng, *clean_paper(rng, desks=desks), share=share, at=0))

    return measured(make, waves=waves, desks=desks, seed=seed)


def report(clean_waves: int, stuffed_waves: int) -> list[str]:
    """Markdown: false-positive rates, then power by kind and share of what was forged."""
    lines = ["| check | clean desks flagged | desks at 95 % flagged | clean waves with a flag |", "|---|---|---|---|"]
    for name, raised in (clean(clean_waves) | on_paper(0, clean_waves)).items():
        high = "" if name in PAPER_CHECKS else f"{100 * raised[:, 0].mean():.1f} %"
        lines.append(f"| {name} | {100 * raised.mean():.2f} % | {high} | {100 * raised.any(axis=1).mean():.1f} % |")
    heads = [f"{how} {100 * share:.0f} %" for how in STUFFINGS for share in SHARES]
    lines += ["", "| check | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    cells = [stuffed(how, share, stuffed_waves) for how in STUFFINGS for share in SHARES]
    for name in FORM_CHECKS:
        shown = [f"{100 * cell[name][:, 1].mean():.0f} ({100 * cell[name][:, 0].mean():.0f})" for cell in cells]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    lines += ["", "| check | " + " | ".join(f"{100 * share:.0f} %" for share in SHARES) + " |", "|---|---|---|---|"]
    papers = [on_paper(share, stuffed_waves) for share in SHARES]
    lines += [f"| {name} | " + " | ".join(f"{100 * p[name][:, 0].mean():.0f}" for p in papers) + " |" for name in PAPER_CHECKS]
    lines += ["", "| check | " + " | ".join(f"{days} silent days" for days in SILENCES) + " |", "|---|---|---|---|"]
    quiet = [silenced(days, stuffed_waves)["silent_desk"] for days in SILENCES]
    lines.append("| silent_desk | " + " | ".join(f"{100 * q[:, :2].mean():.0f}" for q in quiet) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=100, help="clean waves")
    parser.add_argument("--stuffed", type=int, default=12, help="waves for each kind and share of forgery")
    options = parser.parse_args()
    start = perf_counter()
    print(__doc__)
    print("\n".join(report(options.clean, options.stuffed)))
    print(f"\n{options.clean} clean waves, {options.stuffed} of each forgery, in {perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
