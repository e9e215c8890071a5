"""Simulate what citizens send: many short forms and some full ones, desk by desk and day by day, from a known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from survey.demo.answering_times import answering_times
from survey.demo.background import background_answers
from survey.demo.province import DemoDesk
from survey.demo.truth import (
    BLANK_SHARE,
    DESK_DAY,
    KIOSK_POLITENESS,
    KIOSK_SHARE,
    RESPONDENT,
    REST,
    THRESHOLDS,
    Floats,
    Means,
    TrueIndex,
    expected_volume,
    latent_means,
    no_opinion_shares,
    true_indices,
)
from survey.domain.questionnaire import FULL_FORM, NO_OPINION, RATINGS, Questionnaire, short_form

FULL_SHARE = 0.15
ENGLISH_SHARE = 0.03
STUFFED_DAYS = 0.12
_BLANK = -1

Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Ratings = NDArray[np.int8]


@dataclass(frozen=True)
class DemoResponses:
    """Parallel columns, one place a response; `desk` counts in the desks that were given. `stuffed` marks the forged ones."""

    ids: tuple[UUID, ...]
    desk: Indices
    responded_on: tuple[date, ...]
    mode: tuple[str, ...]
    language: tuple[str, ...]
    form: tuple[str, ...]
    ratings: tuple[dict[str, int], ...]
    answers: tuple[dict[str, str | list[str]], ...]
    stuffed: Flags
    answering_time: tuple[str | None, ...]
    truth: tuple[TrueIndex, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class _People:
    """Who came where and when, and which form each was shown (`variant` is -1 for the full one)."""

    desk: Indices
    day: Indices
    kiosk: Flags
    variant: Indices
    stuffed: Flags


def simulate(questionnaire: Questionnaire, desks: Sequence[DemoDesk], days: Sequence[date], *, seed: int, responses: int) -> DemoResponses:
    """`responses` honest responses over the open `days`, and on top of them the forged ones of stuffed desks.

    The same arguments give the same responses. The truth of an agency depends on `seed` and its code only, so periods may be simulated
    one by one; give each its own days.
    """
    chance = np.random.default_rng([seed, days[0].toordinal(), days[-1].toordinal()])
    people = _people(questionnaire, desks, days, responses, chance)
    ratings = _ratings(questionnaire, people, desks, days, seed, chance)
    order = chance.permutation(len(people.desk))
    forms = (FULL_FORM, *(short_form(number) for number in range(len(questionnaire.short_forms))))
    asked_more = (people.variant < 0) & ~people.stuffed
    answers = background_answers(questionnaire, asked_more, chance)
    english = (chance.random(len(order)) < ENGLISH_SHARE) & ~people.stuffed
    stream = np.random.default_rng([seed, days[0].toordinal(), days[-1].toordinal(), 95])  # of its own: the rest stays as it was
    times = answering_times((ratings != _BLANK).sum(axis=1), people.desk, kiosk=people.kiosk, stuffed=people.stuffed, chance=stream)
    return DemoResponses(
        ids=_ids(len(order), chance),
        desk=people.desk[order],
        responded_on=tuple(days[day] for day in people.day[order]),
        mode=tuple("kiosk" if kiosk else "open_qr" for kiosk in people.kiosk[order]),
        language=tuple("en" if other else "vi" for other in english[order]),
        form=tuple(forms[variant + 1] for variant in people.variant[order]),
        ratings=_as_dicts(questionnaire, ratings[order]),
        answers=tuple(answers[number] for number in order),
        stuffed=people.stuffed[order],
        answering_time=tuple(times[number] for number in order),
        truth=true_indices(questionnaire, desks, days, seed=seed),
    )


def _people(
    questionnaire: Questionnaire, desks: Sequence[DemoDesk], days: Sequence[date], responses: int, chance: np.random.Generator
) -> _People:
    volume = expected_volume(desks, days) * chance.gamma(8, 1 / 8, (len(desks), len(days)))
    honest = chance.multinomial(responses, (volume / volume.sum()).ravel())
    forged = _forged(desks, days, chance).ravel()
    unit = np.concatenate([np.repeat(np.arange(honest.size), honest), np.repeat(np.arange(forged.size), forged)])
    desk, day = np.divmod(unit, len(days))
    stuffed = np.arange(len(unit)) >= responses
    has_kiosk = np.array([place.kiosk for place in desks])[desk]
    variant = chance.integers(len(questionnaire.short_forms), size=len(unit))
    full = (chance.random(len(unit)) < FULL_SHARE) | stuffed
    kiosk = has_kiosk & (chance.random(len(unit)) < KIOSK_SHARE) & ~stuffed
    return _People(desk, day, kiosk, np.where(full, -1, variant), stuffed)


def _forged(desks: Sequence[DemoDesk], days: Sequence[date], chance: np.random.Generator) -> Indices:
    """On some days somebody sends a pile of forms with nothing but "very satisfied"."""
    size = (len(desks), len(days))
    piles = np.where(chance.random(size) < STUFFED_DAYS, chance.integers(15, 36, size), 0)
    return np.where(np.array([desk.stuffed for desk in desks])[:, None], piles, 0)


def _ratings(
    questionnaire: Questionnaire, people: _People, desks: Sequence[DemoDesk], days: Sequence[date], seed: int, chance: np.random.Generator
) -> Ratings:
    """People × (criteria and the general question); -1 where nothing was said."""
    latent = _latent(latent_means(questionnaire, desks, days, seed), people, (len(desks), len(days)), chance)
    ratings = (1 + np.searchsorted(THRESHOLDS, latent)).astype(np.int8)
    asked = _asked(questionnaire, people.variant)
    said = np.where(_without_opinion(questionnaire, len(ratings), seed, chance), np.int8(NO_OPINION), ratings)
    said[~asked | (chance.random(said.shape) < BLANK_SHARE)] = _BLANK
    nothing = (said < RATINGS[0]).all(axis=1)  # a form without a rating would be refused
    said[nothing] = np.where(asked[nothing], ratings[nothing], _BLANK)
    said[people.stuffed] = RATINGS[-1]
    return said


def _latent(means: Means, people: _People, units: tuple[int, int], chance: np.random.Generator) -> Floats:
    """What people feel about each measure, before it is cut into ratings; kinder where the desk can see the screen."""
    feeling = means.on(people.desk, people.day) + KIOSK_POLITENESS * people.kiosk[:, None]
    feeling += sqrt(DESK_DAY) * chance.standard_normal(units)[people.desk, people.day][:, None]
    feeling += sqrt(RESPONDENT) * chance.standard_normal((len(feeling), 1))
    feeling += sqrt(REST) * chance.standard_normal(feeling.shape)
    return feeling


def _asked(questionnaire: Questionnaire, variant: Indices) -> Flags:
    codes = list(questionnaire.dimension_of)
    forms = np.zeros((len(questionnaire.short_forms) + 1, len(codes) + 1), dtype=np.bool_)
    forms[:, -1] = True
    forms[-1] = True  # where the full form's -1 leads
    for number, asked in enumerate(questionnaire.short_forms):
        forms[number, [codes.index(code) for code in asked]] = True
    return np.asarray(forms[variant])


def _without_opinion(questionnaire: Questionnaire, people: int, seed: int, chance: np.random.Generator) -> Flags:
    """Who has no opinion on one criterion tends to have none on others, whether satisfied or not."""
    shares = no_opinion_shares(questionnaire, seed)
    leaning = sqrt(0.7) * chance.standard_normal((people, 1)) + sqrt(0.3) * chance.standard_normal((people, len(shares)))
    return np.column_stack([leaning < ndtri(shares), np.zeros(people, dtype=np.bool_)])


def _ids(count: int, chance: np.random.Generator) -> tuple[UUID, ...]:
    raw = chance.bytes(16 * count)
    return tuple(UUID(bytes=raw[start : start + 16], version=4) for start in range(0, len(raw), 16))


def _as_dicts(questionnaire: Questionnaire, ratings: Ratings) -> tuple[dict[str, int], ...]:
    codes = (*questionnaire.dimension_of, questionnaire.general.code)
    return tuple({code: rating for code, rating in zip(codes, row, strict=True) if rating != _BLANK} for row in ratings.tolist())
