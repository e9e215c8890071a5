"""The same form again and again: patterns of ratings that repeat more often at a desk, or on one of its days, than chance explains."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.coding import FloatArray, IntArray, codes_of, pair_codes
from analysis.quality.flag import DEFAULT_RATE, LEAST_FORMS, Evidence, Flag, Why, adjusted, enough, plain
from analysis.quality.model import RatingModel, over_people

#: Shorter forms have so few patterns that everybody repeats one.
LEAST_ANSWERS = 4


def repeated_patterns(model: RatingModel, *, days: ArrayLike | None = None, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether one pattern of ratings repeats at a desk more often than its probability allows.

    A pattern is the ratings in the order of the questionnaire, whatever variant of the short form asked for them: who types the same row
    again and again does so into whatever form appears. Straight lines are left out; `straight_lining` judges them.

    Parameters
    ----------
    model : RatingModel
    days : (n,) labels, optional
        Judge each desk-day by itself in place of the desk over all its days.
    false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One a desk, or one a desk-day, its unit then (desk, day). `observed`: how often the most suspicious pattern stands there;
        `expected`: how often it would by chance, given that it stands there once; `n`: forms with at least four answers; `statistic`:
        None. ``too_few_forms`` under ten of them.

    Raises
    ------
    AnalysisError
        Labels that do not fit, or a rate outside (0, 1).

    Notes
    -----
    Pattern v has c_v copies among the n_k forms with its number of answers. q_v is the larger of its probability by the model, averaged
    over the forms asked there, and its share among the other desks' forms, so that a pattern popular everywhere is not suspicious. Given
    one copy the others are Bin(n_k - 1, q_v): p_v = P(at least c_v - 1). At least c_v of the n forms have this p_v, so by Markov's
    inequality the least n p_v / c_v is the unit's p-value, whatever patterns there are.

    References
    ----------
    Near-duplicates as a sign of fabrication: Kuriakose and Robbins (2016); that honest surveys have some too: Simmons, Mercer, Schwarzer
    and Kennedy (2016).

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> ratings = np.clip(np.round(rng.normal(3.5, 1, (300, 1)) + rng.normal(0, 0.7, (300, 6))), 1, 5)
    >>> ratings[:12] = [4, 5, 5, 4, 4, 5]
    >>> flags = repeated_patterns(RatingModel.fit(ratings, np.repeat(list("abc"), 100)))
    >>> [(f.unit, f.observed >= 12, f.raised) for f in flags]
    [('a', True, True), ('b', False, False), ('c', False, False)]
    """
    group, units, desk_of_group = _groups(model, days)
    use = np.flatnonzero(model.answers >= LEAST_ANSWERS)
    forms = np.bincount(group[use], minlength=len(units)).astype(np.int64)
    best = [_Repeat(1.0, 1.0, 1.0) for _ in units]  # no pattern stands there twice: one copy, as expected
    for repeated in _of_every_length(model, use, group):
        chance = _chances(model, repeated, desk_of_group)
        trials = repeated.forms - 1
        p = np.minimum(forms[repeated.group] * stats.binom.sf(repeated.copies - 2, trials, chance) / repeated.copies, 1.0)
        for i in np.argsort(-p):  # the most suspicious pattern of a unit comes last and stays
            if p[i] <= best[repeated.group[i]].p_value:
                best[repeated.group[i]] = _Repeat(float(p[i]), float(repeated.copies[i]), float(1 + trials[i] * chance[i]))
    why: list[Why | None] = enough(forms, LEAST_FORMS, "too_few_forms")
    evidence = Evidence([b.copies for b in best], [b.expected for b in best], np.nan, [b.p_value for b in best], forms)
    return adjusted("repeated_patterns", units, evidence, why=why, rate=false_discovery_rate)


@dataclass(frozen=True)
class _Repeat:
    """The most suspicious pattern of a unit."""

    p_value: float
    copies: float
    expected: float


