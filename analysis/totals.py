"""What each row contributes to each measure: from a respondent's ratings, or already summed over a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, codes_of
from analysis.design import checked_weights
from analysis.errors import AnalysisError
from analysis.measures import Measures

SATISFIED_FROM = 4
HIGHEST = 5
#: Rows that are looked at together: their ratings fit into the processor's cache.
_BLOCK = 16_384


@dataclass(frozen=True, eq=False)
class UnitTotals:
    """Sums over the people of each row (a desk-day, or one respondent) for the M measures in the order of `Measures.keys`.

    With s, v the satisfied and valid answers of one person to a measure, each answer times its form weight 1/P(asked):

    Attributes
    ----------
    satisfied, valid : (n, M) float arrays
        Σ s and Σ v over the row's people.
    respondents, answers : (n, M) float arrays
        People with a valid answer; their valid answers, unweighted.
    squares : (3, n, M) float array or None
        Σ s², Σ s·v, Σ v² over the row's people: only the design effect `deff` needs them.
    people, weight : (n,) float arrays
        All people of the row, also those who answered nothing; the sum of their weights.

    Examples
    --------
    One criterion A1 of one dimension A; two desk-days with 8 of 10 and 3 of 5 satisfied:

    >>> y, x = [[8.0] * 3, [3.0] * 3], [[10.0] * 3, [5.0] * 3]
    >>> UnitTotals.of(Measures.of({"A1": "A"}), satisfied=y, valid=x, respondents=x, answers=x).people.tolist()
    [10.0, 5.0]
    """

    satisfied: FloatArray
    valid: FloatArray
    respondents: FloatArray
    answers: FloatArray
    squares: FloatArray | None
    people: FloatArray
    weight: FloatArray

    @classmethod
    def of(
        cls,
        measures: Measures,
        *,
        satisfied: ArrayLike,
        valid: ArrayLike,
        respondents: ArrayLike,
        answers: ArrayLike,
        squares: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
        people: ArrayLike | None = None,
        weight: ArrayLike | None = None,
    ) -> Self:
        """From sums per unit; `people` defaults to the unit's largest number of respondents, `weight` to `people`.

        Raises
        ------
        AnalysisError
            A shape is not (n, M), a number is negative or missing, more are satisfied than valid, or a measure has
            valid answers but no respondents.
        """
        y = _sums("satisfied", satisfied, measures, rows=None)
        others = {"valid": valid, "respondents": respondents, "answers": answers}
        x, n, a = (_sums(name, values, measures, rows=len(y)) for name, values in others.items())
        _refuse_cells("satisfied", y > x * (1 + 1e-12), expected="no more than valid")
        _refuse_cells("respondents", (x > 0) != (n > 0), expected="people exactly where there are valid answers")
        _refuse_cells("answers", n > a, expected="at least one answer for each respondent")
        names = ("squares[0]", "squares[1]", "squares[2]")
        moments = None if squares is None else np.stack([_sums(k, v, measures, rows=len(y)) for k, v in zip(names, squares, strict=True)])
        heads = n.max(axis=1) if people is None else _people(people, n)
        return cls(y, x, n, a, moments, heads, heads if weight is None else _weight(weight, rows=len(y)))

    @classmethod
    def from_ratings(cls, measures: Measures, ratings: ArrayLike, *, form_weights: ArrayLike | None = None) -> Self:
        """One row a respondent, from a matrix of ratings.

        Parameters
        ----------
        measures : Measures
        ratings : (n, R) numbers
            Columns as `Measures.rated`; 1 to 5, and 0 or NaN for no valid answer.
        form_weights : (n, R) floats, optional
            1/P(asked) of each answer; positive wherever there is an answer. Default: 1, the full form.

        Raises
        ------
        AnalysisError
            A rating that is not 1 to 5, 0 or NaN; a form weight that is not positive; a wrong shape.

        References
        ----------
        Planned missing data by matrix sampling: Munger and Loyd (1988); weights as Horvitz and Thompson (1952).

        Examples
        --------
        >>> totals = UnitTotals.from_ratings(Measures.of({"A1": "A", "A2": "A"}), [[5, 3], [4, 0]])
        >>> totals.satisfied[:, 3].tolist(), totals.valid[:, 3].tolist()
        ([1.0, 1.0], [2.0, 1.0])
        """
        matrix = checked_ratings(measures, ratings)
        answered = matrix >= 1
        weights = checked_form_weights(form_weights, answered)
        valid = (answered * weights) @ measures.sums
        satisfied = ((matrix >= SATISFIED_FROM) * weights) @ measures.sums
        squares = np.stack([satisfied**2, satisfied * valid, valid**2])
        one = np.ones(len(matrix))
        return cls(satisfied, valid, (valid > 0).astype(float), answered @ measures.sums, squares, one, one)

    def summed(self, units: ArrayLike, *, weights: ArrayLike | None = None) -> tuple[Self, NDArray[Any]]:
        """The rows of each unit added up: one row a unit, and the label of each.

        A design whose sampling units (or units of both stages) are the new rows gives the same numbers as one over the old rows.

        Parameters
        ----------
        units : (n,) labels
        weights : (n,) floats, optional
            Positive sampling weights, which go into the sums; the design of the new rows carries none. Default: 1.

        Raises
        ------
        AnalysisError
            A label is missing, a weight is not positive, or a length is wrong.

        Examples
        --------
        >>> totals = UnitTotals.from_ratings(Measures.of({"A1": "A"}), [[5], [2], [4]])
        >>> days, labels = totals.summed(["monday", "monday", "tuesday"])
        >>> days.satisfied[:, 0].tolist(), days.valid[:, 0].tolist(), labels.tolist()
        ([1.0, 1.0], [2.0, 1.0], ['monday', 'tuesday'])
        """
        codes, labels = codes_of("units", units, rows=self.rows)
        shape = (len(labels), self.rows)
        w = checked_weights(weights, rows=self.rows)
        weighted, counted = (csr_array((value, (codes, np.arange(self.rows))), shape=shape) for value in (w, np.ones(self.rows)))
        return type(self)(
            weighted @ self.satisfied,
            weighted @ self.valid,
            counted @ self.respondents,
            counted @ self.answers,
            None if self.squares is None else np.stack([weighted @ square for square in self.squares]),
            counted @ self.people,
            weighted @ self.weight,
        ), labels

    @classmethod
    def together(cls, *parts: UnitTotals) -> Self:
        """The rows of all parts, one part after the other; without squares where a part has none."""
        names = ("satisfied", "valid", "respondents", "answers", "people", "weight")
        sums = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        squares = [part.squares for part in parts if part.squares is not None]
        return cls(**sums, squares=np.concatenate(squares, axis=1) if len(squares) == len(parts) else None)

    @property
    def rows(self) -> int:
        return len(self.valid)


def _sums(argument: str, values: ArrayLike, measures: Measures, *, rows: int | None) -> FloatArray:
    array = np.asarray(values, dtype=float)
    width = len(measures.keys)
    if array.ndim != 2 or array.shape[1] != width or (rows is not None and len(array) != rows):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"({'n' if rows is None else rows}, {width}), as Measures.keys")
    _refuse_cells(argument, ~(np.isfinite(array) & (array >= 0)), expected="numbers of 0 or more")
    return array


def _people(people: ArrayLike, respondents: FloatArray) -> FloatArray:
    array = np.asarray(people, dtype=float)
    fewer = array.shape == (len(respondents),) and (array < respondents.max(axis=1)).any()
    if fewer or array.shape != (len(respondents),):
        got = "fewer people than respondents" if fewer else f"shape {array.shape}"
        raise AnalysisError("people", got=got, expected=f"one number for each of {len(respondents)} rows, no fewer than its respondents")
    return array


def _weight(weight: ArrayLike, *, rows: int) -> FloatArray:
    array = np.asarray(weight, dtype=float)
    if array.shape != (rows,) or not (np.isfinite(array) & (array >= 0)).all():
        raise AnalysisError(
            "weight", got=f"shape {array.shape}, or a number below 0", expected=f"one sum of weights for each of {rows} rows"
        )
    return array


def _refuse_cells(argument: str, wrong: BoolArray, *, expected: str) -> None:
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise AnalysisError(argument, got=f"something else in column {column}", expected=expected, row=row)


def checked_ratings(measures: Measures, ratings: ArrayLike) -> NDArray[Any]:
    """The ratings (n, R) as they are given, if each is 1 to 5, and 0 or NaN where there is no answer."""
    array = np.asarray(ratings)
    array = array if array.dtype.kind in "iuf" else array.astype(float)
    if array.ndim != 2 or array.shape[1] != len(measures.rated):
        raise AnalysisError("ratings", got=f"shape {array.shape}", expected=f"(n, {len(measures.rated)}), as Measures.rated")
    if array.dtype.kind in "iu" and (array.size == 0 or (array.min() >= 0 and array.max() <= HIGHEST)):
        return array
    for start in range(0, len(array), _BLOCK):
        _refuse_ratings(measures, array[start : start + _BLOCK], start=start)
    return array


def _refuse_ratings(measures: Measures, ratings: NDArray[Any], *, start: int) -> None:
    right = ((ratings >= 0) & (ratings <= HIGHEST) & (ratings == np.floor(ratings))) | np.isnan(ratings)
    if not right.all():
        row, column = (int(i) for i in np.argwhere(~right)[0])
        got = f"{ratings[row, column]:g} for {measures.rated[column]}"
        raise AnalysisError("ratings", got=got, expected="1 to 5, and 0 or NaN for no valid answer", row=start + row)


def checked_form_weights(form_weights: ArrayLike | None, answered: BoolArray) -> FloatArray:
    if form_weights is None:
        return np.ones(answered.shape)
    array = np.asarray(form_weights, dtype=float)
    if array.shape != answered.shape:
        raise AnalysisError("form_weights", got=f"shape {array.shape}", expected=f"{answered.shape}, as ratings")
    _refuse_cells("form_weights", answered & ~(np.isfinite(array) & (array > 0)), expected="positive numbers where there is an answer")
    weights: FloatArray = np.where(answered, array, 0.0)
    return weights
