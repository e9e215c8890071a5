"""What is known of the checks of a wave's forms: how often each is wrong on clean data. A flag is a reason to look, never a proof."""

from __future__ import annotations

from math import inf

from survey.domain.submission import ANSWERING_TIMES

#: The share of clean desks at which a check raises a flag in one wave, as docs/methodology.md measured it ("How often a flag is wrong").
FALSE_FLAGS = {
    "straight_lining": 0.0027,
    "perfect_forms": 0.0040,
    "fours_and_fives": 0.0018,
    "too_fast": 0.0033,
    "repeated_patterns": 0.0018,
    "burst": 0.0020,
    "silent_desk": 0.0005,
}
#: Flags that accuse a day, so that it can be marked.
OF_A_DAY = frozenset({"burst", "repeated_patterns"})
SILENT = "silent_desk"
#: People come at a desk's pace to a code, a slip or a kiosk. Letters are answered when they arrive, and paper comes in piles when somebody
#: types it in: there a day with many tells of the post or of the typist, and so does a silence.
AT_A_DESKS_PACE = frozenset({"open_qr", "slip", "kiosk"})
_GROWN = 2
#: To read a criterion, think and tap takes longer (docs/decisions/0097).
SECONDS_PER_ANSWER = 3
#: In each class of answering time the seconds that it stays under: nothing finer is known.
_UNDER = dict(zip(ANSWERING_TIMES, (15, 60, 300, inf), strict=True))


def too_fast_from(answering_time: str) -> float:
    """From how many answers on a form of this class of answering time was filled in faster than it can be read."""
    return _UNDER[answering_time] / SECONDS_PER_ANSWER


def still_holds(observed: int, now: int) -> bool:
    """Whether a look at a finding still stands: until there is twice as much of it as was looked at."""
    return now < _GROWN * observed
