"""Clean waves of forms whose truth is known, and forms stuffed into one desk; for benchmarks/quality.py and the tests.

Clean is not tidy: desks differ in level, in what they are good at and in how polite their citizens are; people of one day are alike; some
people draw straight lines everywhere; some have no opinion. Only what is stuffed is fraud.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

SIZES = (4, 5, 6, 4, 4)
CRITERIA = sum(SIZES)
VARIANTS = 60
FULL_SHARE = 0.15
THRESHOLDS = (-1.5, -0.75, 0.0, 1.0)
DESK_DAY, RESPONDENT, REST = 0.04, 0.55, 0.41
NO_OPINION = 0.03
LINES = 0.05
POLITE = (4.0, 60.0)  # Beta: about 6 % of people say 5 to everything, at some desks 2 %, at some 13 %
FAST = (3.0, 57.0)  # Beta: about 5 % of honest forms are too fast
MODES = ("open_qr", "slip", "invitation")
MODE_SHARES = (0.5, 0.3, 0.2)
STUFFINGS = ("fives", "fives_burst", "mixed_burst", "copies")
PAPER_LEVELS = (0.02, 0.05, 0.13, 0.4, 0.4)


@dataclass(frozen=True, eq=False)
class Wave:
    """Parallel columns, one place a form; `day` counts calendar days from a Monday on."""

    ratings: np.ndarray
    desk: np.ndarray
    day: np.ndarray
    mode: np.ndarray
    fast: np.ndarray
    stuffed: np.ndarray
    desks: int
    days: int

    @property
    def counts(self) -> np.ndarray:
        """(desks, days) forms on each desk-day."""
        counts = np.zeros((self.desks, self.days), dtype=int)
        np.add.at(counts, (self.desk, self.day), 1)
        return counts


def asked_by(variant: np.ndarray) -> np.ndarray:
    """(n, 23) which criteria a short form asks: one of every dimension, all equally often in 60 variants; -1 is the full form."""
    asked = np.zeros((VARIANTS + 1, CRITERIA), dtype=bool)
    start = 0
    for size in SIZES:
        step = np.arange(VARIANTS) * (1 if size != 4 else 1 + start // 10)
        asked[np.arange(VARIANTS), start + step % size] = True
        start += size
    asked[-1] = True
    return asked[variant]


def clean_wave(
    rng: np.random.Generator, *, desks: int = 20, weeks: int = 10, a_day: float = 2.5, known: dict[int, float] | None = None
) -> Wave:
    """One clean wave. `known` fixes the true share of satisfied answers of some desks, by number; Sundays are closed, Saturdays quiet."""
    days = 7 * weeks
    level = rng.normal(0.85, 0.35, desks)
    for number, share in (known or {}).items():
        level[number] = special.ndtri(share)
    weekday = np.array([1.3, 1.0, 1.0, 1.0, 1.1, 0.4, 0.0])[np.arange(days) % 7]
    volume = rng.gamma(6, a_day / 6, (desks, 1)) if not known else np.full((desks, 1), a_day)
    counts = rng.poisson(volume * weekday * rng.gamma(8, 1 / 8, (desks, days)))
    unit = np.repeat(np.arange(desks * days), counts.ravel())
    desk, day = np.divmod(unit, days)
    variant = np.where(rng.random(len(unit)) < FULL_SHARE, -1, rng.integers(VARIANTS, size=len(unit)))
    feeling = (
        level[desk] + np.sqrt(DESK_DAY) * rng.standard_normal(desks * days)[unit] + np.sqrt(RESPONDENT) * rng.standard_normal(len(unit))
    )
    profile = rng.normal(0, 0.25, CRITERIA) + np.repeat(rng.normal(0, 0.15, (desks, len(SIZES))), SIZES, axis=1)[desk]
    latent = feeling[:, None] + profile + np.sqrt(REST) * rng.standard_normal((len(unit), CRITERIA))
    ratings = 1 + np.searchsorted(THRESHOLDS, latent)
    line = rng.random(len(unit)) < LINES
    ratings[line] = ratings[line, :1]
    ratings[rng.random(len(unit)) < rng.beta(*POLITE, desks)[desk]] = 5
    ratings[rng.random(ratings.shape) < NO_OPINION] = 0
    fast = rng.random(len(unit)) < rng.beta(*FAST, desks)[desk]
    mode = rng.choice(len(MODES), size=len(unit), p=MODE_SHARES)
    nobody = np.zeros(len(unit), dtype=bool)
    return Wave(ratings * asked_by(variant), desk, day, mode, fast, nobody, desks, days)


def stuff(wave: Wave, rng: np.random.Generator, *, desk: int, share: float, how: str) -> Wave:
    """Add forged forms until they are `share` of the desk's forms: through the open QR code, half of them too fast.

    fives: nothing but 5, on days like everybody's; fives_burst: the same in piles of about fifteen; mixed_burst: 4 and 5 by chance, in
    such piles; copies: one pattern of 4 and 5 typed again and again, on days like everybody's.
    """
    own = np.flatnonzero(wave.desk == desk)
    extra = round(len(own) * share / (1 - share))
    pattern = rng.permutation([4, 4, 5, 5, 5])
    variant = rng.integers(VARIANTS, size=extra)
    forged = np.full((extra, CRITERIA), 5)
    if how == "mixed_burst":
        forged = rng.integers(4, 6, forged.shape)
    if how == "copies":
        forged = np.repeat(pattern[None, :], extra, axis=0).repeat(SIZES, axis=1)
    days = wave.day[rng.choice(own, extra)]
    if how.endswith("burst"):
        piles = rng.choice(np.unique(wave.day[own]), max(1, round(extra / 15)), replace=False)
        days = rng.choice(piles, extra)
    return replace(
        wave,
        ratings=np.vstack([wave.ratings, forged * asked_by(variant)]),
        desk=np.append(wave.desk, np.full(extra, desk)),
        day=np.append(wave.day, days),
        mode=np.append(wave.mode, np.zeros(extra, dtype=int)),
        fast=np.append(wave.fast, rng.random(extra) < 0.5),
        stuffed=np.append(wave.stuffed, np.ones(extra, dtype=bool)),
    )


def clean_paper(rng: np.random.Generator, *, desks: int = 20, days: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forms of each desk-day counted by hand; how many of them chose each of five levels; and the desk of each."""
    desk = np.repeat(np.arange(desks), days)
    mean = rng.gamma(6, 25 / 6, desks)[desk] * rng.gamma(8, 1 / 8, len(desk))
    counts = rng.poisson(mean)
    levels = rng.dirichlet(np.array(PAPER_LEVELS) * 60, len(desk))
    return counts, rng.multinomial(counts, levels), desk


def forge_paper(
    rng: np.random.Generator, counts: np.ndarray, batches: np.ndarray, desk: np.ndarray, *, share: float, at: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At one desk a share of the counts is rounded to 5 or 0, and a share of the batches is the one of another day."""
    mine = np.flatnonzero(desk == at)
    chosen = rng.choice(mine, round(share * len(mine)), replace=False)
    rounded, copied = counts.copy(), batches.copy()
    rounded[chosen] = 5 * np.round(counts[chosen] / 5)
    copied[chosen] = batches[rng.choice(mine, len(chosen))]
    return rounded, copied, desk
