"""Do the checks hold their rates on clean waves, and find what was stuffed? A part of benchmarks/quality.py, small enough for every run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.quality import PAPER_CHECKS, clean, on_paper, silenced, stuffed

DESKS, WAVES = 10, 25


def most_by_chance(n: int, rate: float) -> int:
    """What a check of this rate exceeds once in a thousand runs of this test."""
    return int(stats.binom.ppf(0.999, n, rate))


@pytest.fixture(scope="module")
def clean_flags() -> dict[str, np.ndarray]:
    return clean(WAVES, desks=DESKS, seed=21)


def test_at_most_one_clean_desk_in_a_hundred_is_flagged_by_any_one_check(clean_flags: dict[str, np.ndarray]) -> None:
    flagged = {name: int(raised.sum()) for name, raised in clean_flags.items()}
    assert max(flagged.values()) <= most_by_chance(DESKS * WAVES, 0.01), flagged


def test_a_clean_desk_with_95_percent_satisfied_is_not_flagged_for_being_good(clean_flags: dict[str, np.ndarray]) -> None:
    flagged = {name: int(raised[:, 0].sum()) for name, raised in clean_flags.items()}
    assert max(flagged.values()) <= most_by_chance(WAVES, 0.01), flagged


@pytest.mark.parametrize(
    ("how", "share", "check"),
    [
        ("fives", 0.5, "perfect_forms"),
        ("mixed_burst", 0.5, "fours_and_fives"),
        ("mixed_burst", 0.3, "burst"),
        ("copies", 0.3, "repeated_patterns"),
    ],
)
def test_what_was_stuffed_is_found_by_the_check_made_for_it(how: str, share: float, check: str) -> None:
    found = stuffed(how, share, 5, seed=22)
    assert found[check][:, 1].sum() >= 3  # of 5; the benchmark measures the power
    assert found["any"][:, 1].sum() >= 3
    assert found["any"][:, 2:].mean() < 0.05


def test_ten_percent_stuffed_fives_at_a_desk_with_95_percent_are_not_to_be_found() -> None:
    """Said plainly in the docs; when a check gets better at it, the docs must change."""
    assert stuffed("fives", 0.1, 4, seed=23)["perfect_forms"][:, 0].sum() <= 1


def test_a_desk_that_fell_silent_for_twenty_days_is_found_and_the_others_are_not() -> None:
    found = silenced(20, 10, desks=6, seed=24)["silent_desk"]
    assert found[:, :2].all()
    assert found[:, 2:].sum() <= most_by_chance(40, 0.01)


def test_forged_paper_is_found_and_clean_paper_is_not() -> None:
    forged, honest = on_paper(0.5, 4, seed=25), on_paper(0, 4, seed=26)
    for check in PAPER_CHECKS:
        assert forged[check][:, 0].mean() >= 0.8, check
        assert honest[check].sum() <= most_by_chance(80, 0.01), check
