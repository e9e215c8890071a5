"""Too many forms of one kind at a desk: straight lines, nothing but 5, nothing but satisfied, too fast."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.coding import BoolArray, FloatArray, IntArray, codes_of
from analysis.errors import AnalysisError
from analysis.quality.flag import DEFAULT_RATE, LEAST_DESKS, LEAST_FORMS, Evidence, Flag, FlagName, Why, adjusted, enough, plain, sums
from analysis.quality.model import RatingModel, over_people

#: A form of two answers is too often a straight line to say anything.
LEAST_ANSWERS = 3
#: Forms of more answers are long ones: what people do to 23 questions tells nothing of what they do to five.
SHORT_UP_TO = 9
#: Desks beyond this many standard deviations do not set what is usual.
USUAL_WITHIN = 2.5
_STEP = 1e-4
#: Variance of a standard normal whose tenths at both ends are drawn in: 0.8 - 2 q φ(q) + 0.2 q², q its 90 % quantile.
_DRAWN_IN = 0.6787


@dataclass(frozen=True)
class _Kind:
    """Forms whose answers all lie in one of the groups of ratings, less those of one of the groups `but`."""

    groups: tuple[tuple[int, ...], ...]
    but: tuple[tuple[int, ...], ...] = ()


_STRAIGHT = _Kind(((1,), (2,), (3,), (4,), (5,)))
_PERFECT = _Kind(((5,),))
_MIXED = _Kind(((4, 5),), but=((4,), (5,)))


def straight_lining(model: RatingModel, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether a desk has more forms of all equal ratings than its own distribution of ratings explains.

    Parameters
    ----------
    model : RatingModel
    false_discovery_rate : float
        Flags are raised up to this adjusted p-value.

    Returns
    -------
    tuple of Flag
        One a desk. `observed` and `expected` are shares of the forms with at least three answers, `n` their number. ``too_few_forms``
        under ten of them, ``too_few_desks`` where fewer than three desks have ten.

    Raises
    ------
    AnalysisError
        A rate outside (0, 1).

    Notes
    -----
    With e_i the model's probability that form i, with the criteria it answered, is a straight line (`RatingModel`):

    - People who draw lines everywhere are no fraud: p_i = e_i + π (1 - e_i), π the share of such people at the usual desks, short forms
      (up to nine answers) and long ones apart; where the model expects too many, p_i = (1 + π) e_i.
    - Σ (X_i - p_i) over the desk is compared with its standard error, from the influence of each form: X_i - p_i less what the form
      itself did to the desk's distribution and so to Σ p (the delta method). Level is thereby taken out: a genuinely good desk is no
      outlier.
    - Usual desks differ too: τ² by DerSimonian and Laird from z-values of which a tenth at each end is drawn in, as in funnel plots.
    - z = (Σ (X - p) - ½)/√(V + n² τ²), one-sided, Student's t with Satterthwaite's degrees of freedom, τ² from the other desks.

    References
    ----------
    Delta method for a nuisance parameter: van den Broek (1995); over-dispersion: Spiegelhalter (2005).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ratings = np.clip(np.round(rng.normal(4, 0.6, (800, 1)) + rng.normal(0, 0.6, (800, 5))), 1, 5)
    >>> ratings[:40] = 5
    >>> flags = straight_lining(RatingModel.fit(ratings, np.repeat(list("abcdefgh"), 100)))
    >>> [(f.unit, f.raised) for f in flags][:2]
    [('a', True), ('b', False)]
    """
    return _modelled("straight_lining", model, _STRAIGHT, false_discovery_rate)


