"""Whom a draw is from: ids and labels, checked and sorted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.coding import FloatArray, codes_of
from analysis.errors import AnalysisError


def sorted_frame(ids: ArrayLike) -> list[Any]:
    """The ids, sorted; each once."""
    labels = labels_of("ids", ids)
    seen: set[Any] = set()
    for row, label in enumerate(labels):
        if label in seen:
            raise AnalysisError("ids", got=f"{label!r} a second time", expected="every id once", row=row)
        seen.add(label)
    return sorted_labels("ids", labels, lambda label: label)


def sorted_labels(argument: str, labels: list[Any], key: Any) -> list[Any]:
    try:
        return sorted(labels, key=key)
    except TypeError:
        raise AnalysisError(
            argument, got="labels of several kinds", expected="all text or all numbers, so that they can be sorted"
        ) from None


def labels_of(argument: str, labels: ArrayLike, *, rows: int | None = None) -> list[Any]:
    codes, values = codes_of(argument, labels, rows=rows)
    found: list[Any] = values[codes].tolist()
    return found


def sorted_groups(argument: str, labels: ArrayLike, ids: ArrayLike) -> dict[Any, list[Any]]:
    """Label → its sorted ids; labels in the order of their text."""
    frame, of_row = sorted_frame(ids), labels_of("ids", ids)
    group = dict(zip(of_row, labels_of(argument, labels, rows=len(frame)), strict=True))
    members: dict[Any, list[Any]] = {label: [] for label in sorted(set(group.values()), key=str)}
    for label in frame:
        members[group[label]].append(label)
    return members


def checked_counts(argument: str, counts: Mapping[Any, int], groups: Mapping[Any, object]) -> Mapping[Any, int]:
    different = sorted(map(repr, set(counts) ^ set(groups)))
    if different:
        raise AnalysisError(
            argument, got=f"{different[0]} only in it or only in the frame", expected="one number for each stratum of the frame"
        )
    return counts


def checked_sizes(sizes: ArrayLike | None, rows: int) -> FloatArray:
    array = np.ones(rows) if sizes is None else np.asarray(sizes, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError("sizes", got=f"shape {array.shape}", expected=f"one number for each of {rows} ids")
    wrong = ~(np.isfinite(array) & (array > 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError("sizes", got=f"{array[row]:g}", expected="positive numbers", row=row)
    return array


def count_within(argument: str, number: int, most: int | None, *, least: int = 1) -> int:
    if number != int(number) or number < least or (most is not None and number > most):
        upper = "" if most is None else f" to {most}, as many as the frame has"
        raise AnalysisError(argument, got=str(number), expected=f"a whole number from {least}{upper}")
    return int(number)
