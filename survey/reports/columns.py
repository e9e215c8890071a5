"""The columns of every table that is taken away: what its numbers are of comes first, how firm they stand comes last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from survey.i18n import gettext
from survey.queries.estimates import Estimate
from survey.queries.waves import WaveView
from survey.reports import words
from survey.reports.spreadsheet import COUNT, SHARE, TEXT, Sheet

Heads = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Origin:
    """Whose numbers a row holds; every row says it, for rows are copied from one file into another."""

    agency: str
    wave: WaveView
    mode: str | None  # None: all together


@dataclass(frozen=True)
class Line:
    """One row: what it is about, its estimate in a table of estimates, and what else there is to say."""

    origin: Origin
    about: tuple[Any, ...]
    estimate: Estimate | None = None
    more: tuple[Any, ...] = ()


def of_estimates(name: str, about: Heads, lines: Iterable[Line], more: Heads = ()) -> Sheet:
    """A table of indices, each with interval and n."""
    numbers = (
        (gettext("Index (%)"), SHARE), (gettext("Interval from (%)"), SHARE), (gettext("Interval to (%)"), SHARE),
        ("n", COUNT), (gettext("Remark"), TEXT),
    )  # fmt: skip
    rows = (_row(line.origin, line.about, *_numbers(line.estimate), *line.more) for line in lines if line.estimate is not None)
    return Sheet(name, (*_origin_heads(), *about, *numbers, *more, *_standing_heads()), tuple(rows))


def of_others(name: str, about: Heads, lines: Iterable[Line]) -> Sheet:
    """A table without estimates: counts and words."""
    return Sheet(name, (*_origin_heads(), *about, *_standing_heads()), tuple(_row(line.origin, line.about) for line in lines))


def _row(origin: Origin, about: Iterable[Any], *rest: Any) -> tuple[Any, ...]:
    mode = gettext("all") if origin.mode is None else words.mode(origin.mode)
    return (origin.agency, origin.wave.code, mode, *about, *rest, origin.wave.revision or None, standing(origin.wave))


def _origin_heads() -> Heads:
    return (gettext("Agency"), TEXT), (gettext("Wave"), TEXT), (gettext("Mode"), TEXT)


def _standing_heads() -> Heads:
    return (gettext("Revision"), COUNT), (gettext("Standing"), TEXT)


def _numbers(estimate: Estimate) -> tuple[Any, ...]:
    return estimate.index, estimate.low, estimate.high, estimate.respondents, words.remark(estimate)


def standing(wave: WaveView) -> str:
    """Whether the numbers of a wave may still change."""
    if wave.is_frozen and not wave.is_provisional:
        firm = gettext("published")
    else:
        firm = gettext("frozen, not published") if wave.is_frozen else gettext("live numbers, they still move")
    return gettext("%(standing)s; simulated data", standing=firm) if wave.simulated else firm
