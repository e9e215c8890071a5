"""When dimensions and criteria are called related to the overall rating."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, nan

from analysis.multiplicity import holm


def is_positive_relation(slope: float | None, p_value: float | None, confidence_level: float) -> bool:
    return slope is not None and p_value is not None and slope > 0 and p_value < 1 - confidence_level


def holm_of_known(p_values: Sequence[float | None]) -> list[float | None]:
    return [None if isnan(p) else p for p in holm([nan if p is None else p for p in p_values]).tolist()]
