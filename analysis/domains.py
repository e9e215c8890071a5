"""Parts of the rows to estimate for: an agency, an age group, the whole. Domains may overlap and nest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.coding import IntArray, codes_of
from analysis.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Domains:
    """Which rows belong to which of G domains, as pairs.

    A domain is never a subset of the data: units without members still count in the variance (R: ``subset(design, …)``).

    Attributes
    ----------
    row, domain : (P,) int arrays
        The pairs.
    count : int
        G; a domain may have no rows.

    Examples
    --------
    >>> Domains.of(3, [[0, 1], [True, False, True], []]).count
    3
    """

    row: IntArray
    domain: IntArray
    count: int

    @classmethod
    def whole(cls, rows: int) -> Self:
        """One domain of all rows."""
        return cls(np.arange(rows), np.zeros(rows, dtype=np.int64), 1)

    @classmethod
    def of(cls, rows: int, members: Sequence[ArrayLike]) -> Self:
        """One domain for each entry: row numbers, or a mask of length `rows`.

        Raises
        ------
        AnalysisError
            A mask of another length, or a row number that does not exist or comes twice.
        """
        found = [_members(rows, entry, number) for number, entry in enumerate(members)]
        sizes = [len(entry) for entry in found]
        row = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        return cls(row, np.repeat(np.arange(len(found)), sizes), len(found))

    @classmethod
    def by(cls, labels: ArrayLike) -> tuple[Self, NDArray[Any]]:
        """One domain for each label, and the labels in the order of the domains. A label may be a tuple, in a list of tuples."""
        codes, values = codes_of("labels", labels)
        return cls(np.arange(len(codes)), codes, len(values)), values

    @classmethod
    def together(cls, *parts: Domains) -> Self:
        """The domains of all parts, one part after the other."""
        starts = np.cumsum([0, *(part.count for part in parts)])
        domain = [part.domain + start for part, start in zip(parts, starts, strict=False)]
        return cls(np.concatenate([part.row for part in parts]), np.concatenate(domain), int(starts[-1]))

    def refuse_other_rows(self, rows: int) -> None:
        """`AnalysisError` where a domain has a row beyond the `rows` that there are."""
        if self.row.max(initial=-1) >= rows:
            raise AnalysisError("domains", got=f"row {self.row.max()}", expected=f"rows from 0 to {rows - 1}")


def _members(rows: int, entry: ArrayLike, number: int) -> IntArray:
    array = np.asarray(entry)
    if array.size == 0:
        return np.zeros(0, dtype=np.int64)
    if array.dtype == bool:
        if array.shape != (rows,):
            raise AnalysisError("domains", got=f"a mask of shape {array.shape} (domain {number})", expected=f"({rows},)")
        return np.flatnonzero(array)
    if array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= rows:
        raise AnalysisError("domains", got=f"no row numbers in domain {number}", expected=f"whole numbers from 0 to {rows - 1}")
    in_order = np.sort(array)
    if (in_order[1:] == in_order[:-1]).any():
        raise AnalysisError("domains", got=f"a row twice in domain {number}", expected="every row once")
    return array.astype(np.int64)
