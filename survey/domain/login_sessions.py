"""How long a log-in holds."""

from __future__ import annotations

#: Seconds. A coffee break is shorter than the one, a working day is shorter than the other.
IDLE_LIMIT, ABSOLUTE_LIMIT = 3600, 12 * 3600


def has_run_out(*, began_at: int, seen_at: int, now: int) -> bool:
    return now - seen_at > IDLE_LIMIT or now - began_at > ABSOLUTE_LIMIT
