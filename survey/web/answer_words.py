"""What people answered, in shares and in words, and which part of a table is lower than the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.domain.questionnaire import Level, Text
from survey.i18n import gettext, in_words, language, percent
from survey.queries.drill_down import Part


@dataclass(frozen=True)
class LevelShare:
    """One of the five answers: its words, how many gave it, its share of the valid ones, and where its piece of the bar begins."""

    rating: int
    text: Mapping[str, str]
    count: int
    share: float
    begins: float


def levels(scale: Sequence[Level], counts: Sequence[int]) -> tuple[LevelShare, ...]:
    """From the worst to the best answer; `counts` are those of 1 to 5, and of no opinion."""
    valid = sum(counts[:5])
    text = {level.rating: level.text for level in scale}
    return tuple(
        LevelShare(rating, text[rating], counts[rating - 1], counts[rating - 1] / valid, sum(counts[: rating - 1]) / valid)
        for rating in sorted(text)
        if valid
    )


def distribution(found: Sequence[LevelShare]) -> str:
    """Says the ends, between which "neither" lies."""
    shares = {"satisfied": sum(each.share for each in found[3:]), "dissatisfied": sum(each.share for each in found[:2])}
    words = {name: percent(share, 0) for name, share in shares.items()}
    return gettext("%(satisfied)s answered “satisfied” or better, %(dissatisfied)s “dissatisfied” or worse.", **words)


def lowest(parts: Sequence[Part], short: Mapping[str, Text] | None = None) -> str:
    """Who is lower than the rest for certain, by `short` names where there are some; that nobody is, is a finding too."""
    shown = [part for part in parts if part.estimate.index is not None]
    if len(shown) < 2:
        return ""
    low = [part for part in shown if (part.estimate.low or 0.0) <= (shown[0].estimate.high or 0.0)]
    if len(low) == len(shown):
        return gettext("None is clearly lower than the others.")
    names = (in_words((short or {}).get(part.code, part.names), language()) for part in low)
    return gettext("Lower than the others: %(names)s.", names="; ".join(names))
