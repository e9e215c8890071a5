"""Section I: what was asked when and how, and how its numbers are to be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from survey.domain.disclosure import INDEX_FROM, RANK_FROM
from survey.domain.wave import DESK_SURVEY
from survey.i18n import day, gettext, language, number
from survey.reports import words
from survey.reports.blocks import heading, paragraph, sentence, table
from survey.reports.facts import Facts


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("I. SCOPE AND METHOD"))
    heading(document, 2, gettext("1. Scope"))
    paragraph(document, _wave(facts))
    paragraph(document, gettext("Responses were received in these modes:"))
    header = (gettext("Mode"), gettext("Respondents (n)"), gettext("Valid ratings"), gettext("Agencies"))
    table(document, header, [_row(facts, mode) for mode in facts.modes], widths=(64, 34, 34, 28), numbers={1, 2, 3})
    heading(document, 2, gettext("2. Method"))
    for letter, text in zip("abcd", _method(facts), strict=True):
        paragraph(document, f"{letter}) {text}")


def _wave(facts: Facts) -> str:
    wave, asked = facts.wave, facts.questionnaire
    return gettext(
        "The wave “%(wave)s” (%(instrument)s) ran from %(first)s to %(last)s. Questionnaire %(questionnaire)s has %(dimensions)s "
        "dimensions with %(criteria)s criteria, and a general question that is no part of the index.",
        wave=wave.name(language()), instrument=words.instrument(wave.instrument), first=day(wave.opens_on), last=day(wave.closes_on),
        questionnaire=asked.code, dimensions=number(len(asked.dimensions)), criteria=number(len(asked.criteria)),
    )  # fmt: skip


def _row(facts: Facts, mode: str) -> tuple[str, ...]:
    tops = [estimate for top in facts.tops(mode) if (estimate := top.pooled()) is not None]
    answers = [estimate.answers for estimate in tops]
    known = words.DASH if None in answers else number(sum(count or 0 for count in answers))
    return sentence(words.mode(mode)), number(sum(estimate.respondents for estimate in tops)), known, number(len(facts.agencies(mode)))


def _method(facts: Facts) -> Iterator[str]:
    yield gettext(
        "The index is the share of ratings “satisfied” and “very satisfied” among all valid ratings of all criteria together. "
        "“No opinion” and blanks are not counted. Ratings of the short form are weighted, so that short and full forms measure the same."
    )
    yield gettext(
        "If the survey were repeated many times in the same way, about %(level)s of 100 such intervals would hold the true value. The "
        "interval is Wilson's on the effective sample size; it allows for people at the same desk on the same day resembling each other.",
        level=number(100 * float(facts.run.parameters.get("confidence_level", 0.95))),
    )  # fmt: skip
    yield gettext(
        "Under %(index_from)s respondents only their number is given (“too few responses”); under %(rank_from)s the "
        "index is marked “few responses” and is to be read with care. “Withheld” stands where a number would give a "
        "hidden one away by subtraction.",
        index_from=number(INDEX_FROM), rank_from=number(RANK_FROM),
    )  # fmt: skip
    yield _modes(facts)


def _modes(facts: Facts) -> str:
    kept_apart = gettext(
        "Each mode stands by itself; modes are never added together. Responses that were marked as suspicious stay in the result; the "
        "index without them is given beside it."
    )
    if facts.wave.instrument != DESK_SURVEY:
        return kept_apart
    no_sample = gettext("Whoever comes to a desk may answer: this is no random sample of all who used the service.")
    return f"{kept_apart} {no_sample}"
