"""Why responses are marked as doubtful: what a person may choose, and how the choice and the person's own words are kept in one line."""

from __future__ import annotations

from survey.domain.bursts import BURSTS

#: What a person at Sở Nội vụ chooses from; with `OTHER` the reason stands in the note.
MANY, ALIKE, TOO_FAST, BY_STAFF, TRIAL, OTHER = REASONS = (
    "many_at_once", "all_alike", "too_fast", "filled_in_by_staff", "trial", "other",
)  # fmt: skip
#: The code was read from a photograph, long after it was shown.
AGED_CODE = "aged_code"
#: The reasons that the system gives by itself.
OF_THE_SYSTEM = (*BURSTS, AGED_CODE)
LONGEST_NOTE = 300


def as_stored(reason: str, note: str) -> str:
    return f"{reason}: {note.strip()}" if note.strip() else reason


def as_chosen(stored: str) -> tuple[str, str]:
    """The code and the note of a stored reason; one that was written in words of its own has no code."""
    code, _, note = stored.partition(": ")
    return (code, note) if code in (*REASONS, *OF_THE_SYSTEM) else ("", stored)
