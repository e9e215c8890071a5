"""Draws that anyone can repeat: who is asked, with what probability, and who comes next where somebody cannot be reached.

Every draw orders random numbers that belong to the sorted ids, so the order of the frame does not matter. The numbers are the raw
64-bit output of PCG64 seeded by SeedSequence, whose streams numpy guarantees (NEP 19): the same seed gives the same draw on
every platform and with every version. Each stratum and each unit has a stream of its own, made from the seed and its label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.coding import FloatArray, codes_of
from analysis.errors import AnalysisError

#: A unit within this of the step is taken with certainty, lest rounding take it twice.
CERTAIN = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Selected:
    """One who was drawn.

    Attributes
    ----------
    id : label
    stratum, unit : label or None
        Where the draw has strata or sampling units.
    probability : float
        Chance of being drawn, above 0 and at most 1, over all stages.
    """

    id: Any
    stratum: Any
    unit: Any
    probability: float

    @property
    def weight(self) -> float:
        """1 / probability: how many people this one stands for."""
        return 1 / self.probability


@dataclass(frozen=True, slots=True)
class Reserve:
    """The replacement list of one stratum and unit: whom to ask next, in this order."""

    stratum: Any
    unit: Any
    ids: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as it was made; run again with the same frame and seed it is the same.

    Attributes
    ----------
    seed : int
    selected : tuple of Selected
        Stratum by stratum, unit by unit, in the order drawn (systematic: in the order of the list).
    reserves : tuple of Reserve
        One for each stratum and unit.
    """

    seed: int
    selected: tuple[Selected, ...]
    reserves: tuple[Reserve, ...]

    @property
    def ids(self) -> tuple[Any, ...]:
        return tuple(one.id for one in self.selected)


def draw_simple(ids: ArrayLike, n: int, *, seed: int, reserves: int = 0) -> Draw:
    """A simple random sample without replacement; everybody's probability is n / N.

    The first n of a random order, then the reserves: with a larger n the same people are drawn, and more.

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    n : int
        From 1 to N.
    seed : int
        0 or more.
    reserves : int
        Length of the replacement list; shorter where the frame ends.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, or a number outside its range.

    References
    ----------
    Sunter (1977); Tillé (2006), Sampling algorithms, 4.4 (random sorting).

    Examples
    --------
    >>> draw = draw_simple(["an", "binh", "chi", "dung", "em"], 2, seed=1, reserves=2)
    >>> draw.ids, draw.selected[0].probability, draw.reserves[0].ids
    (('an', 'chi'), 0.4, ('em', 'binh'))
    """
    frame = _frame(ids)
    selected, reserve = _simple(frame, _within("n", n, len(frame)), seed=seed, reserves=reserves)
    return Draw(seed, selected, (reserve,))


def draw_systematic(
    ids: ArrayLike, n: int, *, seed: int, sizes: ArrayLike | None = None, sort_by: ArrayLike | None = None, reserves: int = 0
) -> Draw:
    """A systematic sample from a random start, with equal probabilities or with probabilities proportional to size.

    With step s = Σ size / n those are drawn in whose part of the cumulated sizes a point u s, (1 + u) s, (2 + u) s … lies, u uniform in
    [0, 1). Who is as large as the step is drawn with certainty, and the step made anew for the others: probability
    min(1, n' size / Σ' size).

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    n : int
        From 1 to N.
    seed : int
        0 or more.
    sizes : (N,) floats, optional
        Positive. Default: 1.
    sort_by : (N,) labels, optional
        Orders the list before the id does, so that the draw spreads evenly over it (agency, date). Default: by id alone.
    reserves : int
        Length of the replacement list: a simple random order of those not drawn.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a size that is not positive, or a number outside its range.

    References
    ----------
    Madow (1949); Särndal, Swensson and Wretman (1992), 3.4 and 3.6.

    Examples
    --------
    >>> draw = draw_systematic(["a", "b", "c", "d"], 2, seed=1, sizes=[1, 1, 1, 9])
    >>> [(one.id, round(one.probability, 4)) for one in draw.selected]
    [('a', 0.3333), ('d', 1.0)]
    """
    frame = _frame(ids)
    place = {label: i for i, label in enumerate(_labels("ids", ids, rows=len(frame)))}
    size = dict(zip(place, _sizes(sizes, len(frame)).tolist(), strict=True))
    if sort_by is not None:
        groups = _labels("sort_by", sort_by, rows=len(frame))
        frame = _sorted("sort_by", frame, lambda label: (groups[place[label]], label))
    chances = _systematic(np.array([size[label] for label in frame]), _within("n", n, len(frame)), _uniform(seed, "start"))
    selected = tuple(Selected(label, None, None, chance) for label, chance in zip(frame, chances.tolist(), strict=True) if chance > 0)
    left = sorted(set(frame) - {one.id for one in selected})
    return Draw(seed, selected, (_simple(left, 0, seed=seed, reserves=reserves)[1],))


