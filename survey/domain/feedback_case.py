"""Feedback cases: comments whose writers want an answer."""

from __future__ import annotations

from datetime import date, timedelta

from survey.domain.wave import KIOSK, MODES, PAPER

#: What has become of a case. A withdrawn one keeps its place in the counts and none of its words.
WAITING, WORKING, ANSWERED, WITHDRAWN = STATES = ("waiting", "working", "answered", "withdrawn")
#: The states that an agency gives; the last is the citizen's own.
GIVEN = (WAITING, WORKING, ANSWERED)
#: The ways of answering in which a comment may ask for an answer: a tablet at the desk offers no comment, and paper gives no receipt.
ASKING_MODES = tuple(mode for mode in MODES if mode not in (KIOSK, PAPER))
LONGEST_ANSWER = 2000
LONGEST_CONTACT = 200
#: Days after the answer for which the way to reach the citizen is kept, and the words of both sides.
CONTACT_KEPT_FOR, WORDS_KEPT_FOR = 30, 365
#: Days after its week for which all of a case is kept that nobody answers.
UNANSWERED_KEPT_FOR = 730


def week_of(day: date) -> date:
    """The Monday of its week: all that is kept of when a case came."""
    return day - timedelta(days=day.weekday())


def takes_contact(state: str, answered_on: date | None, *, has_words: bool, today: date) -> bool:
    """Whether the way to reach the writer may be kept on `today`: until the case is withdrawn or forgotten, or its answer old."""
    return state != WITHDRAWN and has_words and (answered_on is None or today < answered_on + timedelta(days=CONTACT_KEPT_FOR))
