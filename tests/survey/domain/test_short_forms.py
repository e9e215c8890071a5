from collections import Counter
from itertools import combinations

import pytest

from survey.domain.questionnaire import short_form, short_form_number
from survey.domain.short_forms import balanced_short_forms, pair_counts
from survey.services.read_questionnaire import read_questionnaire

SIPAS = read_questionnaire("sipas-2017")
DIMENSIONS = [[criterion.code for criterion in SIPAS.criteria_of(dimension.code)] for dimension in SIPAS.dimensions]


def test_each_of_the_60_variants_names_one_criterion_of_every_dimension_in_order() -> None:
    assert len(set(SIPAS.short_forms)) == 60
    for variant in SIPAS.short_forms:
        assert [SIPAS.dimension_of[code] for code in variant] == [dimension.code for dimension in SIPAS.dimensions]


def test_each_criterion_of_a_dimension_is_asked_equally_often() -> None:
    asked = Counter(code for variant in SIPAS.short_forms for code in variant)
    assert [{asked[code] for code in criteria} for criteria in DIMENSIONS] == [{15}, {12}, {10}, {15}, {15}]


def test_pairs_across_dimensions_are_spread_as_evenly_as_whole_numbers_allow() -> None:
    pairs = pair_counts(SIPAS.short_forms)
    for left, right in combinations(DIMENSIONS, 2):
        counts = [pairs[a, b] for a in left for b in right]
        assert min(counts) >= 1
        assert max(counts) - min(counts) <= 1


def test_the_weights_of_a_variant_sum_to_the_number_of_criteria() -> None:
    for variant in SIPAS.short_forms:
        assert sum(SIPAS.short_form_weights[code] for code in variant) == len(SIPAS.criteria)


def test_the_file_is_what_the_search_finds() -> None:
    assert balanced_short_forms(DIMENSIONS) == SIPAS.short_forms


def test_the_search_refuses_a_number_of_variants_that_cannot_be_balanced() -> None:
    with pytest.raises(ValueError, match="5 criteria cannot be asked equally often in 12 variants"):
        balanced_short_forms(DIMENSIONS, variants=12)


def test_the_search_refuses_an_empty_dimension() -> None:
    with pytest.raises(ValueError, match="0 criteria"):
        balanced_short_forms([["A"], []])


def test_a_single_dimension_needs_no_pairs() -> None:
    assert balanced_short_forms([["A", "B"]], variants=2) == (("A",), ("B",))


def test_a_form_is_named_by_its_variant() -> None:
    assert short_form_number(short_form(17)) == 17
    for name in ("full", "short", "short-", "short-x", "long-1", "short--1"):
        with pytest.raises(ValueError, match="not a form"):
            short_form_number(name)
