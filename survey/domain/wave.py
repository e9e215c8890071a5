"""A wave's life and what each state allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

OPEN, CLOSED, ANALYSED, PUBLISHED = STATES = ("open", "closed", "analysed", "published")
DESK_SURVEY, SAMPLE_SURVEY = INSTRUMENTS = ("desk", "sample")
_, SLIP, KIOSK, INVITATION, PAPER = MODES = ("open_qr", "slip", "kiosk", "invitation", "paper")
#: A form given at a kiosk without a network may come this many days later and still count on its own day (decision 0068).
KIOSK_DAYS_LATE = 1
#: Letters in which somebody says why a plan is taken back, a run is returned or a result is corrected.
LONGEST_REASON = 500

#: What happens to a frozen run: whoever ran it proposes it, another person returns or approves it (decision 0087).
PROPOSED, RETURNED, APPROVED = RUN_STEPS = ("proposed", "returned", "approved")

#: A wave may be analysed and published again: a correction is a newer revision (a published wave stays published meanwhile).
_NEXT = {OPEN: {CLOSED}, CLOSED: {ANALYSED}, ANALYSED: {ANALYSED, PUBLISHED}, PUBLISHED: {ANALYSED, PUBLISHED}}

#: What is offered where nobody chooses.
MODES_OF = {DESK_SURVEY: ("open_qr", SLIP, KIOSK, PAPER), SAMPLE_SURVEY: (INVITATION, PAPER)}

#: The stages that people see: the stored state, but for an open wave whose first day is still to come, or whose last is long gone.
PLANNED = "planned"
STAGES = (PLANNED, *STATES)

#: Stage x field: what of a wave may be changed (decision 0089). Pages show this table.
FIELDS = ("code", "name_vi", "name_en", "instrument", "questionnaire", "modes", "participants", "opens_on", "closes_on")
MAY_CHANGE: dict[str, frozenset[str]] = dict.fromkeys(STAGES, frozenset()) | {
    PLANNED: frozenset(FIELDS),
    OPEN: frozenset({"name_vi", "name_en", "closes_on"}),
}


@dataclass(frozen=True)
class WavePlan:
    """All that is decided about a wave before it opens. Without `participants`, which are codes of agencies, all take part."""

    code: str
    name_vi: str
    name_en: str
    instrument: str
    questionnaire: str
    modes: tuple[str, ...]
    participants: tuple[str, ...]
    opens_on: date
    closes_on: date


def may_become(state: str, following: str) -> bool:
    return following in _NEXT[state]


def is_over(closes_on: date, today: date) -> bool:
    """Whether the last form of a wave has come: kiosks may hand theirs in a day late."""
    return today > closes_on + timedelta(days=KIOSK_DAYS_LATE)


def stage(state: str, opens_on: date, closes_on: date, today: date) -> str:
    if state == OPEN and today < opens_on:
        return PLANNED
    return CLOSED if state == OPEN and is_over(closes_on, today) else state
