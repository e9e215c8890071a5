"""Moments of groups of respondents give the numbers that the respondents themselves give, whatever the survey."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import Design, Domains, IndexTable, Moments, UnitTotals, index_table, moments_table, score, score_moments
from analysis import moments as module
from tests.analysis.properties.strategies import MEASURES, Survey, surveys

WEIGHTED = st.sampled_from(["", "weights", "form_weights", "both"])


def kinds(survey: Survey, weighted: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The weights and the form weights as they are handed over."""
    weights = {"weights": survey.weights} if weighted in ("weights", "both") else {}
    return weights, {"form_weights": survey.form_weights} if weighted in ("form_weights", "both") else {}


def groups_of(survey: Survey) -> np.ndarray:
    """A group for each stratum's part of each domain."""
    return survey.strata * 100 + survey.groups


def masks(groups: np.ndarray) -> list[np.ndarray]:
    """Domains that overlap, that cross the strata, and one without anybody."""
    return [groups >= 0, groups % 100 == 0, groups // 100 == 0, groups < 0, groups % 2 == 1]


def assert_equal_tables(first: IndexTable, second: IndexTable) -> None:
    for field in fields(IndexTable):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if field.name == "deff":  # a ratio of two variances: where both are noise it tells nothing
            informative = (first.variance > 1e-12) & (second.variance > 1e-12)
            a, b = np.where(informative, a, 0), np.where(informative, b, 0)
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12, err_msg=field.name)


@given(surveys(), WEIGHTED, st.sampled_from([None, 0.25, 1.0, 500.0]))
def test_moments_give_the_table_of_their_respondents(survey: Survey, weighted: str, population: float | None) -> None:
    groups = groups_of(survey)
    weights, form_weights = kinds(survey, weighted)
    moments = Moments.from_ratings(MEASURES, survey.ratings, groups=groups, **weights, **form_weights)
    domains = Domains.of(len(moments.labels), masks(moments.labels))
    fpc = None if population is None else np.full(len(groups), population)
    table = moments_table(
        moments,
        measures=MEASURES,
        strata=moments.labels // 100,
        domains=domains,
        fpc=None if fpc is None else fpc[: len(moments.labels)],
    )
    design = Design.of(len(groups), strata=survey.strata, fpc=fpc, **weights)
    totals = UnitTotals.from_ratings(MEASURES, survey.ratings, **form_weights)
    assert_equal_tables(table, index_table(totals, measures=MEASURES, design=design, domains=Domains.of(len(groups), masks(groups))))


@given(surveys(), WEIGHTED, st.integers(0, 60))
def test_moments_of_two_parts_add_up_to_those_of_both(survey: Survey, weighted: str, cut: int) -> None:
    groups = groups_of(survey)
    given_ = [d for d in kinds(survey, weighted) if d]

    def part(rows: slice) -> Moments:
        options = {name: values[rows] for weights in given_ for name, values in weights.items()}
        return Moments.from_ratings(MEASURES, survey.ratings[rows], groups=groups[rows], **options)

    whole, both = part(slice(None)), part(slice(cut)) + part(slice(cut, None))
    for field in fields(Moments):
        np.testing.assert_allclose(getattr(both, field.name), getattr(whole, field.name), rtol=1e-12, err_msg=field.name)
    assert (both.squares is both.products) == (weighted in ("", "form_weights"))


@given(surveys())
def test_without_weights_the_order_of_rows_changes_no_bit(survey: Survey) -> None:
    order = np.argsort(survey.ratings[:, 0], kind="stable")
    first = Moments.from_ratings(MEASURES, survey.ratings, groups=survey.groups)
    second = Moments.from_ratings(MEASURES, survey.ratings[order], groups=survey.groups[order])
    for field in fields(Moments):
        assert (getattr(first, field.name) == getattr(second, field.name)).all()


@given(surveys(), st.sampled_from([0.001, 12.0]))
def test_the_scale_of_weights_does_not_matter(survey: Survey, factor: float) -> None:
    def table(weights: np.ndarray) -> IndexTable:
        moments = Moments.from_ratings(MEASURES, survey.ratings, groups=survey.groups, weights=weights)
        return moments_table(moments, measures=MEASURES, strata=moments.labels, domains=Domains.by(moments.labels)[0])

    assert_equal_tables(table(survey.weights), table(survey.weights * factor))


@given(surveys())
def test_scores_from_moments_are_the_scores_of_the_respondents(survey: Survey) -> None:
    moments = Moments.from_ratings(MEASURES, survey.ratings, groups=survey.groups)
    ours = score_moments(moments, measures=MEASURES, strata=moments.labels, domains=[[i] for i in range(len(moments.labels))])
    theirs = score(
        UnitTotals.from_ratings(MEASURES, survey.ratings),
        measures=MEASURES,
        design=Design.of(len(survey.groups), strata=survey.groups),
        domains=Domains.by(survey.groups)[0],
    )
    for mine, other in zip((e for d in ours for e in d), (e for d in theirs for e in d), strict=True):
        for name in ("key", "rule", "respondents", "answers", "units", "df", "why"):
            assert getattr(mine, name) == getattr(other, name)
        for name in ("index", "ci_low", "ci_high", "n_eff", "design_effect"):
            assert getattr(mine, name) == (
                None if getattr(other, name) is None else pytest.approx(getattr(other, name), rel=1e-9, abs=1e-12)
            )


@given(surveys())
def test_ratings_of_any_kind_of_number_are_the_same(survey: Survey) -> None:
    blank = np.where(survey.ratings == 0, np.nan, survey.ratings)
    kinds_ = (survey.ratings.astype(np.uint8), survey.ratings.astype(np.int8), blank, blank.astype(object))
    tables = [Moments.from_ratings(MEASURES, ratings, groups=survey.groups) for ratings in kinds_]
    assert all((table.products == tables[0].products).all() for table in tables)


@given(surveys(), WEIGHTED)
def test_unit_totals_summed_by_the_library_give_the_numbers_of_their_respondents(survey: Survey, weighted: str) -> None:
    weights, form_weights = kinds(survey, weighted)
    people = UnitTotals.from_ratings(MEASURES, survey.ratings, **form_weights)
    totals, units = people.summed(survey.units, **weights)
    first = np.array([int(np.argmax(survey.units == unit)) for unit in units])
    ours = index_table(
        totals,
        measures=MEASURES,
        design=Design.of(len(units), strata=survey.strata[first]),
        domains=Domains.by(survey.groups[first])[0],
    )
    design = Design.of(len(survey.units), strata=survey.strata, clusters=survey.units, **weights)
    assert_equal_tables(ours, index_table(people, measures=MEASURES, design=design, domains=Domains.by(survey.groups)[0]))


@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_size_of_a_block_changes_no_bit(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    ratings, groups = rng.integers(0, 6, (300, 6)), rng.integers(0, 9, 300)
    whole = Moments.from_ratings(MEASURES, ratings, groups=groups)
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_ONE_THREAD", 12 * 12 * 5)
    parts = Moments.from_ratings(MEASURES, ratings, groups=groups)
    for field in fields(Moments):
        assert (getattr(whole, field.name) == getattr(parts, field.name)).all()
