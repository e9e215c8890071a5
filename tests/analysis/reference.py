"""Where the reference files lie, and how their measures are named here."""

from __future__ import annotations

from pathlib import Path

from analysis import Measures

DATA = Path(__file__).parent.parent / "data"
#: The reference's means of ratios → key and rule here.
MEANS = {"MEAN_DIMS": ("ALL", "dimensions"), "MEAN_ITEMS": ("ALL", "criteria")}


def key_and_rule(measure: str) -> tuple[str, str]:
    return MEANS.get(measure, (measure, "pooled"))


def column_of(measures: Measures, measure: str) -> int:
    """The column of `IndexTable` that holds a measure of the reference."""
    return next(i for i, column in enumerate(measures.columns) if (column.key, column.rule) == key_and_rule(measure))
