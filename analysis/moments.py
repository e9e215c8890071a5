"""Sums and products of answers in groups of respondents: all that the index and its variance need where each person is a unit.

The linearised score of a person is linear in what the person answered, z = c·u, with u the 2R indicators "satisfied" and
"not satisfied" of the R rated questions. So Σ z² = cᵀ (Σ u uᵀ) c: once the sums of u and of u uᵀ are known in each group, every
estimate, of every measure in any union of groups, follows without looking at a person again, in the same numbers as `index_table`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from analysis.coding import FloatArray, IntArray, codes_of
from analysis.design import checked_weights, fpc_of_rows, sampled_share, squares_factor
from analysis.domains import Domains
from analysis.errors import AnalysisError
from analysis.index import IndexTable, assembled, linearised
from analysis.measures import Measures
from analysis.totals import SATISFIED_FROM, checked_form_weights, checked_ratings

#: People that are looked at together: few enough for the processor's cache, and for whole numbers in single precision (2^24).
_BLOCK = 8_192
#: OpenBLAS multiplies (m, k) by (k, n) in one thread while m n k is no larger than 2^18.
_ONE_THREAD = 200_000
#: A variance below this part of the sum of its terms' sizes is the noise of binary floating point.
_NOISE = 1e-13


@dataclass(frozen=True, eq=False)
class Moments:
    """What C groups of respondents answered, in sums that can be added up (``+``): over files, days, parts of a file.

    Each respondent is a sampling unit. With w the sampling weight and u the 2R indicators of one person, first "satisfied" (4 or 5)
    and then "not satisfied" (1 to 3) of each of `Measures.rated`, each times its form weight 1/P(asked):

    Attributes
    ----------
    labels : (C,) array
        The label of each group.
    people, weight : (C,) float arrays
        All people of the group, also those who answered nothing; Σ w.
    respondents, answers : (C, M) float arrays
        People with a valid answer to each of `Measures.keys`; their valid answers, unweighted.
    sums : (C, 2R) float array
        Σ w u.
    products, squares : (C, 2R, 2R) float arrays
        Σ w u uᵀ and Σ w² u uᵀ; one and the same array without weights. A group takes 31 kB for 22 questions, 62 kB with weights.

    Examples
    --------
    >>> m = Measures.of({"A1": "A", "A2": "A"})
    >>> morning = Moments.from_ratings(m, [[5, 4], [2, 0]], groups=["x", "x"])
    >>> day = morning + Moments.from_ratings(m, [[4, 1]], groups=["y"])
    >>> day.labels.tolist(), day.people.tolist(), day.sums.tolist()
    (['x', 'y'], [2.0, 1.0], [[1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    """

    labels: NDArray[Any]
    people: FloatArray
    weight: FloatArray
    respondents: FloatArray
    answers: FloatArray
    sums: FloatArray
    products: FloatArray
    squares: FloatArray

    @classmethod
    def from_ratings(
        cls,
        measures: Measures,
        ratings: ArrayLike,
        *,
        groups: ArrayLike,
        weights: ArrayLike | None = None,
        form_weights: ArrayLike | None = None,
    ) -> Self:
        """Look once at each of n respondents.

        Parameters
        ----------
        measures : Measures
        ratings : (n, R) numbers
            Columns as `Measures.rated`; 1 to 5, and 0 or NaN for no valid answer. Whole numbers of one byte (uint8) are quickest;
            the array is not copied.
        groups : (n,) labels
            So fine that each stratum, and each domain, is a union of groups.
        weights : (n,) floats, optional
            Positive sampling weights. Default: 1; then every sum is a whole number and exact.
        form_weights : (n, R) floats, optional
            1/P(asked) of each answer; positive wherever there is an answer. Default: 1.

        Raises
        ------
        AnalysisError
            A rating that is not 1 to 5, 0 or NaN; a weight that is missing or not positive; a missing label; a wrong shape.

        Examples
        --------
        >>> Moments.from_ratings(Measures.of({"A1": "A"}), [[5], [2], [4]], groups=["x", "y", "x"]).products[0].tolist()
        [[2.0, 0.0], [0.0, 0.0]]
        """
        matrix = checked_ratings(measures, ratings)
        codes, labels = codes_of("groups", groups, rows=len(matrix))
        w = None if weights is None else checked_weights(weights, rows=len(matrix))
        f = None if form_weights is None else checked_form_weights(form_weights, matrix >= 1)
        people = np.bincount(codes, minlength=len(labels)).astype(float)
        weight: FloatArray = people if w is None else np.bincount(codes, weights=w, minlength=len(labels)).astype(float)
        counts, answered, sums, products, squares = _sums(measures, matrix, codes, people, w=w, f=f)
        return cls(labels, people, weight, counts, answered @ measures.sums, sums, products, squares)

    def __add__(self, other: Moments) -> Moments:
        """The moments of both: groups with the same label become one."""
        if self.sums.shape[1] != other.sums.shape[1] or self.respondents.shape[1] != other.respondents.shape[1]:
            raise AnalysisError("other", got=f"moments of {other.sums.shape[1] // 2} questions", expected="moments of the same measures")
        codes, labels = codes_of("labels", np.concatenate([self.labels, other.labels]))
        mine, theirs = codes[: len(self.labels)], codes[len(self.labels) :]

        def both(name: str) -> FloatArray:
            first, second = getattr(self, name), getattr(other, name)
            total = np.zeros((len(labels), *first.shape[1:]))
            total[mine] = first
            total[theirs] += second
            return total

        products = both("products")
        squares = products if self.squares is self.products and other.squares is other.products else both("squares")
        people, weight, respondents, answers, sums = (both(name) for name in ("people", "weight", "respondents", "answers", "sums"))
        return Moments(labels, people, weight, respondents, answers, sums, products, squares)


def moments_table(moments: Moments, *, measures: Measures, strata: ArrayLike, domains: Domains, fpc: ArrayLike | None = None) -> IndexTable:
    """Estimate every measure by every rule in every domain: the numbers of `index_table` where each respondent is a unit.

    With c the coefficients of the linearised score, z = w c·u, the variance is Σ_h (1 - f_h) n_h/(n_h - 1) (cᵀ Q_h c - (c·s_h)²/n_h):
    Q_h and s_h are Σ w² u uᵀ and Σ w u over the domain's people in stratum h, n_h all people of the stratum. A stratum of one person
    counts (1 - f_h) cᵀ Q_h c, as R's ``survey.lonely.psu="adjust"``.

    Parameters
    ----------
    moments : Moments
        C groups.
    measures : Measures
    strata : (C,) labels
        The stratum of each group.
    domains : Domains
        G domains over the C groups (their rows are the groups).
    fpc : (C,) floats, optional
        As in `Design.of`, one for each group: people existing in its stratum, or the share sampled.

    Returns
    -------
    IndexTable

    Raises
    ------
    AnalysisError
        Moments of other measures, labels that do not fit the groups, or a population smaller than the sample.

    References
    ----------
    Woodruff (1971); Särndal, Swensson and Wretman (1992), 5.6.

    Examples
    --------
    >>> m = Measures.of({"A1": "A"})
    >>> moments = Moments.from_ratings(m, [[5], [4], [2]], groups=["x", "x", "y"])
    >>> table = moments_table(moments, measures=m, strata=["all", "all"], domains=Domains.of(2, [[0, 1], [0]]))
    >>> table.share.round(4).tolist()[0][0], table.df.tolist()[0][0], table.share.tolist()[1][0]
    (0.6667, 2, 1.0)
    """
    groups, questions = len(moments.labels), len(measures.rated)
    if moments.sums.shape[1] != 2 * questions or moments.respondents.shape[1] != len(measures.keys):
        raise AnalysisError("moments", got=f"{moments.sums.shape[1] // 2} questions", expected=f"{questions}, as Measures.rated")
    domains.refuse_other_rows(groups)
    strata_ = PeopleByStratum.of(moments, strata, fpc)
    add = csr_array((np.ones(len(domains.row)), (domains.domain, domains.row)), shape=(domains.count, groups))
    sums = add @ moments.sums
    share, coefficients, partial = score_coefficients(measures, sums)
    pairs = strata_.inside(domains)
    units, in_strata = add @ moments.respondents, pairs.by_domain @ (pairs.by_pair @ moments.respondents > 0).astype(float)
    weight, people = add @ moments.weight, add @ moments.people
    return assembled(
        measures,
        share=share,
        variance=linear_variance(moments, strata_, domains, pairs, coefficients),
        partial=partial,
        valid=(sums[:, :questions] + sums[:, questions:]) @ measures.sums,
        respondents=units,
        answers=add @ moments.answers,
        units=units.astype(np.int64),
        strata=in_strata.astype(np.int64),
        squares=_people_squares(measures, _added(add, moments.products)),
        weight_of_person=weight / np.maximum(people - 1, 1),
    )


class StratumParts(NamedTuple):
    """Every domain's part of every stratum that it touches, sorted by domain."""

    by_pair: csr_array  # (P, C) adds groups up to pairs
    by_domain: csr_array  # (G, P) adds pairs up to domains
    stratum: IntArray  # (P,)
    first_of_domain: IntArray  # (G + 1,)


@dataclass(frozen=True, eq=False)
class PeopleByStratum:
    """The stratum of each group; people sampled in each stratum, and what its squares are multiplied with."""

    of_group: IntArray
    size: FloatArray
    factor: FloatArray

    @classmethod
    def of(cls, moments: Moments, strata: ArrayLike, fpc: ArrayLike | None) -> Self:
        codes, labels = codes_of("strata", strata, rows=len(moments.labels))
        size = np.bincount(codes, weights=moments.people, minlength=len(labels)).astype(float)
        share = np.zeros(len(labels)) if fpc is None else sampled_share(fpc_of_rows(fpc, rows=len(codes)), codes, size)
        return cls(codes, size, squares_factor(size, share))

    def inside(self, domains: Domains) -> StratumParts:
        key = domains.domain * max(len(self.size), 1) + self.of_group[domains.row]
        pairs, pair = np.unique(key, return_inverse=True)
        domain, stratum = np.divmod(pairs, max(len(self.size), 1))
        return StratumParts(
            csr_array((np.ones(len(pair)), (pair, domains.row)), shape=(len(pairs), len(self.of_group))),
            csr_array((np.ones(len(pairs)), (domain, np.arange(len(pairs)))), shape=(domains.count, len(pairs))),
            stratum,
            np.searchsorted(domain, np.arange(domains.count + 1)),
        )


def score_coefficients(measures: Measures, sums: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Shares (G, T), coefficients (G, 2R, T) of u in the linearised scores, and partiality (G, T).

    `linearised` is linear in what it is given. So each question's satisfied and dissatisfied answers are handed to it as if one
    person had given them all, and the score of that person, divided by the answers, is the coefficient.
    """
    domains, width = sums.shape
    satisfied, valid = np.vstack([measures.sums, np.zeros(measures.sums.shape)]), np.vstack([measures.sums] * 2)
    y, x = ((sums[:, :, None] * columns).reshape(domains * width, len(measures.keys)) for columns in (satisfied, valid))
    share, z, partial = linearised(measures, y, x, domain=np.repeat(np.arange(domains), width), domains=domains)
    answers = sums.reshape(-1, 1)
    coefficients = np.divide(z, answers, out=np.zeros(z.shape), where=answers > 0).reshape(domains, width, z.shape[1])
    return share, coefficients, partial


def linear_variance(
    moments: Moments, strata: PeopleByStratum, domains: Domains, pairs: StratumParts, coefficients: FloatArray
) -> FloatArray:
    """The linearised variance (G, T) of every domain's indices; 0 where what is left is rounding."""
    factor = strata.factor[strata.of_group[domains.row]]
    within = _added(csr_array((factor, (domains.domain, domains.row)), shape=(domains.count, len(moments.labels))), moments.squares)
    squares = (coefficients * (within @ coefficients)).sum(axis=1)
    sizes = np.sqrt(within.diagonal(axis1=1, axis2=2))[:, :, None] * np.abs(coefficients)
    noise = _NOISE * sizes.sum(axis=1) ** 2  # no less than what the terms of the squares add up to (Cauchy and Schwarz)
    size = strata.size[pairs.stratum]
    of_mean = np.where(size > 1, strata.factor[pairs.stratum] / np.maximum(size, 1), 0.0)
    totals, z = pairs.by_pair @ moments.sums, np.zeros((len(size), coefficients.shape[2]))
    for number, (first, last) in enumerate(zip(pairs.first_of_domain[:-1], pairs.first_of_domain[1:], strict=True)):
        z[first:last] = totals[first:last] @ coefficients[number]
    variance = squares - pairs.by_domain @ (of_mean[:, None] * z**2)
    return np.where(variance > noise, variance, 0.0)


def _people_squares(measures: Measures, products: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Σ w y², Σ w x y, Σ w x² (G, M) over people, from Σ w u uᵀ (G, 2R, 2R); x is y and d, the answers that are not satisfied."""
    r = len(measures.rated)
    blocks = (products[:, :r, :r], products[:, :r, r:], products[:, r:, r:])
    yy, yd, dd = (((block @ measures.sums) * measures.sums).sum(axis=1) for block in blocks)
    return yy, yy + yd, yy + 2 * yd + dd


def _added(matrix: csr_array, products: FloatArray) -> FloatArray:
    """(G, 2R, 2R) products (C, 2R, 2R), added up as the (G, C) matrix says."""
    width = products.shape[1]
    added: FloatArray = (matrix @ products.reshape(len(products), width * width)).reshape(matrix.shape[0], width, width)
    return added


class _Block(NamedTuple):
    """Some rows in the order of their groups: which, the groups that they belong to, and where each group's rows begin and end."""

    rows: IntArray
    groups: range
    bounds: IntArray

    def add(self, target: FloatArray, values: NDArray[Any]) -> None:
        """To target (C, p) the sums of values (p, rows) over each group."""
        sums = np.add.reduceat(values, self.bounds[:-1], axis=1, dtype=np.int64 if values.dtype == bool else float)
        target[self.groups.start : self.groups.stop] += sums.T

    def add_products(self, u: FloatArray, w: FloatArray | None, products: FloatArray, squares: FloatArray) -> None:
        """The sums of w u uᵀ and w² u uᵀ over each group."""
        for group, first, last in zip(self.groups, self.bounds[:-1], self.bounds[1:], strict=True):
            part = u[:, first:last]
            if w is None:
                products[group] += _product(part, part)
                continue
            weighted = part * w[self.rows[first:last]]
            products[group] += _product(weighted, part)
            squares[group] += _product(weighted, weighted)


def _product(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """a bᵀ, in pieces too small for the BLAS to start threads: on a busy machine these took a hundred times as long."""
    piece = max(_ONE_THREAD // len(a) ** 2, 1)
    whole = a.shape[1] // piece * piece
    first, second = (x[:, :whole].reshape(len(x), -1, piece).transpose(1, 0, 2) for x in (a, b))
    product: NDArray[Any] = (first @ second.transpose(0, 2, 1)).sum(axis=0) + a[:, whole:] @ b[:, whole:].T
    return product


@dataclass(frozen=True, eq=False)
class _Order:
    """The rows sorted by group, and where each group ends."""

    rows: IntArray
    ends: IntArray

    @classmethod
    def of(cls, codes: IntArray, people: FloatArray) -> Self:
        small = codes.astype(np.uint16) if len(people) <= 2**16 else codes  # numpy sorts two bytes by counting
        return cls(np.argsort(small, kind="stable"), np.cumsum(people).astype(np.int64))

    def halves(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Two parts of about one size that share no group."""
        rows = len(self.rows)
        middle = int(self.ends[np.searchsorted(self.ends, rows // 2)]) if rows else 0
        return (0, middle), (middle, rows)

    def blocks(self, first: int, last: int) -> Iterator[_Block]:
        for start in range(first, last, _BLOCK):
            stop = min(start + _BLOCK, last)
            groups = range(int(np.searchsorted(self.ends, start, side="right")), int(np.searchsorted(self.ends, stop, side="left")) + 1)
            inner = np.minimum(self.ends[groups.start : groups.stop], stop) - start
            yield _Block(self.rows[start:stop], groups, np.concatenate([[0], inner]))


def _sums(
    measures: Measures, ratings: NDArray[Any], codes: IntArray, people: FloatArray, *, w: FloatArray | None, f: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Respondents (C, M), answers (C, R), and the sums, products and squares of `Moments`."""
    groups, width = len(people), 2 * len(measures.rated)
    plain = w is None and f is None
    answered, sums, products = np.zeros((groups, width // 2)), np.zeros((groups, width)), np.zeros((groups, width, width))
    squares = products if w is None else np.zeros(products.shape)
    several = slice(len(measures.criteria), len(measures.criteria) + len(measures.dimensions) + 1)  # the dimensions and the whole
    parts_of = [np.flatnonzero(column) for column in measures.sums.T[several]]
    some = np.zeros((groups, len(parts_of)))
    order = _Order.of(codes, people)

    def add(half: tuple[int, int]) -> None:
        for block in order.blocks(*half):
            given = np.ascontiguousarray(ratings.take(block.rows, axis=0).T)
            satisfied, valid = given >= SATISFIED_FROM, given >= 1
            block.add(some, np.stack([np.logical_or.reduce(valid[parts]) for parts in parts_of]))
            u = np.concatenate([satisfied, valid ^ satisfied]).astype(np.float32 if plain else float)
            if not plain:
                u *= 1.0 if f is None else np.tile(f[block.rows].T, (2, 1))
                block.add(answered, valid)
                block.add(sums, u if w is None else u * w[block.rows])
            block.add_products(u, w, products, squares)

    with ThreadPoolExecutor(2) as pool:  # numpy lets other threads work while it does; the halves share no group
        list(pool.map(add, order.halves()))
    if plain:  # of zeros and ones the squares are the sums
        sums = products.diagonal(axis1=1, axis2=2).copy()
        answered = sums[:, : width // 2] + sums[:, width // 2 :]
    respondents = answered @ measures.sums  # true of what has one question
    respondents[:, several] = some
    return respondents, answered, sums, products, squares
