"""The chain of the audit log: what an entry may tell of, its hash, and where a chain is broken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256

LOGGED_IN, LOGGED_OUT, LOG_IN_FAILED, REFUSED, EXPORTED = ("logged_in", "logged_out", "log_in_failed", "refused", "exported")
#: What an entry may tell of.
ACTIONS = (
    LOGGED_IN, LOGGED_OUT, LOG_IN_FAILED, REFUSED, EXPORTED,
    "user_added", "user_changed", "second_factor_changed", "sign_on_changed", "sessions_ended",
    "wave_opened", "wave_closed", "wave_analysed", "wave_published", "run_returned", "wave_changed", "wave_cancelled",
    "response_marked", "response_unmarked", "tallies_recounted", "comment_handled", "targets_changed",
    "case_state", "case_answered", "case_contact_read",
    "desk_day_marked", "desk_day_unmarked", "flag_reviewed", "flag_review_undone",
    "desk_changed", "desk_code_issued", "desk_code_revoked", "slips_printed", "slips_withdrawn",
    "invitations_made", "invitations_withdrawn", "action_written", "action_published", "action_withdrawn",
    "agencies_changed", "benchmarks_imported", "questionnaire_imported", "network_declared", "network_withdrawn", "settings_changed",
)  # fmt: skip

#: What the first entry follows.
NOTHING_BEFORE = "0" * 64

CHANGED, MISSING, INSERTED = "changed", "missing", "inserted"


@dataclass(frozen=True)
class Entry:
    """One thing that one person did. `at` is the UTC instant, `before` and `after` are JSON: texts, for the hash is of what is stored."""

    number: int
    at: str
    who: str
    action: str
    subject: str
    before: str | None
    after: str | None
    previous_sha256: str

    @property
    def sha256(self) -> str:
        """The hash of this entry and, through `previous_sha256`, of all before it."""
        return sha256(json.dumps(list(asdict(self).values()), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    number: int
    what: str


def find_faults(stored: Iterable[tuple[Entry, str]], *, last: tuple[int, str]) -> Iterator[Fault]:
    """Where a chain is broken. `stored` are the entries by number with their stored hashes, `last` what the head says.

    An entry whose hash is not its own was changed. So was one whose hash was made anew: the entry after it, which is sound,
    still names the old one. Numbers that are skipped are missing; what stands before the first or behind the head was inserted.
    """
    number, previous = 0, NOTHING_BEFORE
    for entry, its_hash in stored:
        if entry.number < 1 or entry.number > last[0]:
            yield Fault(entry.number, INSERTED)
            continue
        gap = entry.number - number - 1
        yield from (Fault(number + step, MISSING) for step in range(1, gap + 1))
        sound = entry.sha256 == its_hash
        if sound and not gap and entry.previous_sha256 != previous:
            yield Fault(number, CHANGED)
        if not sound:
            yield Fault(entry.number, CHANGED)
        # What a changed entry's hash was is not known any more, unless it still stands there.
        number, previous = entry.number, its_hash
    yield from (Fault(missing, MISSING) for missing in range(number + 1, last[0] + 1))
    if number == last[0] and previous != last[1]:
        yield Fault(number, CHANGED)
