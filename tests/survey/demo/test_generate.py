"""One year of the province is simulated once; each test looks at it from one side."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from functools import cache
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import pearsonr

from survey.demo.generate import DemoResponses, simulate
from survey.demo.province import DemoDesk, demo_desks, read_province
from survey.demo.truth import true_indices
from survey.demo.working_days import busyness, working_days
from survey.domain.quality import too_fast_from
from survey.domain.questionnaire import FULL_FORM, NO_OPINION, OVERALL
from survey.services.read_questionnaire import read_questionnaire

SIPAS = read_questionnaire("sipas-2017")
DESKS = demo_desks(read_province(), date(2025, 7, 1))
DAYS = working_days(date(2025, 7, 1), date(2026, 6, 30))
CODES = list(SIPAS.dimension_of)


@cache
def year() -> DemoResponses:
    return simulate(SIPAS, DESKS, DAYS, seed=2021, responses=60_000)


@cache
def table() -> NDArray[np.int64]:
    """Responses × criteria; -1 where nothing was said."""
    return np.array([[ratings.get(code, -1) for code in CODES] for ratings in year().ratings])


def truth(agency: str) -> dict[str, float]:
    return {true.measure: true.share for true in year().truth if true.agency == agency}


def honest(*, mode: str = "open_qr") -> NDArray[np.bool_]:
    return ~year().stuffed & (np.array(year().mode) == mode)


def test_the_same_seed_gives_the_same_responses_and_another_seed_others() -> None:
    days = DAYS[:20]
    first, again, other = (simulate(SIPAS, DESKS, days, seed=seed, responses=200) for seed in (1, 1, 2))
    assert (first.ids, first.ratings, first.answers, first.truth) == (again.ids, again.ratings, again.answers, again.truth)
    assert first.answering_time == again.answering_time
    assert not set(first.ids) & set(other.ids)


def test_there_are_as_many_honest_responses_as_ordered_in_parallel_columns() -> None:
    responses = year()
    assert (~responses.stuffed).sum() == 60_000
    columns = (getattr(responses, field.name) for field in fields(responses) if field.name != "truth")
    assert {len(column) for column in columns} == {len(responses)}


def test_ids_are_random_uuids_of_version_4_and_tell_no_order() -> None:
    ids = year().ids
    assert len(set(ids)) == len(ids)
    assert all(id_.version == 4 for id_ in ids)
    first = [on for id_, on in sorted(zip(ids, year().responded_on, strict=True))]
    assert first != sorted(first)


def test_shares_of_forms_modes_and_languages_are_as_planned() -> None:
    responses = year()
    assert 0.83 < np.mean([form != FULL_FORM for form in np.array(responses.form)[~responses.stuffed]]) < 0.87
    assert 0.02 < np.mean([language == "en" for language in responses.language]) < 0.04
    assert {DESKS[desk].kiosk for desk in responses.desk[honest(mode="kiosk")]} == {True}
    assert set(responses.mode) == {"open_qr", "kiosk"}


def test_a_response_rates_only_what_its_form_asks_and_at_least_one_thing() -> None:
    for form, ratings in zip(year().form, year().ratings, strict=True):
        assert ratings.keys() <= {*SIPAS.asked(form), SIPAS.general.code}
        assert any(rating != NO_OPINION for rating in ratings.values())
        assert all(rating in range(6) for rating in ratings.values())


def test_every_variant_of_the_short_form_is_used_about_equally() -> None:
    short = [form for form in year().form if form != FULL_FORM]
    counts = np.unique(short, return_counts=True)[1]
    assert len(counts) == 60
    assert counts.min() > 0.8 * counts.mean()


def test_no_opinion_is_common_on_feedback_and_rare_elsewhere() -> None:
    share = (table() == NO_OPINION).sum(axis=0) / (table() >= 0).sum(axis=0)
    feedback = np.array([SIPAS.dimension_of[code] == "FEEDBACK" for code in CODES])
    assert ((share[feedback] > 0.13) & (share[feedback] < 0.27)).all()
    assert (share[~feedback] < 0.04).all()


def test_ratings_of_one_person_correlate_by_three_to_four_tenths() -> None:
    full = table()[(np.array(year().form) == FULL_FORM) & ~year().stuffed]
    satisfied = np.ma.masked_where(full < 1, full >= 4).astype(float)
    correlation = np.ma.corrcoef(satisfied, rowvar=False)
    assert 0.3 < correlation[np.triu_indices(len(CODES), 1)].mean() < 0.42


def test_the_general_question_goes_along_with_the_criteria() -> None:
    full = [ratings for ratings in year().ratings if len(ratings) > 10 and "G1" in ratings]
    general = np.array([ratings["G1"] for ratings in full])
    others = np.array([np.mean([rating for code, rating in ratings.items() if code != "G1" and rating]) for ratings in full])
    assert pearsonr(general, others).statistic > 0.5


def test_kiosk_answers_are_kinder() -> None:
    desks = [number for number, desk in enumerate(DESKS) if desk.kiosk]
    here = np.isin(year().desk, desks)
    shares = []
    for mode in ("kiosk", "open_qr"):
        said = table()[here & honest(mode=mode)]
        shares.append((said >= 4).sum() / (said >= 1).sum())
    assert shares[0] > shares[1] + 0.05


def test_most_agencies_are_at_77_to_90_percent_and_a_few_desks_far_below() -> None:
    overall = np.array([truth(desk.agency)[OVERALL] for desk in DESKS])
    assert np.mean((overall > 0.77) & (overall < 0.9)) > 0.75
    bad = [desk for desk in DESKS if (desk.satisfied_percent or 100) < 70]
    assert 3 <= len(bad) <= 6
    for desk in bad:
        of_desk = {true.measure: true.share for true in true_indices(SIPAS, [desk], DAYS, seed=2021)}
        assert 0.55 < of_desk[OVERALL] < 0.65


def test_feedback_is_the_weakest_dimension_and_staff_the_strongest() -> None:
    province = truth("tinh-tuyen-quang")
    dimensions = sorted((dimension.code for dimension in SIPAS.dimensions), key=province.__getitem__)
    assert (dimensions[0], dimensions[-1]) == ("FEEDBACK", "STAFF")


def test_few_people_come_around_tet_and_many_on_a_monday() -> None:
    arrived: defaultdict[date, int] = defaultdict(int)
    for day, forged in zip(year().responded_on, year().stuffed, strict=True):
        arrived[day] += not forged
    quiet = [arrived[day] for day in DAYS if busyness(day) < 0.5]
    mondays = [arrived[day] for day in DAYS if day.weekday() == 0 and busyness(day) >= 0.5]
    assert np.mean(quiet) < 0.5 * np.mean(mondays)
    assert np.mean(mondays) > 1.2 * np.mean([arrived[day] for day in DAYS if day.weekday() == 4])


def test_the_stuffed_desk_shows_piles_of_nothing_but_five_on_some_days() -> None:
    number = next(number for number, desk in enumerate(DESKS) if desk.stuffed)
    forged = year().stuffed
    assert set(year().desk[forged]) == {number}
    assert (table()[forged] == 5).all()
    assert not any(year().answers[place] for place in np.flatnonzero(forged))
    piles = np.unique([year().responded_on[place].toordinal() for place in np.flatnonzero(forged)], return_counts=True)[1]
    assert piles.min() >= 15
    here = table()[year().desk == number]
    assert (here >= 4).sum() / (here >= 1).sum() > truth(DESKS[number].agency)[OVERALL] + 0.05


def too_fast(kept: NDArray[np.bool_]) -> tuple[float, float]:
    """Of the kept forms the share whose time is known, and of these the share of those filled in faster than they can be read."""
    fast = [len(year().ratings[place]) >= too_fast_from(time) for place in np.flatnonzero(kept) if (time := year().answering_time[place])]
    return len(fast) / int(kept.sum()), float(np.mean(fast))


def test_few_honest_forms_and_nearly_all_forged_ones_are_filled_in_too_fast() -> None:
    full = np.array([form == FULL_FORM for form in year().form])
    for kept in (honest() & full, honest() & ~full):
        known, fast = too_fast(kept)
        assert 0.86 < known < 0.9
        assert 0.01 < fast < 0.1
    assert too_fast(honest(mode="kiosk"))[0] == 1
    assert too_fast(year().stuffed)[1] > 0.9


def estimates(kept: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
    """For each agency that has 30 responses: the pooled estimate, its linearised standard error over desk-days, and the truth."""
    for agency in dict.fromkeys(desk.agency for desk in DESKS):
        here = kept & np.isin(year().desk, [number for number, desk in enumerate(DESKS) if desk.agency == agency])
        said = table()[here]
        on_full = np.array([form == FULL_FORM for form in np.array(year().form)[here]])[:, None]
        weight = np.where(on_full, 1.0, [[float(SIPAS.short_form_weights[code]) for code in CODES]])
        y, x = (weight * (said >= 4)).sum(axis=1), (weight * (said >= 1)).sum(axis=1)
        day = np.array([on.toordinal() for on in year().responded_on])[here]
        unit = np.unique(year().desk[here] * 1_000_000 + day, return_inverse=True)[1]
        index = y.sum() / x.sum()
        residual = np.bincount(unit, weights=y - index * x)
        if len(y) >= 30:
            yield index, sqrt((residual**2).sum()) / x.sum(), truth(agency)[OVERALL]


@pytest.mark.parametrize("full", [True, False])
def test_estimates_from_full_and_from_short_forms_find_the_truth_within_chance(full: bool) -> None:
    kept = honest() & ((np.array(year().form) == FULL_FORM) == full)
    z = np.array([(index - true) / error for index, error, true in estimates(kept)])
    assert len(z) >= 40
    assert np.abs(z).max() < 4.5
    assert abs(z.mean()) < 0.5
    assert 0.7 < z.std() < 1.35


def test_periods_simulated_apart_agree_about_an_agency() -> None:
    desk = DemoDesk(agency="so-y-te", name_vi="Quầy Sở Y tế", above=("tinh-tuyen-quang",))
    alone = simulate(SIPAS, [desk], DAYS, seed=2021, responses=10).truth
    assert {t.measure: pytest.approx(t.share) for t in alone if t.agency == "so-y-te"} == truth("so-y-te")


def test_full_forms_answer_other_questions_as_the_questionnaire_admits() -> None:
    for form, answers in zip(year().form, year().answers, strict=True):
        assert not answers or form == FULL_FORM
        for code, given in answers.items():
            question = SIPAS.question_of[code]
            assert question.asked_by_default
            chosen = given if isinstance(given, list) else [given]
            assert isinstance(given, list) == (question.most_choices > 1)
            assert 1 <= len(chosen) <= question.most_choices
            assert chosen == sorted(set(chosen))
            assert set(chosen) <= {answer.code for answer in question.answers}
            if question.asked_when:
                assert answers[question.asked_when.question] == question.asked_when.answer


def test_demographics_are_often_skipped() -> None:
    shown = np.array([form == FULL_FORM for form in year().form]) & ~year().stuffed
    full = [year().answers[place] for place in np.flatnonzero(shown)]
    assert 0.3 < np.mean(["T2" in answers for answers in full]) < 0.6