def perfect_forms(model: RatingModel, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether a desk has more forms of nothing but 5 than its own distribution of ratings explains.

    Everything is as in `straight_lining`. A desk of which nearly all forms are perfect explains itself: there this check has no power.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ratings = np.clip(np.round(rng.normal(4, 0.6, (800, 1)) + rng.normal(0, 0.6, (800, 5))), 1, 5)
    >>> ratings[:40] = 5
    >>> flags = perfect_forms(RatingModel.fit(ratings, np.repeat(list("abcdefgh"), 100)))
    >>> flags[0].observed > 0.4 > flags[0].expected, flags[0].raised
    (True, True)
    """
    return _modelled("perfect_forms", model, _PERFECT, false_discovery_rate)


def fours_and_fives(model: RatingModel, *, false_discovery_rate: float = DEFAULT_RATE) -> tuple[Flag, ...]:
    """Whether a desk has more forms of both 4 and 5 and nothing else than its own distribution of ratings explains.

    Everything is as in `straight_lining`, whose forms do not count here. Made for those who stuff forms with 4 and 5 in turn.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ratings = np.clip(np.round(rng.normal(3.5, 0.5, (800, 1)) + rng.normal(0, 0.8, (800, 5))), 1, 5)
    >>> ratings[:40] = rng.integers(4, 6, (40, 5))
    >>> flags = fours_and_fives(RatingModel.fit(ratings, np.repeat(list("abcdefgh"), 100)))
    >>> [(f.unit, f.raised) for f in flags][:2]
    [('a', True), ('b', False)]
    """
    return _modelled("fours_and_fives", model, _MIXED, false_discovery_rate)


def too_fast(
    fast: ArrayLike, desks: ArrayLike, *, answers: ArrayLike | None = None, false_discovery_rate: float = DEFAULT_RATE
) -> tuple[Flag, ...]:
    """Whether a desk has more forms that were answered too fast to be read than the other desks have.

    Parameters
    ----------
    fast : (n,) array_like
        1 where the coarse class of answering time is "too fast", 0 where not, NaN where the time is not known (left out).
    desks : (n,) labels
    answers : (n,) array_like, optional
        Answers on each form: short and long ones are then compared apart.
    false_discovery_rate : float

    Returns
    -------
    tuple of Flag
        One a desk. `observed`, `expected`: shares of the forms whose time is known; `n` their number. Reasons as in `straight_lining`.

    Raises
    ------
    AnalysisError
        Lengths that differ, values other than 0, 1 and NaN, or a rate outside (0, 1).

    Notes
    -----
    As in `straight_lining`, with the share π of fast forms at the usual desks in place of a model.

    Examples
    --------
    >>> fast = [1] * 24 + [0] * 36 + ([1] * 3 + [0] * 57) * 9
    >>> [(f.unit, f.observed, f.raised) for f in too_fast(fast, np.repeat(list("abcdefghij"), 60))][:2]
    [('a', 0.4, True), ('b', 0.05, False)]
    """
    mark = np.asarray(fast, dtype=float)
    desk, labels = codes_of("desks", desks)
    _same_length("fast", mark, desk)
    if not np.isin(mark[~np.isnan(mark)], (0, 1)).all():
        raise AnalysisError("fast", got="something else", expected="0, 1 or NaN")
    length = np.zeros(len(mark)) if answers is None else np.asarray(answers, dtype=float)
    _same_length("answers", length, desk)
    known = ~np.isnan(mark)
    nothing = np.zeros(int(known.sum()))
    marked = _Marked(mark[known] == 1, nothing, nothing, desk[known], (length[known] > SHORT_UP_TO).astype(np.int64))
    return _judged("too_fast", plain(labels), marked, false_discovery_rate)


@dataclass(frozen=True, eq=False)
class _Marked:
    """Forms of which some bear a mark: the mark, its probability by the model, what the form adds to the desk's own Σ e; all (n,)."""

    mark: BoolArray
    chance: FloatArray
    pull: FloatArray
    desk: IntArray
    length: IntArray


@dataclass(frozen=True, eq=False)
class _Excess:
    """By desk: forms, marked forms, expected ones, the standardised excess and its p-value."""

    forms: FloatArray
    marked: FloatArray
    expected: FloatArray
    z: FloatArray
    p_value: FloatArray


def _modelled(flag: FlagName, model: RatingModel, kind: _Kind, rate: float) -> tuple[Flag, ...]:
    use = np.flatnonzero(model.answers >= LEAST_ANSWERS)
    mark = _within(model, kind.groups) & ~_within(model, kind.but)
    chance, pull = _by_model(model, kind)
    length = (model.answers > SHORT_UP_TO).astype(np.int64)
    marked = _Marked(mark[use], chance[use], pull[use], model.desk[use], length[use])
    return _judged(flag, plain(model.desks), marked, rate)


def _within(model: RatingModel, groups: tuple[tuple[int, ...], ...]) -> BoolArray:
    """(n,) whether a form's answers all lie in one of the groups."""
    inside = np.zeros(len(model.ratings), dtype=bool)
    for group in groups:
        inside |= np.isin(model.ratings, (0, *group)).all(axis=1)
    return inside


def _by_model(model: RatingModel, kind: _Kind) -> tuple[FloatArray, FloatArray]:
    """(n,) probability that a form is of the kind, and the form's own pull on its desk's sum of these."""
    chance, pull = np.zeros(len(model.ratings)), np.zeros(len(model.ratings))
    for g in range(len(model.desks)):
        rows = np.flatnonzero((model.desk == g) & (model.answers >= LEAST_ANSWERS))
        chance[rows] = _chance(model, rows, model.thresholds[g], kind)
        slopes = [(_chance(model, rows, t, kind) - chance[rows]).sum() / _STEP for t in model.thresholds[g] + _STEP * np.eye(4)]
        # from a slope by threshold to one by share, and to what one answer more does to the share
        gradient = np.array(slopes) / stats.norm.pdf(model.thresholds[g]) / max(model.answers[model.desk == g].sum() + 1, 1)
        expected = model.expected_at_most(g)
        for r, slope in enumerate(gradient):
            answered = model.ratings[rows] > 0
            pull[rows] += slope * (((model.ratings[rows] <= r + 1) - expected[:, r]) * answered).sum(axis=1)
    return chance, pull


def _chance(model: RatingModel, rows: IntArray, thresholds: FloatArray, kind: _Kind) -> FloatArray:
    """Probability of each form to be of the kind."""
    sets, of_form = model.answered_sets
    used, place = np.unique(of_form[rows], return_inverse=True)
    of_rating = model.chances(thresholds)
    found = np.zeros(len(used))
    for group, sign in [(group, 1) for group in kind.groups] + [(group, -1) for group in kind.but]:
        in_group = np.log(of_rating[:, np.array(group) - 1].sum(axis=1))
        found += sign * over_people(sets[used] @ in_group)
    return found[place]


def _judged(flag: FlagName, desks: list[Hashable], marked: _Marked, rate: float) -> tuple[Flag, ...]:
    excess = _excess(marked, len(desks))
    n = excess.forms
    why: list[Why | None] = enough(n, LEAST_FORMS, "too_few_forms")
    if sum(reason is None for reason in why) < LEAST_DESKS:
        why = [reason or "too_few_desks" for reason in why]
    shares = [np.divide(part, n, out=np.full(len(n), np.nan), where=n > 0) for part in (excess.marked, excess.expected)]
    evidence = Evidence(shares[0], shares[1], excess.z, excess.p_value, n)
    return adjusted(flag, desks, evidence, why=why, rate=rate)


def _excess(marked: _Marked, desks: int) -> _Excess:
    """Standardised excess of marked forms; what is usual is set by the desks that are not far out themselves, found in a few rounds."""
    forms, found = sums(np.ones(len(marked.desk)), marked.desk, desks), sums(marked.mark, marked.desk, desks)
    usual = comparable = forms >= LEAST_FORMS
    for _ in range(5):
        chance, pull = _calibrated(marked, usual)
        excess = found - sums(chance, marked.desk, desks)
        variance = np.maximum(sums((marked.mark - chance - pull) ** 2, marked.desk, desks), 1e-9)
        spread = _spread(excess / np.maximum(forms, 1), variance / np.maximum(forms, 1) ** 2, comparable)
        between = forms**2 * spread
        z = np.sign(excess) * np.maximum(np.abs(excess) - 0.5, 0) / np.sqrt(variance + between)
        usual = comparable & (np.abs(z) < USUAL_WITHIN)
    others = max((int(comparable.sum()) - 2) / 2, 1.0)  # drawn-in z-values tell τ² only half as well
    freedom = (variance + between) ** 2 / (variance**2 / np.maximum(forms - 1, 1) + between**2 / others)
    return _Excess(forms, found, found - excess, z, stats.t.sf(z, np.maximum(freedom, 1.0)))


def _calibrated(marked: _Marked, usual: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The model's chances after those who would bear the mark anyway are added, short forms and long ones apart."""
    chance, pull = marked.chance.copy(), marked.pull.copy()
    for length in (0, 1):
        of_length = marked.length == length
        basis = of_length & usual[marked.desk]
        surplus, e = float((marked.mark[basis] - marked.chance[basis]).sum()), float(marked.chance[basis].sum())
        share = surplus / max(basis.sum() - e, 1e-9) if surplus > 0 else surplus / max(e, 1e-9)
        raw = marked.chance[of_length]
        chance[of_length] = raw + share * (1 - raw) if share > 0 else raw * (1 + share)
        pull[of_length] *= 1 - abs(share)
    return chance, pull


def _spread(share: FloatArray, variance: FloatArray, comparable: BoolArray) -> FloatArray:
    """(D,) τ², the variance between the other comparable desks beyond chance (DerSimonian and Laird), z-values drawn in at both ends."""
    spread = np.zeros(len(share))
    for g in range(len(share)):
        others = comparable & (np.arange(len(share)) != g)
        if others.sum() < LEAST_DESKS - 1:
            continue
        weight = 1 / variance[others]
        z = share[others] * np.sqrt(weight)
        low, high = np.quantile(z, (0.1, 0.9))
        beyond = float((np.clip(z, low, high) ** 2).sum()) / _DRAWN_IN - (len(z) - 1)
        spread[g] = max(0.0, beyond / (weight.sum() - (weight**2).sum() / weight.sum()))
    return spread


def _same_length(argument: str, values: FloatArray, desk: IntArray) -> None:
    if values.shape != desk.shape:
        raise AnalysisError(argument, got=f"shape {values.shape}", expected=f"one for each of {len(desk)} forms")
