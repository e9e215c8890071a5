"""The audit log in words. The log itself keeps codes: it must read the same in a hundred years and in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from survey.domain.audit_chain import Entry
from survey.domain.wave import MODES
from survey.i18n import day, gettext
from survey.queries.audit_names import Names
from survey.reports import words
from survey.settings import VIETNAM
from survey.web.audit_values import NAMELESS, Said, agency, desk, field, value
from survey.web.log_in import NOBODY, UNKNOWN


def action(code: str) -> str:
    """What was done; a code that has no words yet as it can be read."""
    return _actions().get(code) or code.replace("_", " ")


def who(stored: str) -> str:
    if found := re.fullmatch(r"command line \((.*)\)", stored):
        return gettext("command line (%(account)s)", account=found[1])
    return gettext("nobody who is logged in") if stored == NOBODY else stored


def at(stored: str) -> str:
    """The instant in Vietnam's time, to the second."""
    local = datetime.fromisoformat(stored).astimezone(VIETNAM)
    return f"{day(local.date())} {local:%H:%M:%S}"


def subject(stored: str, names: Names = NAMELESS) -> str:
    """What it concerns; what has no words stands as it is."""
    if stored == UNKNOWN:
        return gettext("an address without an account")
    for pattern, said in _subjects().items():
        if found := re.fullmatch(pattern, stored):
            return said % tuple(_parts(group, names) for group in found.groups())
    return _parts(stored, names)


@dataclass(frozen=True)
class Change:
    """A field that differs, before and after; a field that is on one side only has nothing on the other."""

    name: str
    before: Said | None
    after: Said | None


def changes(entry: Entry, names: Names = NAMELESS) -> list[Change]:
    """What differs, in words. Of agencies, each has fields of its own: those that differ are named with it."""
    before, after = (json.loads(side) if side else {} for side in (entry.before, entry.after))
    return list(_differing(before, after, "", names))


def _differing(before: dict[str, Any], after: dict[str, Any], of: str, names: Names) -> Iterator[Change]:
    for name in before | after:
        old, new = before.get(name), after.get(name)
        if isinstance(old or new, dict):
            yield from _differing(old or {}, new or {}, name, names)
            continue
        kind = "desk" if of == "desks" else name
        was, is_ = value(kind, old, names), value(kind, new, names)
        if was != is_:
            yield Change(_named(name, of, names), was, is_)


def _named(name: str, of: str, names: Names) -> str:
    if of == "desks":
        return desk(name, names)
    return f"{agency(of, names)}: {field(name)}" if of else agency(field(name), names)


def _parts(stored: str, names: Names) -> str:
    return ", ".join(_part(one, names) for one in stored.split(", "))


def _part(stored: str, names: Names) -> str:
    if found := re.fullmatch("wave (.+)", stored):
        return gettext("wave %(code)s", code=found[1])
    if found := re.fullmatch("desk ([0-9]+)", stored):
        return desk(found[1], names)
    if found := re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", stored):
        return day(date.fromisoformat(found[0]))
    return _MODES[stored]() if stored in _MODES else agency(stored, names)


_MODES = {mode: partial(words.mode, mode) for mode in MODES}


def _subjects() -> dict[str, str]:
    """Patterns of subjects with the words for each; what is in brackets takes the places of %s."""
    return {
        "all waves": gettext("all waves"),
        "case (.+)": gettext("feedback") + " %s",
        "action ([0-9]+)": gettext("what was done, number") + " %s",
        "rename (.+)": gettext("renamed:") + " %s",
        "merge (.+)": gettext("merged:") + " %s",
        "split (.+)": gettext("split:") + " %s",
        "move (.+)": gettext("moved:") + " %s",
        "end (.+)": gettext("ended:") + " %s",
        "take back (.+)": gettext("planned change taken back:") + " %s",
        "([0-9]+) agencies, ([0-9]+) desks, ([0-9]+) successions": gettext("from a file: agencies %s, desks %s, successions %s"),
        "([0-9]+) rows": gettext("rows:") + " %s",
    }


def _actions() -> dict[str, str]:
    return {
        "logged_in": gettext("Logged in"),
        "logged_out": gettext("Logged out"),
        "log_in_failed": gettext("Tried to log in, in vain"),
        "refused": gettext("Was refused a page"),
        "exported": gettext("Took a file away"),
        "user_added": gettext("Added an account"),
        "user_changed": gettext("Changed an account"),
        "second_factor_changed": gettext("Changed a second factor"),
        "sign_on_changed": gettext("Changed the link with an account of the province"),
        "sessions_ended": gettext("Ended log-ins"),
        "wave_opened": gettext("Opened a wave"),
        "wave_closed": gettext("Closed a wave"),
        "wave_analysed": gettext("Analysed a wave"),
        "wave_published": gettext("Published a wave’s result"),
        "run_returned": gettext("Returned an analysis"),
        "wave_changed": gettext("Changed a wave"),
        "wave_cancelled": gettext("Took a planned wave back"),
        "response_marked": gettext("Marked a response"),
        "response_unmarked": gettext("Lifted the mark of a response"),
        "desk_day_marked": gettext("Marked the responses of a desk on a day"),
        "desk_day_unmarked": gettext("Lifted the mark of a desk’s day"),
        "flag_reviewed": gettext("Looked at a finding and marked nothing"),
        "flag_review_undone": gettext("Took a finding up again"),
        "tallies_recounted": gettext("Recounted the tallies"),
        "comment_handled": gettext("Dealt with a comment"),
        "case_state": gettext("Changed the state of feedback to answer"),
        "case_answered": gettext("Answered feedback"),
        "case_contact_read": gettext("Opened the contact of a citizen"),
        "targets_changed": gettext("Changed targets"),
        "desk_changed": gettext("Changed a desk"),
        "desk_code_issued": gettext("Issued a desk’s QR code"),
        "desk_code_revoked": gettext("Revoked a desk’s QR code"),
        "slips_printed": gettext("Printed slips"),
        "slips_withdrawn": gettext("Withdrew slips"),
        "invitations_made": gettext("Made invitations"),
        "invitations_withdrawn": gettext("Withdrew invitations"),
        "action_written": gettext("Wrote down what was done"),
        "action_published": gettext("Published what was done"),
        "action_withdrawn": gettext("Withdrew what was published as done"),
        "agencies_changed": gettext("Changed agencies"),
        "benchmarks_imported": gettext("Loaded published figures"),
        "questionnaire_imported": gettext("Loaded a questionnaire"),
        "network_declared": gettext("Declared an office’s own network"),
        "network_withdrawn": gettext("Withdrew an office’s own network"),
        "settings_changed": gettext("Changed a setting"),
    }
