"""Section IV: the lowest criteria of the whole, in the headline mode."""

from __future__ import annotations

from typing import Any

from survey.domain.questionnaire import Criterion
from survey.i18n import gettext, language, number
from survey.queries.estimates import Estimate
from survey.queries.wave_results import AgencyResult
from survey.reports import words
from survey.reports.blocks import heading, note, paragraph, table
from survey.reports.facts import Facts
from survey.reports.language import word

LOWEST = 5


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("IV. CRITERIA TO IMPROVE"))
    for top in facts.tops(facts.modes[0]) if facts.modes else ():
        ranked = _by_need(facts, top)
        paragraph(document, f"{top.name(language())}, {words.mode(top.mode)}: {_finding(top.pooled(), ranked)}")
        if ranked:
            rows = [(f"{criterion.code}. {word(criterion.text)}", *words.cells(estimate)) for criterion, estimate in ranked[:LOWEST]]
            table(document, words.header(gettext("Criterion")), rows, widths=words.WIDTHS, numbers=words.NUMBERS)
    note(document, gettext("Criteria whose intervals overlap cannot be told apart: their order may be chance."))


def _by_need(facts: Facts, top: AgencyResult) -> list[tuple[Criterion, Estimate]]:
    """The criteria that show an index, the lowest first."""
    found = [(criterion, top.pooled(criterion.code)) for criterion in facts.questionnaire.criteria]
    shown = [(criterion, estimate) for criterion, estimate in found if estimate is not None and estimate.index is not None]
    return sorted(shown, key=lambda pair: pair[1].index or 0.0)


def _finding(whole: Estimate | None, ranked: list[tuple[Criterion, Estimate]]) -> str:
    """A criterion is called lower only where its interval lies wholly under that of the whole."""
    if not ranked or whole is None or whole.low is None:
        return gettext("there are not enough responses to compare the criteria.")
    lower = [criterion.code for criterion, estimate in ranked if estimate.high is not None and estimate.high < whole.low]
    if not lower:
        return gettext("no criterion is clearly lower than the overall index. The lowest are:")
    return gettext(
        "%(count)s of %(all)s criteria are clearly lower than the overall index: %(codes)s. The lowest are:",
        count=number(len(lower)), all=number(len(ranked)), codes=", ".join(lower),
    )  # fmt: skip
