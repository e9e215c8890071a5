"""Section II: the province as a whole, each mode by itself: the index, its dimensions, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from survey.i18n import gettext, language, number
from survey.queries.estimates import Estimate
from survey.reports import words
from survey.reports.blocks import heading, note, paragraph, table
from survey.reports.facts import Facts
from survey.reports.language import word

Row = tuple[str, ...]


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("II. OVERALL RESULTS"))
    for place, mode in enumerate(facts.modes, start=1):
        heading(document, 2, gettext("%(number)s. Mode: %(mode)s", number=place, mode=words.mode(mode)))
        for top in facts.tops(mode):
            estimates = {(e.key, e.rule): e for e in top.estimates}
            paragraph(document, f"{top.name(language())}: {_finding(top.pooled())}")
            rows = [*_indices(facts, estimates), *_beside(facts, estimates)]
            unmarked = facts.unmarked(top)
            rows += [_row(gettext("Without the marked responses"), e) for e in (unmarked and unmarked.pooled(),) if e]
            table(document, words.header(gettext("Measure")), rows, widths=words.WIDTHS, numbers=words.NUMBERS, bold=1)
    note(document, gettext("Means are given for comparison with other publications; the index of this report is the first row."))


def _finding(whole: Estimate | None) -> str:
    """What the number means, before the number."""
    if whole is None or whole.index is None:
        return gettext("there are not enough responses for an index.")
    return gettext(
        "of every 100 ratings about %(whole)s are “satisfied” or “very satisfied” (index %(index)s %%, interval %(low)s – %(high)s %%, "
        "%(respondents)s respondents).",
        whole=words.percent(whole.index, 0), index=words.percent(whole.index), low=words.percent(whole.low), high=words.percent(whole.high),
        respondents=number(whole.respondents),
    )  # fmt: skip


def _indices(facts: Facts, estimates: dict[tuple[str, str], Estimate]) -> Iterator[Row]:
    names = {"ALL": gettext("Overall index")} | {d.code: word(d.text) for d in facts.questionnaire.dimensions}
    for key, name in names.items():
        if (key, "pooled") in estimates:
            yield _row(name, estimates[key, "pooled"])


def _beside(facts: Facts, estimates: dict[tuple[str, str], Estimate]) -> Iterator[Row]:
    for rule in ("criteria", "dimensions", "dimensions_of_criteria"):
        if ("ALL", rule) in estimates:
            yield _row(words.rule(rule), estimates["ALL", rule])
    general = facts.questionnaire.general.code
    if (general, "pooled") in estimates:
        yield _row(gettext("General question %(code)s (no part of the index)", code=general), estimates[general, "pooled"])


def _row(name: str, estimate: Estimate) -> Row:
    return (name, *words.cells(estimate))
