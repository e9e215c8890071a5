"""How the rows were sampled: strata, one or two stages of units, weights, finite populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, IntArray, codes_of, pair_codes
from analysis.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling; U units in H strata.

    Attributes
    ----------
    unit_of_row : (n,) int array
        The unit of each row; units are numbered stratum by stratum.
    stratum_of_unit : (U,) int array
        Never decreasing.
    sample_size : (H,) float array
        Units sampled in each stratum.
    sampled_share : (H,) float array
        Units sampled over units existing, 0 to 1; 0 where the population is taken as infinite.
    multiplier : (H,) float array
        What the stratum's variance counts for: 1 at the first stage; at the second the first stage's sampled share.
    """

    unit_of_row: IntArray
    stratum_of_unit: IntArray
    sample_size: FloatArray
    sampled_share: FloatArray
    multiplier: FloatArray

    @property
    def factor(self) -> FloatArray:
        """(H,) What a stratum's sum of squared deviations is multiplied with: (1 - f) n/(n - 1).

        A lonely unit (n = 1) deviates from 0, the grand mean, and counts (1 - f) times: the rule "adjust".
        """
        return squares_factor(self.sample_size, self.sampled_share, multiplier=self.multiplier)

    def covariance(self, z: FloatArray) -> FloatArray:
        """(p, p) This stage's part of the covariance of the column totals of z (n, p), weights included."""
        rows = np.arange(len(self.unit_of_row))
        sums = csr_array((np.ones(len(rows)), (self.unit_of_row, rows)), shape=(len(self.stratum_of_unit), len(rows))) @ z
        means = np.zeros((len(self.sample_size), z.shape[1]))
        np.add.at(means, self.stratum_of_unit, sums)
        means = np.where(self.sample_size[:, None] > 1, means / self.sample_size[:, None], 0.0)
        deviation = sums - means[self.stratum_of_unit]
        covariance: FloatArray = deviation.T @ (self.factor[self.stratum_of_unit][:, None] * deviation)
        return covariance


@dataclass(frozen=True, eq=False)
class Design:
    """A sampling design over n rows; make one with `Design.of`.

    Rows may be respondents, or totals already summed over sampling units (one row a unit, weight 1).

    Attributes
    ----------
    weights : (n,) float array
        Positive sampling weights.
    stages : tuple of one or two Stage
        First stage first.
    """

    weights: FloatArray
    stages: tuple[Stage, ...]

    @classmethod
    def of(
        cls,
        rows: int,
        *,
        strata: ArrayLike | None = None,
        clusters: ArrayLike | tuple[ArrayLike, ArrayLike] | None = None,
        weights: ArrayLike | None = None,
        fpc: ArrayLike | tuple[ArrayLike, ...] | None = None,
        nest: bool = False,
    ) -> Self:
        """Build and check a design, as R's ``svydesign(ids, strata, weights, fpc)``.

        Parameters
        ----------
        rows : int
            Number of rows n; may be 0.
        strata : (n,) labels, optional
            Default: one stratum.
        clusters : (n,) labels, or a tuple of two such, optional
            Sampling units, first stage first. Default: each row is a unit.
        weights : (n,) floats, optional
            Positive. Default: 1.
        fpc : (n,) floats, or a tuple with one such for each stage, optional
            Above 1: units existing in the stratum (at stage two: in the first-stage unit); from 0 to 1: share sampled.
            Default: infinite populations, with which a second stage adds nothing.
        nest : bool
            Unit labels are unique only inside their stratum (R's ``nest=TRUE``).

        Raises
        ------
        AnalysisError
            A weight is missing or not positive, a unit lies in two strata, a population is smaller than the sample,
            a label is missing, or a length is wrong.

        Notes
        -----
        A stratum with a single unit follows R's ``survey.lonely.psu="adjust"``.

        Examples
        --------
        >>> design = Design.of(4, strata=["x", "x", "y", "y"], clusters=[1, 2, 3, 4])
        >>> design.degrees_of_freedom
        2
        """
        stage_labels = clusters if isinstance(clusters, tuple) else (() if clusters is None else (clusters,))
        if len(stage_labels) > 2:
            raise AnalysisError("clusters", got=f"{len(stage_labels)} stages", expected="one or two")
        strata_codes, strata_labels = codes_of("strata", np.zeros(rows, dtype=int) if strata is None else strata, rows=rows)
        units = _units(stage_labels, strata_codes, strata_labels, rows=rows, nest=nest)
        populations = _populations(fpc, rows=rows, stages=len(units))
        return cls(checked_weights(weights, rows=rows), _stages(units, strata_codes, populations))

    @property
    def rows(self) -> int:
        return len(self.weights)

    @property
    def degrees_of_freedom(self) -> int:
        """First-stage units less strata (R: ``degf``)."""
        return len(self.stages[0].stratum_of_unit) - len(self.stages[0].sample_size)

    def covariance(self, scores: ArrayLike) -> FloatArray:
        """Linearised covariance of the weighted totals of scores, with-replacement or fpc, one or two stages.

        V = Σ_h (1 - f_h) n_h/(n_h - 1) Σ_j (z_hj - z̄_h)(z_hj - z̄_h)ᵀ + Σ_h f_h Σ_j V₂(hj), z_hj the weighted total of unit j.
        For a domain set the scores of other rows to 0: their units still count (a domain is no subset).

        Parameters
        ----------
        scores : (n, p) floats
            One column a measure; NaN is refused.

        Returns
        -------
        (p, p) float array

        References
        ----------
        Särndal, Swensson and Wretman (1992), 4.3 and 5.5; R survey, ``svyrecvar``.

        Examples
        --------
        >>> Design.of(4).covariance([[1.0], [0.0], [1.0], [0.0]]).round(4).tolist()
        [[1.3333]]
        """
        scores = np.asarray(scores, dtype=float)
        if scores.ndim != 2 or len(scores) != self.rows or not np.isfinite(scores).all():
            raise AnalysisError("scores", got=f"shape {scores.shape}, or not finite", expected=f"finite numbers, ({self.rows}, p)")
        z = self.weights[:, None] * scores
        covariance: FloatArray = np.sum([stage.covariance(z) for stage in self.stages], axis=0)
        return covariance


