"""The ends of what a change can be: nobody, one person, one unit, all satisfied, the same people twice; and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import AnalysisError, Design, Domains, Estimate, Measures, UnitTotals, score
from analysis.change import Change, index_change, index_changes, mover

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B"})
A1, WHOLE, MEAN = 0, 5, 9


def changed(before: list[list[int]], after: list[list[int]], *, method: str = "wilson", **design) -> tuple[Change, ...]:
    rows = len(before) + len(after)
    totals = UnitTotals.from_ratings(MEASURES, np.array(before + after, dtype=float).reshape(rows, 3))
    waves = Domains.of(rows, [range(len(before))]), Domains.of(rows, [range(len(before), rows)])
    (found,) = index_changes(totals, measures=MEASURES, design=Design.of(rows, **design), first=waves[0], second=waves[1], method=method)
    return found


def estimate(**known) -> Estimate:
    unknown = dict.fromkeys(Estimate.__dataclass_fields__)
    return Estimate(**(unknown | {"index": 0.8, "se": 0.02, "df": 50, "ci_low": 0.76, "ci_high": 0.84} | known))


def test_nobody_in_a_wave_is_a_reason() -> None:
    for change in (*changed([], [[5, 5, 5]] * 9), *changed([[5, 5, 5]] * 9, []), *changed([], [])):
        assert (change.difference, change.se, change.t, change.p_value, change.ci_low, change.ci_high) == (None,) * 6
        assert (change.why, change.verdict) == ("no_valid_answers", "unclear")


def test_one_person_in_a_wave_has_an_interval_but_no_standard_error() -> None:
    change = changed([[5, 1, 5]], [[5, 5, 5], [5, 5, 1], [1, 5, 5]])[A1]
    assert (change.first, change.second) == (1, pytest.approx(2 / 3))
    assert (change.se, change.p_value, change.why, change.verdict) == (None, None, "one_unit", "unclear")
    assert change.ci_low < change.difference < change.ci_high
    assert change.ci_high - change.ci_low > 0.9


def test_everyone_satisfied_twice_is_no_change_within_an_interval() -> None:
    change = changed([[5, 5, 5]] * 40, [[4, 4, 4]] * 30)[WHOLE]
    assert (change.difference, change.se, change.p_value, change.why) == (0, 0, None, "no_variance")
    assert -0.13 < change.ci_low < 0 < change.ci_high < 0.13
    assert change.verdict == "unclear"


def test_from_all_dissatisfied_to_all_satisfied_is_up_though_nothing_varies() -> None:
    change = changed([[1, 1, 1]] * 20, [[5, 5, 5]] * 20)[WHOLE]
    assert (change.difference, change.se, change.t, change.p_value, change.why) == (1, 0, None, None, "no_variance")
    assert (change.verdict, change.ci_high) == ("up", 1)


def test_strata_of_one_unit_each_leave_no_degrees_of_freedom() -> None:
    change = changed([[5, 5, 1], [1, 2, 2]], [[5, 1, 5], [4, 4, 4]], strata=["x", "y", "z", "v"])[WHOLE]
    assert (change.df, change.p_value, change.why) == (0, None, "no_degrees_of_freedom")
    assert change.se > 0
    assert change.ci_low < change.difference < change.ci_high


def test_a_mean_over_other_parts_says_so() -> None:
    change = changed([[5, 1, 0], [4, 4, 0], [1, 2, 0]], [[5, 1, 5], [4, 4, 1], [1, 1, 1]])[MEAN]
    assert change.why == "parts_without_answers"
    assert change.difference is not None


def test_a_method_without_an_interval_gives_none_of_the_change() -> None:
    change = changed([[5, 5, 5]] * 9, [[5, 1, 5], [1, 5, 5], [5, 5, 1]], method="logit")[A1]
    assert (change.ci_low, change.ci_high, change.why, change.verdict) == (None, None, "no_variance", "unclear")
    assert change.se > 0
    assert change.p_value is not None


def test_the_same_people_twice_did_not_change() -> None:
    rows = 12
    totals = UnitTotals.from_ratings(MEASURES, [[5, 1, 4], [2, 5, 5], [1, 1, 4]] * 4)
    whole = Domains.whole(rows)
    (changes,) = index_changes(totals, measures=MEASURES, design=Design.of(rows), first=whole, second=whole)
    assert {(c.difference, c.se, c.p_value, c.df) for c in changes} == {(0, 0, None, rows - 1)}


def test_units_seen_twice_are_counted_once_and_vary_together() -> None:
    """Four desks, all better by as much: paired, the change is sure; unpaired it would not be."""
    before, after = [[1, 1, 1], [1, 1, 1], [5, 1, 1], [5, 5, 5]], [[1, 1, 1], [5, 1, 1], [5, 5, 1], [5, 5, 5]]
    paired = changed(before, after, clusters=["a", "b", "c", "d"] * 2)[WHOLE]
    apart = changed(before, after, strata=[1] * 4 + [2] * 4)[WHOLE]
    assert (paired.df, apart.df) == (3, 6)
    assert paired.difference == apart.difference == pytest.approx(2 / 12)
    assert paired.se == pytest.approx(np.std([0, 1 / 3, 1 / 3, 0], ddof=1) / 2)
    assert paired.se < apart.se
    assert paired.ci_high - paired.ci_low < apart.ci_high - apart.ci_low


def test_two_frozen_estimates_without_their_data_give_the_change_of_the_data() -> None:
    before, after = [[5, 1, 4], [4, 4, 2], [2, 2, 2], [5, 5, 5]], [[5, 5, 5], [4, 4, 4], [5, 5, 1]]
    together = changed(before, after, strata=[1] * 4 + [2] * 3)[WHOLE]
    frozen = [UnitTotals.from_ratings(MEASURES, wave) for wave in (before, after)]
    scored = [score(t, measures=MEASURES, design=Design.of(t.rows), domains=Domains.whole(t.rows))[0][WHOLE] for t in frozen]
    alone = index_change(*scored)
    for name in ("first", "second", "difference", "se", "df", "p_value", "ci_low", "ci_high"):
        assert getattr(alone, name) == pytest.approx(getattr(together, name), abs=1e-12), name


def test_the_design_effect_may_be_pooled_over_other_groups() -> None:
    totals = UnitTotals.from_ratings(MEASURES, [[5, 1, 4], [4, 4, 2], [2, 2, 2], [5, 5, 5]] * 4)
    halves, nothing = [Domains.of(16, [range(8)]), Domains.of(16, [range(8, 16)])], Domains.of(16, [])
    options = {"measures": MEASURES, "design": Design.of(16), "first": halves[0], "second": halves[1]}
    (own,), (of_none,) = index_changes(totals, **options), index_changes(totals, **options, comparable=(nothing, nothing))
    assert own[WHOLE].se == of_none[WHOLE].se
    assert own[WHOLE].ci_high < of_none[WHOLE].ci_high  # nothing tells a design effect: one person counts as one answer


def test_a_change_across_many_degrees_of_freedom_is_told_by_its_interval_alone() -> None:
    up = index_change(estimate(), estimate(index=0.9, ci_low=0.87, ci_high=0.92))
    down = index_change(estimate(index=0.9, ci_low=0.87, ci_high=0.92), estimate())
    unclear = index_change(estimate(), estimate(index=0.81, ci_low=0.77, ci_high=0.85))
    assert [c.verdict for c in (up, down, unclear)] == ["up", "down", "unclear"]
    assert up.t == pytest.approx(0.1 / np.hypot(0.02, 0.02))
    assert up.df == 100


def test_waves_without_any_pair_have_no_changes() -> None:
    totals, none = UnitTotals.from_ratings(MEASURES, [[5, 1, 4]]), Domains.of(1, [])
    assert index_changes(totals, measures=MEASURES, design=Design.of(1), first=none, second=none) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first_bounds": (0.6, 0.7)}, "first_bounds: got something else, expected 0 ≤ low ≤ share ≤ high ≤ 1"),
        ({"second_bounds": (-0.1, 0.7)}, "second_bounds: got"),
        ({"second_bounds": (0.1, 1.2)}, "second_bounds: got"),
        ({"correlation": [0.0, 1.5]}, "correlation: got 1.5, expected numbers from -1 to 1"),
    ],
)
def test_mover_refuses_what_is_no_interval(arguments: dict, message: str) -> None:
    good = {"first_bounds": (0.4, 0.6), "second_bounds": (0.5, 0.7)}
    with pytest.raises(AnalysisError) as refused:
        mover(0.5, 0.6, **(good | arguments))
    assert str(refused.value).startswith(message)


def test_as_many_later_domains_as_earlier_ones_are_needed() -> None:
    totals = UnitTotals.from_ratings(MEASURES, [[5, 1, 4]])
    with pytest.raises(AnalysisError, match="second: got 0 domains, expected 1, as first"):
        index_changes(totals, measures=MEASURES, design=Design.of(1), first=Domains.whole(1), second=Domains.of(1, []))


def test_a_missing_share_has_no_interval() -> None:
    low, high = mover([0.5, np.nan], 0.6, first_bounds=([0.4, np.nan], [0.6, np.nan]), second_bounds=(0.5, 0.7))
    assert np.isnan([low[1], high[1]]).all()
    assert np.isfinite([low[0], high[0]]).all()
