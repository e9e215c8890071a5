"""Whether forms come in a burst, told from their pace alone (decision 0066). No person, no address: only when the last ones came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Who marked a response, where no person did; and the reasons it gives.
MACHINE = "sipas"
ONE_HAND, DEVICE_BURST, DESK_BURST = BURSTS = ("burst_one_hand", "burst_device", "burst_desk")

#: Seconds between two forms of one hand: less is no time to open a form, tap six times and send; more is no hurry.
QUICKEST_HAND, SLOWEST_HAND = 4.0, 20.0
#: So many more forms at a hand's pace than at others, and it is one hand. Every other gap counts `AGAINST` it.
ENOUGH = 12
AGAINST = 4
#: Evidence is not piled up: soon after a burst has ended, people are believed again.
_MOST_EVIDENCE = ENOUGH + AGAINST


@dataclass(frozen=True)
class Limit:
    """`at_once` forms may come together, and `a_minute` more in each minute."""

    at_once: int
    a_minute: float


#: From one device; and of those that look alike (same address, same browser) in a hall of 200 people in ten minutes.
DEVICE = Limit(40, 24.0)
#: At one desk, from wherever.
DESK = Limit(220, 8.0)


class Pace(NamedTuple):
    """How forms came from one source until `last` (seconds of any clock): a bucket that drains, and evidence for one hand."""

    last: float
    level: float = 0.0
    one_hand: int = 0


def counted(pace: Pace | None, now: float, limit: Limit) -> Pace:
    """`pace` after one more form."""
    if pace is None:
        return Pace(now, 1.0)
    return Pace(now, _drained(pace, now, limit) + 1.0, _evidence(pace, now - pace.last))


def is_full(pace: Pace | None, now: float, limit: Limit) -> bool:
    """Whether one more would be more than `limit` admits."""
    return pace is not None and _drained(pace, now, limit) + 1.0 > limit.at_once


def is_one_hand(pace: Pace | None) -> bool:
    return pace is not None and pace.one_hand >= ENOUGH


def _drained(pace: Pace, now: float, limit: Limit) -> float:
    return max(0.0, pace.level - (now - pace.last) / 60.0 * limit.a_minute)


def _evidence(pace: Pace, gap: float) -> int:
    """One hand sends form after form at its own pace. Of people who come by chance some always come together, others far apart."""
    step = 1 if QUICKEST_HAND <= gap <= SLOWEST_HAND else -AGAINST
    return min(max(pace.one_hand + step, 0), _MOST_EVIDENCE)
