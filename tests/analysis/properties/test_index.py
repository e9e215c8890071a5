"""What must hold of the index and its variance whatever the survey."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis import Design, Domains, IndexTable, UnitTotals, index_table
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

#: What does not depend on how many people stand behind a weight of 1.
NUMBERS = ("share", "variance", "respondents", "answers", "units", "df", "deff")


def assert_same(first: IndexTable, second: IndexTable, *, names: tuple[str, ...] = NUMBERS) -> None:
    for name in names:
        a, b = getattr(first, name), getattr(second, name)
        if name == "deff":  # a ratio of two variances; where both are noise it tells nothing
            informative = (first.variance > 1e-12) & (second.variance > 1e-12)
            a, b = np.where(informative, a, 0), np.where(informative, b, 0)
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=name)


@given(surveys(), st.sampled_from([0.001, 0.37, 12.0, 1000.0]))
def test_the_scale_of_weights_does_not_matter(survey: Survey, factor: float) -> None:
    assert_same(survey.table(), survey.times(factor).table())


@given(surveys(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(survey: Survey, random) -> None:
    order = np.array(random.sample(range(len(survey.units)), len(survey.units)))
    assert_same(survey.table(), survey.taken(order).table())


def summed_over_units(survey: Survey) -> tuple[UnitTotals, np.ndarray]:
    """The survey's people summed over units, weights multiplied in; and a row of each unit."""
    people = UnitTotals.from_ratings(MEASURES, survey.ratings, form_weights=survey.form_weights)
    _, first, unit = np.unique(survey.units, return_index=True, return_inverse=True)
    w = survey.weights[:, None]

    def sums(values: np.ndarray) -> np.ndarray:
        out = np.zeros((len(first), values.shape[1]))
        np.add.at(out, unit, values)
        return out

    assert people.squares is not None
    totals = UnitTotals.of(
        MEASURES,
        satisfied=sums(w * people.satisfied),
        valid=sums(w * people.valid),
        respondents=sums(people.respondents),
        answers=sums(people.answers),
        squares=tuple(sums(w * moment) for moment in people.squares),
        people=np.bincount(unit),
    )
    return totals, first


@given(surveys())
def test_unit_totals_give_the_numbers_of_their_respondents(survey: Survey) -> None:
    totals, first = summed_over_units(survey)
    design = Design.of(len(first), strata=survey.strata[first])
    table = index_table(totals, measures=MEASURES, design=design, domains=Domains.by(survey.groups[first])[0])
    weightless = len(set(survey.weights)) == 1 and survey.weights[0] == 1
    assert_same(survey.table(), table, names=NUMBERS if weightless else NUMBERS[:-1])


@given(surveys())
def test_unit_totals_give_the_design_effect_of_unweighted_respondents(survey: Survey) -> None:
    unweighted = Survey(survey.ratings, np.ones(len(survey.units)), survey.form_weights, survey.strata, survey.units, survey.groups)
    totals, first = summed_over_units(unweighted)
    design = Design.of(len(first), strata=survey.strata[first])
    table = index_table(totals, measures=MEASURES, design=design, domains=Domains.by(survey.groups[first])[0])
    assert_same(unweighted.table(), table)


@given(surveys())
def test_the_variance_is_never_negative_and_the_share_lies_between_0_and_1(survey: Survey) -> None:
    table = survey.table()
    known = np.isfinite(table.share)
    assert (np.isfinite(table.variance) == known).all()
    assert (table.variance[known] >= 0).all()
    assert ((table.share[known] >= 0) & (table.share[known] <= 1 + 1e-15)).all()
    assert (known == (table.answers > 0)).all()


@given(surveys())
def test_the_mean_of_criteria_lies_between_the_least_and_the_greatest(survey: Survey) -> None:
    table, columns = survey.table(), MEASURES.columns
    criteria = table.share[:, : len(MEASURES.criteria)]
    means = table.share[:, [c.level == "overall" and c.rule == "criteria" for c in columns]]
    known = np.isfinite(means[:, 0])
    assert (means[known, 0] >= np.nanmin(criteria[known], axis=1) - 1e-12).all()
    assert (means[known, 0] <= np.nanmax(criteria[known], axis=1) + 1e-12).all()


@given(surveys())
def test_overlapping_domains_are_estimated_as_if_alone(survey: Survey) -> None:
    rows = len(survey.units)
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings)
    design = Design.of(rows, strata=survey.strata, clusters=survey.units, weights=survey.weights)
    masks = [survey.groups == 0, survey.units >= 0, np.zeros(rows, dtype=bool), survey.strata == 0]
    together = index_table(totals, measures=MEASURES, design=design, domains=Domains.of(rows, masks))
    for number, mask in enumerate(masks):
        alone = index_table(totals, measures=MEASURES, design=design, domains=Domains.of(rows, [np.flatnonzero(mask)]))
        np.testing.assert_allclose(together.share[number], alone.share[0], rtol=1e-12)
        np.testing.assert_allclose(together.variance[number], alone.variance[0], rtol=1e-9, atol=1e-18)
        np.testing.assert_array_equal(together.df[number], alone.df[0])