@dataclass(frozen=True, eq=False)
class _Repeated:
    """Patterns of one number of answers that stand at least twice in a unit; parallel columns.

    `forms` are the unit's forms with that many answers, `elsewhere` the pattern's share among the forms of the other desks.
    `rows` are all forms with that many answers.
    """

    pattern: NDArray[np.int8]
    group: IntArray
    copies: IntArray
    forms: IntArray
    elsewhere: FloatArray
    rows: IntArray


def _groups(model: RatingModel, days: ArrayLike | None) -> tuple[IntArray, list[Hashable], IntArray]:
    """The unit of each form, the units, and the desk of each unit."""
    if days is None:
        return model.desk, plain(model.desks), np.arange(len(model.desks))
    day, labels = codes_of("days", days, rows=len(model.desk))
    group = pair_codes(model.desk, day)
    _, first = np.unique(group, return_index=True)
    desks, day_labels = plain(model.desks), plain(labels)
    units: list[Hashable] = [(desks[model.desk[row]], day_labels[day[row]]) for row in first]
    return group, units, model.desk[first]


def _of_every_length(model: RatingModel, use: IntArray, group: IntArray) -> list[_Repeated]:
    found = []
    for length in np.unique(model.answers[use]):
        rows = use[model.answers[use] == length]
        answered = np.argsort(model.ratings[rows] == 0, axis=1, kind="stable")[:, :length]
        pattern = np.take_along_axis(model.ratings[rows], answered, axis=1)
        found.append(_repeated(model, rows, pattern, group[rows]))
    return found


def _repeated(model: RatingModel, rows: IntArray, pattern: NDArray[np.int8], group: IntArray) -> _Repeated:
    patterns, of_form = np.unique(pattern, axis=0, return_inverse=True)
    of_form = of_form.reshape(-1)
    crooked = (patterns != patterns[:, :1]).any(axis=1)
    cell, copies = np.unique(np.column_stack([group, of_form]), axis=0, return_counts=True)
    keep = (copies >= 2) & crooked[cell[:, 1]]
    cell, copies = cell[keep], copies[keep]
    desk, desk_of_group = model.desk[rows], np.zeros(int(group.max(initial=0)) + 1, dtype=np.int64)
    desk_of_group[group] = desk
    own = desk_of_group[cell[:, 0]]
    at_desk, forms_of_desk = np.zeros((len(model.desks), len(patterns))), np.bincount(desk, minlength=len(model.desks))
    np.add.at(at_desk, (desk, of_form), 1)
    others = len(rows) - forms_of_desk[own]
    elsewhere = (at_desk.sum(axis=0)[cell[:, 1]] - at_desk[own, cell[:, 1]]) / np.maximum(others, 1)
    return _Repeated(patterns[cell[:, 1]], cell[:, 0], copies, np.bincount(group)[cell[:, 0]], elsewhere, rows)


def _chances(model: RatingModel, repeated: _Repeated, desk_of_group: IntArray) -> FloatArray:
    """q of each repeated pattern: by the desk's model over the sets of criteria its forms answered, at least its share elsewhere."""
    chance = repeated.elsewhere.copy()
    desks = desk_of_group[repeated.group]
    sets, of_form = model.answered_sets
    for g in np.unique(desks):
        mine = desks == g
        used, times = np.unique(of_form[repeated.rows[model.desk[repeated.rows] == g]], return_counts=True)
        log_chance = np.log(model.chances(model.thresholds[g]))
        asked = np.array([np.flatnonzero(answered) for answered in sets[used]])
        patterns = repeated.pattern[mine]
        joint = sum(log_chance[asked[:, None, k], patterns[None, :, k] - 1] for k in range(patterns.shape[1]))
        by_model = times @ over_people(np.asarray(joint)) / times.sum()
        chance[mine] = np.maximum(chance[mine], by_model)
    return np.clip(chance, 0, 1)
