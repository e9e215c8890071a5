"""What must hold of every check, whatever the data."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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

Checks = dict[str, tuple[Flag, ...]]
seeds = st.integers(0, 2**32 - 1)


def form_checks(ratings: np.ndarray, desk: np.ndarray, fast: np.ndarray) -> Checks:
    model = RatingModel.fit(ratings, desk)
    return {check.__name__: check(model) for check in (straight_lining, perfect_forms, fours_and_fives, repeated_patterns)} | {
        "too_fast": too_fast(fast, desk)
    }


def forms(seed: int, answered: float, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 150))
    ratings = np.clip(np.round(rng.normal(level, 1, (n, 1)) + rng.normal(0, 0.7, (n, 6))), 1, 5) * (rng.random((n, 6)) < answered)
    return ratings, rng.integers(0, rng.integers(1, 6), n), (rng.random(n) < 0.2).astype(float)


def holds_together(flags: tuple[Flag, ...]) -> None:
    for flag in flags:
        numbers = (flag.observed, flag.expected, flag.statistic, flag.p_value, flag.adjusted_p, flag.ci_low, flag.ci_high)
        assert all(number is None or np.isfinite(number) for number in numbers), flag
        assert (flag.p_value is None) == (flag.adjusted_p is None) == (flag.why is not None), flag
        assert flag.p_value is None or 0 <= flag.p_value <= flag.adjusted_p <= 1, flag
        assert flag.raised == (flag.adjusted_p is not None and flag.adjusted_p <= 0.05), flag


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([0.3, 0.8, 1.0]), st.sampled_from([2.0, 3.8, 5.0, 9.0]))
def test_checks_of_forms_hold_numbers_or_a_reason_and_no_order_of_rows_matters(seed: int, answered: float, level: float) -> None:
    ratings, desk, fast = forms(seed, answered, level)
    order = np.random.default_rng(seed).permutation(len(desk))
    first, second = form_checks(ratings, desk, fast), form_checks(ratings[order], desk[order], fast[order])
    for name, flags in first.items():
        holds_together(flags)
        assert [f.unit for f in flags] == sorted({*desk.tolist()})
        for a, b in zip(flags, second[name], strict=True):
            assert (a.unit, a.why, a.n, a.raised) == (b.unit, b.why, b.n, b.raised)
            np.testing.assert_allclose(a.p_value or 0, b.p_value or 0, rtol=1e-6, atol=1e-9)
    holds_together(any_flag(*first.values()))


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.3, 3.0, 30.0]))
def test_checks_of_days_hold_numbers_or_a_reason_and_more_on_a_day_is_never_less_suspicious(seed: int, mean: float) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(mean, (int(rng.integers(1, 5)), int(rng.integers(1, 30))))
    flags = bursts(counts)
    holds_together(flags)
    holds_together(silent_desks(counts))
    for desk in range(len(counts)):
        told = sorted((f for f in flags if f.unit[0] == desk and f.p_value is not None and f.statistic > 0), key=lambda f: f.statistic)
        assert all(f.p_value < 0.75 for f in told)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([2.0, 12.0, 60.0]))
def test_checks_of_paper_hold_numbers_or_a_reason(seed: int, mean: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    counts, desk = rng.poisson(mean, n), rng.integers(0, 3, n)
    for flags in (last_digits(counts, desk), round_counts(counts, desk), repeated_batches(rng.multinomial(counts, [0.2, 0.3, 0.5]), desk)):
        holds_together(flags)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.7, 1.0]))
def test_differences_of_modes_lie_in_their_intervals(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    valid = rng.integers(0, 6, n)
    agency, mode = rng.integers(0, 3, n), rng.integers(0, 3, n)
    flags = mode_differences(rng.binomial(valid, share), valid, agencies=agency, modes=mode, units=agency * 50 + rng.integers(0, 20, n))
    holds_together(flags)
    for flag in flags:
        assert flag.why is not None or -1 <= flag.ci_low <= flag.observed <= flag.ci_high <= 1