def draw_stratified(ids: ArrayLike, *, strata: ArrayLike, sizes: Mapping[Any, int], seed: int, reserves: int = 0) -> Draw:
    """A simple random sample in each stratum, e.g. as `analysis.sample_size.allocate` divided them: probability n_h / N_h.

    Strata are drawn apart: a change in one leaves the draws in the others as they were.

    Parameters
    ----------
    ids : (N,) labels
        The frame: text or numbers, each once.
    strata : (N,) labels
    sizes : mapping
        Stratum → n_h, from 0 to N_h; exactly the strata of the frame.
    seed : int
        0 or more.
    reserves : int
        Length of each stratum's replacement list.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a stratum without size or a size without stratum, or a number outside its range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 3.7.

    Examples
    --------
    >>> draw = draw_stratified([1, 2, 3, 4], strata=["x", "x", "y", "y"], sizes={"x": 1, "y": 2}, seed=1, reserves=1)
    >>> [(one.stratum, one.id, one.weight) for one in draw.selected], draw.reserves[0].ids
    ([('x', 2, 2.0), ('y', 3, 1.0), ('y', 4, 1.0)], (1,))
    """
    groups = _groups("strata", strata, ids)
    counts = _counts("sizes", sizes, groups)
    drawn = [
        _simple(frame, _within(f"sizes[{label!r}]", counts[label], len(frame), least=0), seed=seed, reserves=reserves, stratum=label)
        for label, frame in groups.items()
    ]
    return _joined(seed, drawn)


def draw_multistage(
    ids: ArrayLike,
    *,
    units: ArrayLike,
    unit_count: int | Mapping[Any, int],
    people: int,
    seed: int,
    strata: ArrayLike | None = None,
    proportional_to_size: bool = True,
    reserves: int = 0,
) -> Draw:
    """Sampling units first (agencies, villages, desk-days), then people in each unit drawn, within strata.

    Units are drawn systematically with probability proportional to their people (then everyone's probability is about the same),
    or simply at random; people simply at random. The probability is that of the unit times that within the unit.

    Parameters
    ----------
    ids : (N,) labels
        The frame of people: text or numbers, each once.
    units : (N,) labels
        The unit of each; a unit lies in one stratum.
    unit_count : int or mapping
        Units to draw, in each stratum or stratum by stratum.
    people : int
        People to draw in each unit; a smaller unit is taken whole.
    seed : int
        0 or more.
    strata : (N,) labels, optional
        Default: none.
    proportional_to_size : bool
    reserves : int
        Length of the replacement list of each unit drawn.

    Returns
    -------
    Draw

    Raises
    ------
    AnalysisError
        An id missing or twice, a unit in two strata, more units than there are, or a number outside its range.

    References
    ----------
    Särndal, Swensson and Wretman (1992), 4.3 and 4.4; Kish (1965), chapter 7.

    Examples
    --------
    >>> draw = draw_multistage(range(6), units=["u", "u", "u", "u", "v", "v"], unit_count=1, people=2, seed=1)
    >>> [(one.unit, one.id, round(one.probability, 4)) for one in draw.selected]
    [('u', 3, 0.3333), ('u', 0, 0.3333)]
    """
    members = _groups("units", units, ids)
    stratum_of = _stratum_of_unit(units, strata)
    frames: dict[Any, list[Any]] = {}
    for unit in members:
        frames.setdefault(stratum_of[unit], []).append(unit)
    frames = {label: frames[label] for label in sorted(frames, key=str)}
    counts = _counts("unit_count", unit_count, frames) if isinstance(unit_count, Mapping) else dict.fromkeys(frames, unit_count)
    wanted = _within("people", people, None)
    drawn = []
    for stratum, frame in frames.items():
        sizes = np.array([len(members[unit]) if proportional_to_size else 1.0 for unit in frame])
        for unit, chance in _units(frame, sizes, _within("unit_count", counts[stratum], len(frame)), seed=seed, stratum=stratum):
            n = min(wanted, len(members[unit]))
            drawn.append(_simple(members[unit], n, seed=seed, reserves=reserves, stratum=stratum, unit=unit, chance=chance))
    return _joined(seed, drawn)


def _simple(
    frame: Sequence[Any], n: int, *, seed: int, reserves: int, stratum: Any = None, unit: Any = None, chance: float = 1.0
) -> tuple[tuple[Selected, ...], Reserve]:
    """The first n of a random order of the sorted frame, and the reserves that follow."""
    last = n + _within("reserves", reserves, None, least=0)
    order = np.argsort(_random(seed, "people", stratum, unit, count=len(frame)), kind="stable").tolist()
    selected = tuple(Selected(frame[i], stratum, unit, chance * (n / len(frame))) for i in order[:n])
    return selected, Reserve(stratum, unit, tuple(frame[i] for i in order[n:last]))


def _units(frame: list[Any], sizes: FloatArray, n: int, *, seed: int, stratum: Any) -> list[tuple[Any, float]]:
    """Units drawn, with their probabilities. Equal sizes are drawn at random, which knows no unlucky order of the list."""
    if (sizes == 1).all():
        return [(one.id, one.probability) for one in _simple(frame, n, seed=seed, reserves=0, stratum=stratum)[0]]
    chances = _systematic(sizes, n, _uniform(seed, "units", stratum))
    return [(unit, chance) for unit, chance in zip(frame, chances.tolist(), strict=True) if chance > 0]