def squares_factor(sample_size: FloatArray, sampled_share: FloatArray, *, multiplier: FloatArray | float = 1.0) -> FloatArray:
    """What a stratum's sum of squares is multiplied with: (1 - f) n/(n - 1), and (1 - f) for a lonely unit."""
    n = sample_size
    return multiplier * (1 - sampled_share) * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)


def checked_weights(weights: ArrayLike | None, *, rows: int) -> FloatArray:
    """Positive weights, 1 where none are given."""
    if weights is None:
        return np.ones(rows)
    array = _numbers("weights", weights, rows=rows)
    _refuse("weights", array, ~(np.isfinite(array) & (array > 0)), expected="positive numbers")
    return array


def _numbers(argument: str, values: ArrayLike, *, rows: int) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError(argument, got=f"shape {array.shape}", expected=f"one number for each of {rows} rows")
    return array


def _refuse(argument: str, values: FloatArray, wrong: BoolArray, *, expected: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(argument, got=f"{values[row]:g}", expected=expected, row=row)


def _units(labels: tuple[ArrayLike, ...], strata: IntArray, strata_labels: NDArray[Any], *, rows: int, nest: bool) -> list[IntArray]:
    """The unit of each row, stage by stage; a second-stage unit belongs to its first-stage unit."""
    if not labels:
        return [np.arange(rows)]
    first, names = codes_of("clusters", labels[0], rows=rows)
    if nest:
        first = pair_codes(strata, first)
    else:
        _refuse_unit_in_two_strata(first, strata, names=names, strata_labels=strata_labels)
    if len(labels) == 1:
        return [first]
    return [first, pair_codes(first, codes_of("clusters", labels[1], rows=rows)[0])]


def _refuse_unit_in_two_strata(units: IntArray, strata: IntArray, *, names: NDArray[Any], strata_labels: NDArray[Any]) -> None:
    stratum_of_unit = np.zeros(units.max(initial=-1) + 1, dtype=np.int64)
    stratum_of_unit[units[::-1]] = strata[::-1]
    elsewhere = strata != stratum_of_unit[units]
    if elsewhere.any():
        row = int(elsewhere.argmax())
        both = f"{strata_labels[stratum_of_unit[units[row]]]!s} and {strata_labels[strata[row]]!s}"
        got = f"unit {names[units[row]]!s} in the strata {both}"
        raise AnalysisError("clusters", got=got, expected="every unit in one stratum, or nest=True", row=row)


def _populations(fpc: ArrayLike | tuple[ArrayLike, ...] | None, *, rows: int, stages: int) -> tuple[FloatArray, ...] | None:
    if fpc is None:
        return None
    columns = fpc if isinstance(fpc, tuple) else (fpc,)
    if len(columns) != stages:
        raise AnalysisError("fpc", got=f"{len(columns)} columns", expected=f"one for each of {stages} stages of clusters")
    return tuple(fpc_of_rows(column, rows=rows) for column in columns)


def fpc_of_rows(fpc: ArrayLike, *, rows: int) -> FloatArray:
    """One population size (above 1) or share sampled (above 0, to 1) for each row."""
    array = _numbers("fpc", fpc, rows=rows)
    _refuse("fpc", array, ~(array > 0), expected="a population size above 1, or a share sampled above 0")
    return array


def _stages(units: list[IntArray], strata: IntArray, populations: tuple[FloatArray, ...] | None) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for number, unit_of_row in enumerate(units):
        above = stages[-1] if stages else None
        multiplier = above.sampled_share[above.stratum_of_unit] if above else None
        fpc = populations[number] if populations else None
        stages.append(_stage(unit_of_row, above.unit_of_row if above else strata, fpc=fpc, multiplier=multiplier))
    return tuple(stages)


def _stage(unit_of_row: IntArray, stratum_of_row: IntArray, *, fpc: FloatArray | None, multiplier: FloatArray | None) -> Stage:
    stratum = np.zeros(unit_of_row.max(initial=-1) + 1, dtype=np.int64)
    stratum[unit_of_row] = stratum_of_row
    order = np.argsort(stratum, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    size = np.bincount(stratum).astype(float)
    share = np.zeros(len(size)) if fpc is None else sampled_share(fpc, stratum_of_row, size)
    return Stage(rank[unit_of_row], stratum[order], size, share, np.ones(len(size)) if multiplier is None else multiplier)


def sampled_share(fpc: FloatArray, stratum_of_row: IntArray, size: FloatArray) -> FloatArray:
    """(H,) share of each stratum's units that was sampled, from the fpc of each row."""
    share_of_row = np.where(fpc > 1, size[stratum_of_row] / fpc, fpc)
    _refuse("fpc", fpc, share_of_row > 1, expected="no fewer units in the population than in the sample")
    share = np.zeros(len(size))
    share[stratum_of_row[::-1]] = share_of_row[::-1]
    _refuse("fpc", fpc, share_of_row != share[stratum_of_row], expected="one value in a stratum (stage two: in a first-stage unit)")
    return share
