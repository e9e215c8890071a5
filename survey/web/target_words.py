"""Targets and published values in sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from survey.domain.target import MISSED, REACHED, Distance
from survey.i18n import gettext, in_percent, percent, points
from survey.queries.benchmarks import NATIONAL, BenchmarkView


def said(distance: Distance) -> str:
    """What the interval allows to say of one agency and its target."""
    if distance.verdict == REACHED:
        return gettext("reached, for certain")
    if distance.verdict == MISSED:
        return gettext("missed, for certain")
    return gettext("not certain either way")


def target(distance: Distance, aim: Decimal, year: int) -> str:
    """The same for the agency's head, as a sentence with its bounds."""
    values = {"target": percent(aim), "year": year, "low": points(distance.low), "high": points(distance.high)}
    if distance.verdict == REACHED:
        return gettext("The target of %(target)s for %(year)s is reached, for certain (%(low)s to %(high)s points from it).", **values)
    if distance.verdict == MISSED:
        return gettext("The target of %(target)s for %(year)s is not reached, for certain (%(low)s to %(high)s points from it).", **values)
    return gettext(
        "Whether the target of %(target)s for %(year)s is reached is not certain yet (%(low)s to %(high)s points from it).", **values
    )


def typed_percent(share: Decimal | None) -> str:
    """As it stands in a field: with no more decimals than it has."""
    if share is None:
        return ""
    text = in_percent(share)
    for end in (",00", ".00"):
        text = text.removesuffix(end)
    return text


def method(name: str) -> str:
    """A way of measuring that is named by its years, in words; any other name as it stands."""
    years = re.fullmatch(r"(\d{4})[-–](\d{4})?", name)
    if years is None:
        return name
    if years[2] is None:
        return gettext("the method since %(first)s", first=years[1])
    return gettext("the method of %(first)s to %(last)s", first=years[1], last=years[2])


def published(values: Sequence[BenchmarkView]) -> str:
    """The newest year of the whole country beside the one before it, where both were measured alike."""
    country = [value for value in values if value.scope == NATIONAL]
    if not country:
        return gettext("Published SIPAS values")
    last = country[-1]
    if len(country) < 2 or last.new_method:
        return gettext("The whole country stood at %(percent)s in %(year)s.", percent=percent(last.share), year=last.year)
    before = country[-2]
    return gettext(
        "The whole country stood at %(percent)s in %(year)s, %(points)s points from %(before)s.",
        percent=percent(last.share), year=last.year, points=points(float(last.share - before.share)), before=before.year,
    )  # fmt: skip
