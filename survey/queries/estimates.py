"""Stored estimates as a page may show them: what would tell too much about too few people is gone before a page sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import floor
from typing import Any

from survey.domain.disclosure import is_few, shows_index
from survey.domain.questionnaire import OVERALL

#: Why an estimate shows no index, or how it shows it.
SHOWN, FEW, TOO_FEW, WITHHELD, UNKNOWN = "shown", "few", "too_few", "withheld", "unknown"
#: Reasons (`why`) with which a score was hidden when it was computed.
_HIDDEN_FOR = ("few_respondents", "protects_others")


@dataclass(frozen=True)
class Estimate:
    """One index with its interval, shares between 0 and 1; they are None unless `state` is ``shown`` or ``few``.

    ``too_few``: fewer than ten respondents. ``withheld``: enough of them, but it would give a hidden number away.
    ``unknown``: not estimable, for want of a valid answer.
    """

    level: str
    key: str
    rule: str
    respondents: int
    state: str
    index: float | None = None
    low: float | None = None
    high: float | None = None
    answers: int | None = None
    no_opinion: int | None = None


Scored = Mapping[str, Any]


def disclosed(scores: Iterable[Scored], *, from_above: bool = False) -> tuple[Estimate, ...]:
    """All estimates of one agency as a reader may see them. What to hide was decided when the scores were computed.

    Parameters
    ----------
    scores
        The dicts of `Score.estimates`.
    from_above
        The reader also sees the agency above, and could find a sibling's numbers by subtraction from them.
    """
    return tuple(_estimate(score, from_above=from_above) for score in scores)


def overall(scores: Iterable[Scored], *, from_above: bool = False) -> Estimate | None:
    """The headline of one agency: all criteria, pooled."""
    score = next((s for s in scores if s["key"] == OVERALL and s["rule"] == "pooled"), None)
    return None if score is None else _estimate(score, from_above=from_above)


def withhold(estimate: Estimate) -> Estimate:
    return _without_index(estimate, WITHHELD) if estimate.index is not None else estimate


def _estimate(score: Scored, *, from_above: bool) -> Estimate:
    estimate = Estimate(score["level"], score["key"], score["rule"], score["respondents"], _state(score, from_above=from_above))
    if estimate.state not in (SHOWN, FEW):
        return estimate
    counts = score.get("counts")
    return replace(
        estimate, index=score["index"], low=score["ci_low"], high=score["ci_high"],
        answers=score["answers"], no_opinion=counts[5] if counts else None,
    )  # fmt: skip


def _state(score: Scored, *, from_above: bool) -> str:
    respondents = score["respondents"]
    if not shows_index(respondents):
        return TOO_FEW
    if (from_above and score.get("withheld")) or score["why"] in _HIDDEN_FOR:
        return WITHHELD
    if score["index"] is None:
        return UNKNOWN
    return FEW if is_few(respondents) else SHOWN


def _without_index(estimate: Estimate, state: str) -> Estimate:
    return Estimate(estimate.level, estimate.key, estimate.rule, estimate.respondents, state)


def common_axis(estimates: Iterable[Estimate], marks: Iterable[float] = ()) -> tuple[float, float]:
    """The ends of one axis for all these intervals and marks: from a round ten percent below them up to everybody."""
    lowest = min([*(estimate.low for estimate in estimates if estimate.low is not None), *marks], default=0.0)
    return max(0, floor(lowest * 10 - 0.1)) / 10, 1.0
