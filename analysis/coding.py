"""Turn labels of any kind into codes 0, 1, 2 …"""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def codes_of(argument: str, labels: ArrayLike, *, rows: int | None = None) -> tuple[IntArray, NDArray[Any]]:
    """Codes of hashable labels and the label of each code; refuses missing labels and a wrong length.

    Examples
    --------
    >>> codes, labels = codes_of("strata", ["b", "a", "b"], rows=3)
    >>> codes.tolist(), labels.tolist()
    ([1, 0, 1], ['a', 'b'])
    """
    array = _vector(labels)
    if array.ndim != 1 or (rows is not None and len(array) != rows):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"one label for each of {'n' if rows is None else rows} rows")
    missing = _missing(array)
    if missing.any():
        row = int(missing.argmax())
        raise AnalysisError(argument, got="no label", expected="a label in every row", row=row)
    if array.dtype.kind == "O":
        return _object_codes(array)
    if array.dtype.kind in "iu" and len(array) and int(array.max()) - int(array.min()) <= 4 * len(array):
        return _dense_codes(array)
    values, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.int64), values


def pair_codes(first: IntArray, second: IntArray) -> IntArray:
    """Codes of the pairs (first, second), ordered by first, then second."""
    width = int(second.max(initial=0)) + 1
    codes: IntArray = np.unique(first * width + second, return_inverse=True)[1].astype(np.int64)
    return codes


def _vector(labels: ArrayLike) -> NDArray[Any]:
    """A one-dimensional array; a list of tuples stays a list of labels."""
    if isinstance(labels, list) and labels and isinstance(labels[0], tuple):
        array = np.empty(len(labels), dtype=object)
        array[:] = labels
        return array
    return np.asarray(labels)


def _missing(array: NDArray[Any]) -> BoolArray:
    missing: BoolArray = np.zeros(len(array), dtype=bool)
    if array.dtype.kind == "f":
        missing = np.isnan(array)
    if array.dtype.kind == "O":
        missing = np.array([label is None or (isinstance(label, float) and isnan(label)) for label in array], dtype=bool)
    return missing


def _dense_codes(array: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    """What np.unique gives for whole numbers that lie close together, without sorting them."""
    least = array.min()
    offset = (array - least).astype(np.int64)
    present = np.bincount(offset) > 0
    codes = (np.cumsum(present) - 1)[offset]
    return codes, np.flatnonzero(present).astype(array.dtype) + least


def _object_codes(array: NDArray[Any]) -> tuple[IntArray, NDArray[Any]]:
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(label, len(seen)) for label in array), dtype=np.int64, count=len(array))
    values = np.empty(len(seen), dtype=object)
    values[:] = list(seen)
    return codes, values