def _systematic(sizes: FloatArray, n: int, start: float) -> FloatArray:
    """(N,) probability of each that is drawn, 0 for the others."""
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        rest, left = np.where(certain, 0.0, sizes), n - int(certain.sum())
        too_large = ~certain & (rest * left >= rest.sum() * CERTAIN)
        if left == 0 or not too_large.any():
            break
        certain |= too_large
    chances = certain.astype(float)
    if left > 0:
        step = rest.sum() / left
        hit = np.searchsorted(np.cumsum(rest), (start + np.arange(left)) * step, side="right")
        hit = np.minimum(hit, np.flatnonzero(rest)[-1])  # the last point may round up to the sum
        chances[hit] = rest[hit] / step
    return chances


def _random(seed: object, *key: Any, count: int) -> NDArray[np.uint64]:
    """`count` 64-bit numbers of the stream that belongs to the seed and the key."""
    if not (isinstance(seed, int | np.integer) and seed >= 0):
        raise AnalysisError("seed", got=repr(seed), expected="a whole number, 0 or more")
    digest = sha256("\x1f".join(map(str, key)).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    numbers: NDArray[np.uint64] = np.random.PCG64(np.random.SeedSequence([int(seed), *words])).random_raw(count)
    return numbers


def _uniform(seed: int, *key: Any) -> float:
    """One number in [0, 1), of 53 bits."""
    return float(_random(seed, *key, count=1)[0] >> np.uint64(11)) * 2.0**-53


def _joined(seed: int, drawn: list[tuple[tuple[Selected, ...], Reserve]]) -> Draw:
    return Draw(seed, tuple(one for selected, _ in drawn for one in selected), tuple(reserve for _, reserve in drawn))


def _frame(ids: ArrayLike) -> list[Any]:
    """The ids, sorted; each once."""
    labels = _labels("ids", ids)
    seen: set[Any] = set()
    for row, label in enumerate(labels):
        if label in seen:
            raise AnalysisError("ids", got=f"{label!r} a second time", expected="every id once", row=row)
        seen.add(label)
    return _sorted("ids", labels, lambda label: label)


def _sorted(argument: str, labels: list[Any], key: Any) -> list[Any]:
    try:
        return sorted(labels, key=key)
    except TypeError:
        raise AnalysisError(
            argument, got="labels of several kinds", expected="all text or all numbers, so that they can be sorted"
        ) from None


def _labels(argument: str, labels: ArrayLike, *, rows: int | None = None) -> list[Any]:
    codes, values = codes_of(argument, labels, rows=rows)
    found: list[Any] = values[codes].tolist()
    return found


def _groups(argument: str, labels: ArrayLike, ids: ArrayLike) -> dict[Any, list[Any]]:
    """Label → its sorted ids; labels in the order of their text."""
    frame, of_row = _frame(ids), _labels("ids", ids)
    group = dict(zip(of_row, _labels(argument, labels, rows=len(frame)), strict=True))
    members: dict[Any, list[Any]] = {label: [] for label in sorted(set(group.values()), key=str)}
    for label in frame:
        members[group[label]].append(label)
    return members


def _counts(argument: str, counts: Mapping[Any, int], groups: Mapping[Any, object]) -> Mapping[Any, int]:
    different = sorted(map(repr, set(counts) ^ set(groups)))
    if different:
        raise AnalysisError(
            argument, got=f"{different[0]} only in it or only in the frame", expected="one number for each stratum of the frame"
        )
    return counts


def _stratum_of_unit(units: ArrayLike, strata: ArrayLike | None) -> dict[Any, Any]:
    names = _labels("units", units)
    if strata is None:
        return dict.fromkeys(names)
    stratum_of: dict[Any, Any] = {}
    for row, (unit, stratum) in enumerate(zip(names, _labels("strata", strata, rows=len(names)), strict=True)):
        if stratum_of.setdefault(unit, stratum) != stratum:
            got = f"unit {unit} in the strata {stratum_of[unit]} and {stratum}"
            raise AnalysisError("units", got=got, expected="every unit in one stratum", row=row)
    return stratum_of


def _sizes(sizes: ArrayLike | None, rows: int) -> FloatArray:
    array = np.ones(rows) if sizes is None else np.asarray(sizes, dtype=float)
    if array.shape != (rows,):
        raise AnalysisError("sizes", got=f"shape {array.shape}", expected=f"one number for each of {rows} ids")
    wrong = ~(np.isfinite(array) & (array > 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError("sizes", got=f"{array[row]:g}", expected="positive numbers", row=row)
    return array


def _within(argument: str, number: int, most: int | None, *, least: int = 1) -> int:
    if number != int(number) or number < least or (most is not None and number > most):
        upper = "" if most is None else f" to {most}, as many as the frame has"
        raise AnalysisError(argument, got=str(number), expected=f"a whole number from {least}{upper}")
    return int(number)
