"""A wave's life and what each state allows."""

from __future__ import annotations

OPEN, CLOSED, ANALYSED, PUBLISHED = STATES = ("open", "closed", "analysed", "published")
DESK_SURVEY, SAMPLE_SURVEY = INSTRUMENTS = ("desk", "sample")
_, SLIP, KIOSK, INVITATION, _ = MODES = ("open_qr", "slip", "kiosk", "invitation", "paper")
#: A form given at a kiosk without a network may come this many days later and still count on its own day (decision 0068).
KIOSK_DAYS_LATE = 1

#: What happens to a frozen run: whoever ran it proposes it, another person returns or approves it (decision 0087).
PROPOSED, RETURNED, APPROVED = RUN_STEPS = ("proposed", "returned", "approved")

#: A wave may be analysed and published again: a correction is a newer revision (a published wave stays published meanwhile).
_NEXT = {OPEN: {CLOSED}, CLOSED: {ANALYSED}, ANALYSED: {ANALYSED, PUBLISHED}, PUBLISHED: {ANALYSED, PUBLISHED}}


def may_become(state: str, following: str) -> bool:
    return following in _NEXT[state]
