"""Hide the numbers that nobody may see, and mark those that readers above may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis import Measures
from survey.domain.disclosure import shows_index
from survey.services.withhold import People, Place, what_may_be_shown

_HIDDEN = ("index", "se", "deff", "n_eff", "design_effect", "ci_low", "ci_high", "counts")
Row = dict[str, Any]


def hide(
    rows: Mapping[tuple[Place, str], Sequence[Row]],
    measures: Measures,
    parents: Mapping[int, int | None],
    desks: Mapping[int, int],
    fields: Mapping[int, int],
    months_of_parts: People,
) -> None:
    """Hide what nobody may see, and mark as withheld what those may not who also see the agency above (design 4.5).

    `months_of_parts` are the respondents of desks and fields by month, which have no rows of their own.
    """
    people = {cell: {row["key"]: row["respondents"] for row in found if row["rule"] == "pooled"} for cell, found in rows.items()}
    shown = what_may_be_shown(people | dict(months_of_parts), measures, parents, desks, fields)
    for (place, period), found in rows.items():
        for row in found:
            row["withheld"] = False
            if not row["respondents"]:
                continue
            rests_on = {(place, key, period) for key in _rests_on(row, measures)}
            row["withheld"] = rests_on <= shown.own and not rests_on <= shown.above
            if not rests_on <= shown.own:
                _hide(row, "few_respondents" if not shows_index(row["respondents"]) else "protects_others")


def for_those_above(rows: Sequence[Row]) -> list[Row]:
    """The same rows as someone may see them who also sees the agency above."""
    seen = [dict(row) for row in rows]
    for row in seen:
        if row.get("withheld"):
            _hide(row, "protects_others")
    return seen


def _rests_on(row: Row, measures: Measures) -> Sequence[str]:
    """The measures that an estimate is computed from: a mean beside its parts is one more equation for a hidden part."""
    if row["rule"] == "pooled":
        return (row["key"],)
    if row["level"] == "dimension":
        return _criteria(measures, row["key"])
    return measures.dimensions if row["rule"] == "dimensions" else measures.criteria


def _criteria(measures: Measures, dimension: str) -> list[str]:
    return [code for code, of in zip(measures.criteria, measures.dimension_of, strict=True) if of == dimension]


def _hide(row: Row, why: str = "few_respondents") -> None:
    for name in _HIDDEN:
        if name in row:
            row[name] = None
    row["why"] = why
