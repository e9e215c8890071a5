"""Section III: the agencies side by side, by name: never by rank, since the order of overlapping intervals may be chance."""

from __future__ import annotations

from collections import Counter
from typing import Any

from survey.i18n import gettext, language
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_results import AgencyResult
from survey.reports import words
from survey.reports.blocks import heading, note, table
from survey.reports.facts import Facts


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("III. RESULTS BY AGENCY"))
    for place, mode in enumerate(facts.modes, start=1):
        heading(document, 2, gettext("%(number)s. Mode: %(mode)s", number=place, mode=words.mode(mode)))
        tops, agencies = facts.tops(mode), facts.agencies(mode)
        others = sorted((agency for agency in agencies if agency not in tops), key=lambda agency: alphabetical(agency.name(language())))
        rows = [(name, *words.cells(whole)) for name, agency in _named([*tops, *others]) if (whole := agency.pooled())]
        table(document, words.header(gettext("Agency")), rows, widths=words.WIDTHS, numbers=words.NUMBERS, bold=len(tops))
    note(document, gettext(
        "Sorted by name; this is no ranking. Where two intervals overlap, the order of two agencies may be chance. "
        "An agency's numbers include those of its sub-agencies."
    ))  # fmt: skip


def _named(agencies: list[AgencyResult]) -> list[tuple[str, AgencyResult]]:
    """Each with its name; with its code too where two have the same."""
    names = [agency.name(language()) for agency in agencies]
    often = Counter(names)
    return [(f"{name} ({agency.code})" if often[name] > 1 else name, agency) for name, agency in zip(names, agencies, strict=True)]
