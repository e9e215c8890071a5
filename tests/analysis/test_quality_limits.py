"""The ends of what can happen to a check: nobody, one desk, all alike, nothing known; what is refused; the examples run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis import AnalysisError, quality
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

FORM_CHECKS = (straight_lining, perfect_forms, fours_and_fives, repeated_patterns)


def test_every_public_check_has_an_example() -> None:
    checks = [getattr(quality, name) for name in quality.__all__ if name[0].islower()]
    assert len(checks) > 10
    assert [check.__name__ for check in checks if ">>>" not in (check.__doc__ or "")] == []


@pytest.mark.parametrize("check", FORM_CHECKS)
def test_nobody_at_all_gives_no_flag(check: Callable[..., tuple[Flag, ...]]) -> None:
    assert check(RatingModel.fit(np.zeros((0, 5)), [])) == ()


def test_nothing_counted_gives_no_flag() -> None:
    assert last_digits([], []) == round_counts([], []) == repeated_batches(np.zeros((0, 5)), []) == too_fast([], []) == any_flag() == ()
    assert mode_differences([], [], agencies=[], modes=[]) == ()


@pytest.mark.parametrize("check", FORM_CHECKS)
def test_nine_forms_are_too_few_to_say_anything(check: Callable[..., tuple[Flag, ...]]) -> None:
    flags = check(RatingModel.fit([[5, 5, 5, 4, 4]] * 9, ["x"] * 9))
    assert [(f.why, f.p_value, f.raised, f.n) for f in flags] == [("too_few_forms", None, False, 9)]


@pytest.mark.parametrize("check", FORM_CHECKS[:3])
def test_two_desks_have_too_few_others_to_compare_with(check: Callable[..., tuple[Flag, ...]]) -> None:
    flags = check(RatingModel.fit([[5, 5, 5, 5, 5]] * 40, ["x", "y"] * 20))
    assert {(f.why, f.expected, f.adjusted_p) for f in flags} == {("too_few_desks", None, None)}


@pytest.mark.parametrize("check", FORM_CHECKS)
@pytest.mark.parametrize("rating", [1, 4, 5])
def test_a_province_that_answers_all_alike_is_not_flagged(check: Callable[..., tuple[Flag, ...]], rating: int) -> None:
    flags = check(RatingModel.fit(np.full((120, 5), rating), np.repeat(list("abcd"), 30)))
    assert {f.why for f in flags} == {None}
    assert not any(f.raised for f in flags)


def test_forms_without_an_answer_are_not_looked_at() -> None:
    ratings = np.vstack([np.tile([5, 4, 3, 4, 5], (60, 1)), np.zeros((60, 5))])
    flags = straight_lining(RatingModel.fit(ratings, np.tile(np.repeat(list("abc"), 20), 2)))
    assert [f.n for f in flags] == [20, 20, 20]


def test_forms_of_two_answers_say_nothing_of_straight_lines() -> None:
    flags = straight_lining(RatingModel.fit(np.tile([5, 5, 0, 0], (60, 1)), np.repeat(list("abc"), 20)))
    assert [(f.n, f.observed, f.why) for f in flags] == [(0, None, "too_few_forms")] * 3


def test_short_and_long_forms_are_compared_apart() -> None:
    """Lines on every long form and no short one: a desk with more long forms than others is not suspicious for it."""
    rng = np.random.default_rng(8)
    long = rng.integers(1, 6, (240, 1)).repeat(12, axis=1)
    short = np.hstack([rng.integers(1, 6, (240, 5)), np.zeros((240, 7), dtype=int)])
    desk = np.concatenate([np.repeat(list("abcdef"), [90, 30, 30, 30, 30, 30]), np.repeat(list("abcdef"), 40)])
    (first, *_) = straight_lining(RatingModel.fit(np.vstack([long, short]), desk))
    assert first.expected == pytest.approx(first.observed, abs=0.05)
    assert not first.raised


def test_an_unknown_answering_time_is_left_out() -> None:
    fast = np.tile([1.0, 0.0, np.nan, 0.0], 30)
    flags = too_fast(fast, np.repeat(list("abc"), 40))
    assert [(f.n, f.observed, f.raised) for f in flags] == [(30, pytest.approx(1 / 3), False)] * 3


def test_a_desk_that_sends_nothing_has_no_usual_level_and_says_so() -> None:
    counts = np.array([[3] * 20, [4] * 20, [0] * 20, [1, 0] * 5 + [0] * 10])
    assert [f.why for f in silent_desks(counts, desks=list("abcd"))] == [None, None, "no_responses", "too_few_counts"]
    assert {f.unit[0] for f in bursts(counts, desks=list("abcd"))} == set("abd")
    assert {f.why for f in bursts(counts) if f.unit[0] == 3} == {"too_few_counts"}


def test_days_on_which_nobody_responds_are_closed_unless_said_otherwise() -> None:
    counts = np.tile([[3], [4], [5]], (1, 28))
    counts[:, 6::7] = 0
    assert {f.n for f in silent_desks(counts)} == {24}
    told = silent_desks(counts, open_days=np.ones(28))
    assert {(f.n, f.observed) for f in told} == {(28, 1.0)}
    assert not any(f.raised for f in silent_desks(counts))


def test_days_that_are_all_closed_tell_nothing() -> None:
    zeros = np.zeros((2, 3))
    assert bursts(zeros) == ()
    assert [f.why for f in silent_desks(zeros)] == ["no_responses"] * 2


def test_a_long_silence_is_flagged_and_its_length_shown() -> None:
    counts = np.random.default_rng(9).poisson(4, (6, 60))
    counts[2, 30:45] = 0
    flags = silent_desks(counts)
    assert [f.unit for f in flags if f.raised] == [2]
    assert flags[2].observed >= 15 > flags[2].expected


def test_a_day_busy_everywhere_is_no_burst() -> None:
    counts = np.random.default_rng(10).poisson(5, (12, 40))
    counts[:, 7] *= 5
    assert not [f.unit for f in bursts(counts) if f.raised]


def test_counts_below_ten_have_digits_of_their_own_and_are_not_judged() -> None:
    (flag,) = last_digits([1] * 40, ["x"] * 40)
    assert (flag.why, flag.p_value) == ("counts_too_small", None)


def test_twenty_nine_counts_are_too_few() -> None:
    for check in (last_digits, round_counts):
        (flag,) = check(list(range(10, 39)), ["x"] * 29)
        assert (flag.why, flag.n, flag.p_value) == ("too_few_counts", 29, None)
    (flag,) = repeated_batches([[3, 4]] * 9, ["x"] * 9)
    assert (flag.why, flag.n) == ("too_few_counts", 9)


def test_counts_less_scattered_than_chance_are_judged_by_poisson() -> None:
    counts = np.tile(np.arange(20, 30), 6)
    (flag,) = last_digits(counts, ["x"] * 60)
    assert flag.p_value > 0.2
    (flag,) = round_counts(counts, ["x"] * 60)
    assert flag.observed == pytest.approx(0.2)


def test_modes_with_few_people_are_not_compared_and_satisfied_ones_do_not_differ() -> None:
    mode = ["open_qr"] * 30 + ["slip"] * 30 + ["invitation"] * 9
    flags = mode_differences([5] * 69, [5] * 69, agencies=["x"] * 69, modes=mode)
    assert {f.unit: f.why for f in flags} == {
        ("x", "invitation", "open_qr"): "too_few_respondents",
        ("x", "invitation", "slip"): "too_few_respondents",
        ("x", "open_qr", "slip"): None,
    }
    told = flags[-1]
    assert (told.observed, told.p_value, told.raised, told.n) == (0, 1, False, 60)
    assert told.ci_low < 0 < told.ci_high


def test_a_desk_of_which_nothing_is_told_says_so_in_the_family_too() -> None:
    untold = Flag("burst", ("x", 1), 3, None, None, None, None, False, 5, "too_few_counts")
    (flag,) = any_flag([untold])
    assert (flag.unit, flag.why, flag.p_value, flag.n) == ("x", "nothing_told", None, 0)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a rating of 6": (lambda: RatingModel.fit([[6]], ["x"]), "ratings: got 6 in row 0"),
    "half a rating": (lambda: RatingModel.fit([[4], [4.5]], ["x", "x"]), "ratings: got 4.5 in row 1"),
    "ratings in a row": (lambda: RatingModel.fit([4, 5], ["x", "x"]), "ratings: got shape (2,)"),
    "too few desks": (lambda: RatingModel.fit([[4], [5]], ["x"]), "desks: got shape (1,)"),
    "days of other forms": (lambda: repeated_patterns(RatingModel.fit([[4]], ["x"]), days=[1, 2]), "days: got shape (2,)"),
    "a rate of 0": (lambda: any_flag(false_discovery_rate=0), "false_discovery_rate: got 0"),
    "fast of another length": (lambda: too_fast([1], ["x", "y"]), "fast: got shape (1,)"),
    "fast that is neither": (lambda: too_fast([2], ["x"]), "fast: got something else"),
    "answers of another length": (lambda: too_fast([1], ["x"], answers=[5, 5]), "answers: got shape (2,)"),
    "counts of half a person": (lambda: bursts([[0.5]]), "counts: got something else"),
    "counts in a row": (lambda: bursts([1, 2]), "counts: got shape (2,)"),
    "open days of another length": (lambda: silent_desks([[1, 2]], open_days=[True]), "open_days: got shape (1,)"),
    "labels of other desks": (lambda: silent_desks([[1, 2]], desks=["x", "y"]), "desks: got 2 labels"),
    "labels of other days": (lambda: bursts([[1, 2]], days=["x"]), "days: got 1 labels"),
    "a count below 0": (lambda: last_digits([-1], ["x"]), "counts: got something else"),
    "counts of other desks": (lambda: round_counts([1, 2], ["x"]), "counts: got shape (2,)"),
    "batches in a row": (lambda: repeated_batches([1, 2], ["x", "x"]), "batches: got shape (2,)"),
    "more satisfied than valid": (lambda: mode_differences([5], [4], agencies=["x"], modes=["m"]), "satisfied: got"),
    "a confidence level of 1": (
        lambda: mode_differences([4], [5], agencies=["x"], modes=["m"], confidence_level=1),
        "confidence_level: got 1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_check_refuses_with_argument_got_and_expected(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(AnalysisError) as refusal:
        call()
    assert str(refusal.value).startswith(message)
