"""The scores of a wave as a table for spreadsheets. No tallies and no responses: those could tell of single people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from survey.domain.questionnaire import OVERALL
from survey.queries.estimates import FEW, SHOWN, TOO_FEW, WITHHELD, Estimate, Scored
from survey.queries.wave_results import POOLED, AgencyResult

COLUMNS = (
    "agency", "name", "mode", "basis", "level", "key", "rule", "respondents", "answers", "units", "index", "se", "df", "deff",
    "ci_low", "ci_high", "why", "rank_low", "rank_high", "ranked_among", "revision", "as_of",
)  # fmt: skip
#: Beside these numbers only the count of respondents is told when an index is hidden.
_NUMBERS = ("answers", "units", "index", "se", "df", "deff", "ci_low", "ci_high")
_WHY_HIDDEN = {TOO_FEW: "few_respondents", WITHHELD: "protects_others"}
#: What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


def scores_csv(results: Iterable[AgencyResult], *, revision: int) -> bytes:
    """UTF-8 with a byte order mark, by which Excel knows Vietnamese letters. Shares lie between 0 and 1, exact."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for result in results:
        for score, estimate in zip(result.scores, result.estimates, strict=True):
            cells = _of_result(result) | {"revision": revision} | _of_estimate(score, estimate) | _ranks(result, estimate)
            writer.writerow([safe(cells[column]) for column in COLUMNS])
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def _of_result(result: AgencyResult) -> dict[str, Any]:
    return {
        "agency": result.code, "name": result.name("vi"), "mode": result.mode, "basis": result.basis, "as_of": result.as_of.isoformat()
    }  # fmt: skip


def _of_estimate(score: Scored, estimate: Estimate) -> dict[str, Any]:
    shown = estimate.state in (SHOWN, FEW)
    numbers = {name: score[name] if shown else None for name in _NUMBERS}
    why = _WHY_HIDDEN.get(estimate.state, score["why"])
    names = {"level": estimate.level, "key": estimate.key, "rule": estimate.rule}
    return names | {"respondents": estimate.respondents, "why": why} | numbers


def _ranks(result: AgencyResult, estimate: Estimate) -> dict[str, Any]:
    """The ranks that the agency may truly have among those of its kind, beside its overall index; a bare rank is given nowhere."""
    place = result.place if (estimate.key, estimate.rule) == (OVERALL, POOLED) else None
    if place is None or place.rank_low is None:
        return dict.fromkeys(("rank_low", "rank_high", "ranked_among"))
    return {"rank_low": place.rank_low, "rank_high": place.rank_high, "ranked_among": place.peers}


def safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
