"""Section III: the agencies side by side, by name: never by rank, since the order of overlapping intervals may be chance."""

from __future__ import annotations

from collections import Counter
from typing import Any

from survey.i18n import gettext, language, number
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_results import AgencyResult
from survey.reports import words
from survey.reports.blocks import heading, note, table
from survey.reports.facts import Facts

#: The usual columns made narrower for the ranks, in millimetres.
_WITH_RANKS = (54, 16, 17, 32, 18, 23)


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("III. RESULTS BY AGENCY"))
    for place, mode in enumerate(facts.modes, start=1):
        heading(document, 2, gettext("%(number)s. Mode: %(mode)s", number=place, mode=words.mode(mode)))
        tops, agencies = facts.tops(mode), facts.agencies(mode)
        others = sorted((agency for agency in agencies if agency not in tops), key=lambda agency: alphabetical(agency.name(language())))
        named = [(name, agency, whole) for name, agency in _named([*tops, *others]) if (whole := agency.pooled())]
        if any(agency.place and agency.place.rank_low for agency in agencies):
            rows = [(name, *words.cells(whole), _ranks(agency)) for name, agency, whole in named]
            header = (*words.header(gettext("Agency")), gettext("Rank"))
            table(document, header, rows, widths=_WITH_RANKS, numbers=words.NUMBERS, bold=len(tops))
        else:
            rows = [(name, *words.cells(whole)) for name, _, whole in named]
            table(document, words.header(gettext("Agency")), rows, widths=words.WIDTHS, numbers=words.NUMBERS, bold=len(tops))
    if any(result.place and result.place.rank_low for result in facts.results):
        note(document, gettext(
            "Rank: all ranks that an agency may truly have among those of its kind that have at least 30 responses; a dash where it is "
            "not compared."
        ))  # fmt: skip
    note(document, gettext(
        "Sorted by name; this is no ranking. Where two intervals overlap, the order of two agencies may be chance. "
        "An agency's numbers include those of its sub-agencies."
    ))  # fmt: skip


def _ranks(agency: AgencyResult) -> str:
    place = agency.place
    if place is None or place.rank_low is None or place.rank_high is None:
        return words.DASH
    ranks = number(place.rank_low) if place.rank_low == place.rank_high else f"{number(place.rank_low)}–{number(place.rank_high)}"
    return f"{ranks} / {number(place.peers)}"


def _named(agencies: list[AgencyResult]) -> list[tuple[str, AgencyResult]]:
    """Each with its name; with its code too where two have the same."""
    names = [agency.name(language()) for agency in agencies]
    often = Counter(names)
    return [(f"{name} ({agency.code})" if often[name] > 1 else name, agency) for name, agency in zip(names, agencies, strict=True)]
