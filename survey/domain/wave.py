"""A wave's life and what each state allows."""

from __future__ import annotations

from datetime import date

OPEN, CLOSED, ANALYSED, PUBLISHED = STATES = ("open", "closed", "analysed", "published")
DESK_SURVEY, SAMPLE_SURVEY = INSTRUMENTS = ("desk", "sample")
MODES = ("open_qr", "slip", "kiosk", "invitation", "paper")

#: A published wave may be published again: with a newer revision, which a correction is.
_NEXT = {OPEN: {CLOSED}, CLOSED: {ANALYSED}, ANALYSED: {PUBLISHED}, PUBLISHED: {PUBLISHED}}


def may_become(state: str, following: str) -> bool:
    return following in _NEXT[state]


def takes_responses(state: str, opens_on: date, closes_on: date, day: date) -> bool:
    return state == OPEN and opens_on <= day <= closes_on
