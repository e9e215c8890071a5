"""The audit log in words. The log itself keeps codes: it must read the same in a hundred years and in every language."""

from __future__ import annotations

import json

from survey.domain.audit_chain import Entry
from survey.i18n import gettext
from survey.web.log_in import NOBODY, UNKNOWN


def action(code: str) -> str:
    """What was done; a code that has no words yet as it can be read."""
    return _actions().get(code) or code.replace("_", " ")


def who(stored: str) -> str:
    return gettext("nobody who is logged in") if stored == NOBODY else stored


def subject(stored: str) -> str:
    return gettext("an address without an account") if stored == UNKNOWN else stored


def changes(entry: Entry) -> list[tuple[str, str | None, str | None]]:
    """What differs, by name, before and after; a name that is on one side only has nothing on the other."""
    before, after = (_read(side) for side in (entry.before, entry.after))
    differing = [name for name in (before | after) if before.get(name) != after.get(name)]
    return [(name, before.get(name), after.get(name)) for name in differing]


def _read(side: str | None) -> dict[str, str]:
    return {name: _said(value) for name, value in (json.loads(side) if side else {}).items() if value is not None}


def _said(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


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
        "tallies_recounted": gettext("Recounted the tallies"),
        "comment_handled": gettext("Dealt with a comment"),
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
