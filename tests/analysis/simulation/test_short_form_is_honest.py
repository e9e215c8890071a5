"""Full answers masked to short forms of five questions give back all 23 criteria and the pooled index (design 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special

from analysis import (
    Design,
    Domains,
    IndexTable,
    Measures,
    UnitTotals,
    effective_size,
    index_table,
    interval,
    pooled_design_effect,
)

SIZES = {"ACCESS": 4, "PROCEDURE": 5, "STAFF": 6, "RESULT": 4, "FEEDBACK": 4}
MEASURES = Measures.of({f"{name[0]}{i + 1}": name for name, size in SIZES.items() for i in range(size)})
VARIANTS = 60  # the least common multiple of 4, 5 and 6: each criterion of a dimension is asked equally often
REPLICATES, AGENCIES, DAYS, PEOPLE = 400, 12, 15, 8
DAY_SHARE, PERSON_SHARE = 0.03, 0.4  # of the variance of the latent satisfaction
POOLED = [i for i, column in enumerate(MEASURES.columns) if column.rule == "pooled"]
WHOLE = MEASURES.keys.index("ALL")


def variants() -> np.ndarray:
    """(60, 23) which criteria each short form asks: one of every dimension, in turn."""
    asked = np.zeros((VARIANTS, len(MEASURES.criteria)), dtype=bool)
    start = 0
    for size in SIZES.values():
        asked[np.arange(VARIANTS), start + np.arange(VARIANTS) % size] = True
        start += size
    return asked


#: 1/P(asked), as the platform weighs an answer.
WEIGHTS = VARIANTS / variants().sum(axis=0)


def true_shares() -> np.ndarray:
    """(agencies, 23) expected indices: dimensions far apart, so that a wrong weighting shows."""
    criterion = np.linspace(0.62, 0.97, len(MEASURES.criteria))
    agency = np.linspace(-0.6, 0.4, AGENCIES)
    return special.expit(special.logit(criterion) + agency[:, None])


def true_values() -> np.ndarray:
    """(agencies + 1, M) the truth of each agency and of the whole, pooled."""
    shares = np.vstack([true_shares(), true_shares().mean(axis=0)])
    return (shares @ MEASURES.sums) / MEASURES.sums.sum(axis=0)


def full_answers(rng: np.random.Generator) -> np.ndarray:
    """Ratings of 5 or 2 of everybody on everything; a day's people and a person's answers hang together."""
    people = AGENCIES * DAYS * PEOPLE
    day = np.repeat(rng.standard_normal(AGENCIES * DAYS), PEOPLE)[:, None]
    person, answer = rng.standard_normal((people, 1)), rng.standard_normal((people, len(MEASURES.criteria)))
    latent = DAY_SHARE**0.5 * day + PERSON_SHARE**0.5 * person + (1 - DAY_SHARE - PERSON_SHARE) ** 0.5 * answer
    return np.where(latent < special.ndtri(np.repeat(true_shares(), DAYS * PEOPLE, axis=0)), 5, 2)


@dataclass(frozen=True)
class Simulated:
    """Of every replicate: shares (replicates, agencies + 1, M), and whether the default interval covers."""

    shares: np.ndarray
    covered: np.ndarray
    width: np.ndarray

    def bias_in_noise(self, domain: int) -> np.ndarray:
        """Bias of each measure over its Monte Carlo standard error."""
        values = self.shares[:, domain]
        return (values.mean(axis=0) - true_values()[domain]) / (values.std(axis=0, ddof=1) / REPLICATES**0.5)


def covers(table: IndexTable) -> tuple[np.ndarray, np.ndarray]:
    p, v, n, answers, df = (a[:, POOLED] for a in (table.share, table.variance, table.respondents, table.answers, table.df))
    d = pooled_design_effect(p[:-1], v[:-1], respondents=n[:-1], df=df[:-1])
    found = interval(p, n_eff=effective_size(p, v, respondents=n, answers=answers, df=df, design_effect=d))
    return (found.low <= true_values()) & (true_values() <= found.high), found.high - found.low


def simulate(*, short: bool, weighted: bool = True, seed: int = 2021) -> Simulated:
    rng = np.random.default_rng(seed)
    people = AGENCIES * DAYS * PEOPLE
    agency, day = np.arange(people) // (DAYS * PEOPLE), np.arange(people) // PEOPLE
    design = Design.of(people, strata=agency, clusters=day)
    domains = Domains.together(Domains.by(agency)[0], Domains.whole(people))
    shares, covered, width = [], [], []
    for _ in range(REPLICATES):
        ratings = full_answers(rng)
        asked = variants()[rng.integers(0, VARIANTS, people)] if short else np.ones(ratings.shape, dtype=bool)
        weights = asked * WEIGHTS if short and weighted else asked * 1.0
        totals = UnitTotals.from_ratings(MEASURES, ratings * asked, form_weights=weights)
        table = index_table(totals, measures=MEASURES, design=design, domains=domains)
        shares.append(table.share[:, POOLED])
        covers_now, width_now = covers(table)
        covered.append(covers_now)
        width.append(width_now)
    return Simulated(np.array(shares), np.array(covered), np.array(width))


@pytest.fixture(scope="module")
def short_forms() -> Simulated:
    return simulate(short=True)


@pytest.fixture(scope="module")
def full_forms() -> Simulated:
    return simulate(short=False)


def test_each_criterion_of_a_dimension_is_asked_equally_often() -> None:
    assert (variants().sum(axis=1) == len(SIZES)).all()
    assert sorted(set(WEIGHTS.tolist())) == [4, 5, 6]


def test_all_23_criteria_the_dimensions_and_the_whole_are_recovered_without_bias(short_forms: Simulated) -> None:
    """29 measures of the whole province: none further from the truth than 4 Monte Carlo standard errors (chance: 0.2 %)."""
    noise = short_forms.bias_in_noise(-1)
    assert noise.shape == (29,)
    assert np.abs(noise).max() < 4
    assert 0.5 < np.sqrt((noise**2).mean()) < 1.5  # neither biased nor suspiciously exact


def test_short_forms_of_small_agencies_are_recovered_too(short_forms: Simulated) -> None:
    """A ratio estimate is biased by order 1/n: for 120 people a tenth of a point is far below the margin of error."""
    for agency in range(AGENCIES):
        values = short_forms.shares[:, agency]
        bias = values.mean(axis=0) - true_values()[agency]
        assert (np.abs(bias) < 0.001 + 4 * values.std(axis=0, ddof=1) / REPLICATES**0.5).all()


def test_without_weights_the_short_form_would_estimate_another_index() -> None:
    """So the test of bias can fail: unweighted, long dimensions count too little in the whole."""
    unweighted = simulate(short=True, weighted=False)
    noise = np.abs(unweighted.bias_in_noise(-1))
    assert noise[WHOLE] > 5
    assert np.delete(noise, WHOLE).max() < 4  # inside a dimension all weights are equal


def test_intervals_from_short_forms_cover(short_forms: Simulated) -> None:
    """Nominal 95 %; over the 12 agencies at least 93 % for each measure and 94.5 % on average, and not always."""
    by_measure = short_forms.covered[:, :-1].mean(axis=(0, 1))
    assert by_measure.min() > 0.93
    assert 0.945 < by_measure.mean() < 0.98
    whole = short_forms.covered[:, -1].mean(axis=0)
    assert whole.mean() > 0.935  # 400 replicates: one standard error of a single measure is 1.1 points
    assert whole.min() > 0.95 - 4 * 0.011


def test_a_quarter_of_the_taps_costs_less_than_a_quarter_of_the_precision(short_forms: Simulated, full_forms: Simulated) -> None:
    """Design 4.2: the variance of the pooled index is 1.2 to 2.6 times that of the full form for 5 of 23 taps."""
    ratio = short_forms.shares[:, :-1, WHOLE].var(axis=0).mean() / full_forms.shares[:, :-1, WHOLE].var(axis=0).mean()
    assert 1.2 < ratio < 2.6
