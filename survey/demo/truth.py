"""What is true in the simulated province, and the index that an honest survey of it must find.

A latent satisfaction of variance 1 stands behind every rating; thresholds cut it into 1 to 5 (4 and 5 lie above 0):

    latent = mean(desk, criterion, day) + desk-day effect + respondent effect + rest

The three random parts are normal and their variances sum to 1, so the true share of satisfied answers is exactly Φ(mean), and the true
index of an agency is its average over desks and days by expected volume. No opinion and blanks do not depend on satisfaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from survey.demo.province import DemoDesk
from survey.demo.working_days import busyness
from survey.domain.questionnaire import OVERALL, Questionnaire

Floats = NDArray[np.float64]

#: Parts of the latent variance. The respondent's part gives ratings of one person a correlation of about 0.3-0.4.
DESK_DAY, RESPONDENT, REST = 0.04, 0.55, 0.41
THRESHOLDS = (-1.5, -0.75, 0.0, 1.0)
KIOSK_SHARE = 0.35  # at a desk that has one
KIOSK_POLITENESS = 0.45  # people are kinder when the desk can see the screen
BLANK_SHARE = 0.02
NO_OPINION_SHARE = {"FEEDBACK": 0.2}
_NO_OPINION_ELSEWHERE = 0.02
_DIMENSION = {"ACCESS": -0.02, "PROCEDURE": 0.05, "STAFF": 0.15, "RESULT": 0.1, "FEEDBACK": -0.35}
_DRIFT_SINCE = date(2025, 7, 1)


@dataclass(frozen=True)
class TrueIndex:
    """The true share of satisfied answers at the desks of an agency and those below it; `measure` as in the tallies."""

    agency: str
    measure: str
    share: float


@dataclass(frozen=True)
class Means:
    """Latent means: desks × measures at the start (the last column is the general question), and each desk's change by day."""

    start: Floats
    drift: Floats

    def on(self, desk: NDArray[np.intp], day: NDArray[np.intp]) -> Floats:
        """One row for each pair of a desk and a day."""
        return self.start[desk] + self.drift[desk, day][:, None]


def latent_means(questionnaire: Questionnaire, desks: Sequence[DemoDesk], days: Sequence[date], seed: int) -> Means:
    """The same for an agency whatever other desks and days are asked for, so that periods simulated apart fit together."""
    years = np.array([(day - _DRIFT_SINCE).days / 365.25 for day in days])
    start = np.array([_desk_means(questionnaire, desk, seed) for desk in desks])
    drift = np.array([_chance(seed, desk.agency, "drift").normal(0, 0.1) * years for desk in desks])
    return Means(start, drift)


def expected_volume(desks: Sequence[DemoDesk], days: Sequence[date]) -> Floats:
    """Desks × days: the share of all responses that is expected from each."""
    volume = np.outer([desk.volume for desk in desks], [busyness(day) for day in days])
    return np.asarray(volume / volume.sum())


def no_opinion_shares(questionnaire: Questionnaire, seed: int) -> Floats:
    """By criterion: about one in five has no opinion on the handling of feedback, few on anything else."""
    shares = []
    for criterion in questionnaire.criteria:
        around = NO_OPINION_SHARE.get(criterion.dimension, _NO_OPINION_ELSEWHERE)
        shares.append(around * _chance(seed, criterion.code, "no opinion").uniform(0.75, 1.25))
    return np.array(shares)


def true_indices(questionnaire: Questionnaire, desks: Sequence[DemoDesk], days: Sequence[date], *, seed: int) -> tuple[TrueIndex, ...]:
    """The truth about open QR answers without any stuffing, for every agency that has a desk here or below it."""
    means, volume = latent_means(questionnaire, desks, days, seed), expected_volume(desks, days)
    volume *= np.array([1 - KIOSK_SHARE if desk.kiosk else 1 for desk in desks])[:, None]
    satisfied = np.array([_satisfied_of_desk(means, volume, desk) for desk in range(len(desks))])
    asked = 1 - no_opinion_shares(questionnaire, seed)
    return tuple(
        TrueIndex(agency, measure, share)
        for agency in dict.fromkeys(code for desk in desks for code in (desk.agency, *desk.above))
        for measure, share in _by_measure(questionnaire, _pooled(agency, desks, satisfied, volume), asked)
    )


def _chance(seed: int, *words: str) -> np.random.Generator:
    """Chance that belongs to a name, not to a place in a list."""
    return np.random.default_rng([seed, *(crc32(word.encode()) for word in words)])


def _desk_means(questionnaire: Questionnaire, desk: DemoDesk, seed: int) -> Floats:
    """Level of the desk, then by how much each criterion is easier or harder, here and everywhere."""
    level = _level(desk, seed)
    dimensions = {d.code: _DIMENSION.get(d.code, 0) + _chance(seed, desk.agency, d.code).normal(0, 0.1) for d in questionnaire.dimensions}
    effects = [
        dimensions[criterion.dimension]
        + _chance(seed, criterion.code).normal(0, 0.08)
        + _chance(seed, desk.agency, criterion.code).normal(0, 0.06)
        for criterion in questionnaire.criteria
    ]
    return np.array([*(level + np.array(effects) - np.mean(effects)), level + 0.05])


def _level(desk: DemoDesk, seed: int) -> float:
    if desk.satisfied_percent is not None:
        return float(ndtri(desk.satisfied_percent / 100))
    of_agency = ndtri(_chance(seed, desk.agency).uniform(0.79, 0.88))
    return float(of_agency + _chance(seed, desk.agency, desk.name_vi).normal(0, 0.04))


def _satisfied_of_desk(means: Means, volume: Floats, desk: int) -> Floats:
    by_day = ndtr(means.start[desk] + means.drift[desk][:, None])
    return np.asarray(np.average(by_day, axis=0, weights=volume[desk]))


def _pooled(agency: str, desks: Sequence[DemoDesk], satisfied: Floats, volume: Floats) -> Floats:
    own = [number for number, desk in enumerate(desks) if agency in (desk.agency, *desk.above)]
    return np.asarray(np.average(satisfied[own], axis=0, weights=volume[own].sum(axis=1)))


def _by_measure(questionnaire: Questionnaire, satisfied: Floats, asked: Floats) -> Iterator[tuple[str, float]]:
    codes = list(questionnaire.dimension_of)
    yield from zip(codes, satisfied.tolist(), strict=False)
    yield questionnaire.general.code, float(satisfied[-1])
    for dimension in questionnaire.dimensions:
        own = [codes.index(criterion.code) for criterion in questionnaire.criteria_of(dimension.code)]
        yield dimension.code, float(np.average(satisfied[own], weights=asked[own]))
    yield OVERALL, float(np.average(satisfied[:-1], weights=asked))
