"""What is known of the population, held against the sample."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, hstack

from analysis.coding import FloatArray, IntArray, codes_of
from analysis.design import Design
from analysis.errors import AnalysisError

#: Population count of each category.
Margin = Mapping[Any, float]
#: Margins of one population may differ by rounding in binary, not by rounding to whole people.
SAME_TOTAL = 1e-9


def positive_weights(weights: ArrayLike) -> FloatArray:
    array = np.asarray(weights, dtype=float)
    if array.ndim != 1:
        raise AnalysisError("weights", got=f"shape {array.shape}", expected="one number for each row")
    return Design.of(len(array), weights=array).weights


def auxiliaries_of(
    variables: Mapping[str, ArrayLike], margins: Mapping[str, Margin], *, rows: int
) -> tuple[csr_array, FloatArray, list[tuple[IntArray, FloatArray]]]:
    """Indicators of all categories, their population counts, and both variable by variable as codes and counts."""
    if not margins or set(margins) != set(variables):
        raise AnalysisError("margins", got=f"margins of {_named(margins)}", expected=f"one margin for each of {_named(variables)}")
    fits = [_fit(name, variables[name], margins[name], rows=rows) for name in margins]
    sizes = {name: float(counts.sum()) for name, (_, counts) in zip(margins, fits, strict=True)}
    first = next(iter(sizes))
    for name, size in sizes.items():
        if abs(size - sizes[first]) > SAME_TOTAL * sizes[first]:
            got = f"{size:.10g} in all for {name!r}"
            raise AnalysisError("margins", got=got, expected=f"{sizes[first]:.10g}, as {first!r}: every margin counts the same population")
    fits = [(codes, counts * (sizes[first] / counts.sum())) for codes, counts in fits]
    indicators = [csr_array((np.ones(rows), (np.arange(rows), codes)), shape=(rows, len(counts))) for codes, counts in fits]
    return csr_array(hstack(indicators)), np.concatenate([counts for _, counts in fits]), fits


def _fit(name: str, labels: ArrayLike, margin: Margin, *, rows: int) -> tuple[IntArray, FloatArray]:
    """Codes of one variable and the population count of each code."""
    argument = f"margins[{name!r}]"
    codes, values = codes_of(f"variables[{name!r}]", labels, rows=rows)
    found: list[Hashable] = values.tolist()
    for category in found:
        if category not in margin:
            raise AnalysisError(argument, got=f"no count of {category!r}", expected="a population count for each category of the sample")
    for category, count in margin.items():
        if category not in set(found):
            raise AnalysisError(
                argument, got=f"{category!r}, of whom the sample has nobody", expected="only categories of the sample: merge"
            )
        if not (np.isfinite(count) and count > 0):
            raise AnalysisError(argument, got=f"{count:g} for {category!r}", expected="a positive population count")
    return codes, np.array([float(margin[category]) for category in found])


def _named(mapping: Mapping[str, object]) -> str:
    return ", ".join(map(repr, mapping)) or "nothing"


def largest_difference(x: csr_array, w: FloatArray, counts: FloatArray) -> float:
    return float(np.abs(x.T @ w / counts - 1).max())
