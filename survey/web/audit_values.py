"""The fields and values of audit entries in words: what a page shows in place of the codes and dates that the log keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from survey.domain.agency_tree import KINDS
from survey.domain.wave import INSTRUMENTS, MODES
from survey.i18n import day, gettext, language, number
from survey.queries.audit_names import Names
from survey.reports import words
from survey.reports.column_words import kind_name
from survey.web import mark_words
from survey.web.role_words import role_names
from survey.web.watch_words import headings

#: No names at all: codes stand by themselves.
NAMELESS = Names()
_HASH = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")
#: Fields whose values are codes of agencies.
_AGENCIES = ("agency", "participants")
#: So many signs of a hash are shown; the rest is in `full`.
_SIGNS = 8


@dataclass(frozen=True)
class Said:
    """A value as it is shown, and in full where that is shortened."""

    text: str
    full: str = ""


def field(code: str) -> str:
    """What a field is called; a key that is none (an agency's code, a year) as it stands."""
    return _fields().get(code, code)


def agency(code: str, names: Names) -> str:
    """An agency by its name with the code beside it; what is no agency's code as it stands."""
    found = names.agencies.get(code)
    return f"{found.names[language()]} ({code})" if found else code


def desk(number: str, names: Names) -> str:
    """A desk by its number, with its name and its agency's."""
    said, found = gettext("desk %(number)s", number=number), names.desks.get(int(number))
    if found is None:
        return said
    return f"{said} ({found.names[language()]}, {names.agencies[found.agency].names[language()]})"


def value(name: str, stored: Any, names: Names = NAMELESS) -> Said | None:
    """A stored value in words; None where there is none."""
    if stored is None or stored in ("", [], "None"):
        return None
    if isinstance(stored, str) and _HASH.fullmatch(stored):
        return Said(f"{stored[:_SIGNS]}…", stored)
    return Said(_text(name, stored, names))


def _text(name: str, stored: Any, names: Names) -> str:
    if isinstance(stored, bool):
        return gettext("yes") if stored else gettext("no")
    if name == "successions":
        return ", ".join(" → ".join(agency(code, names) for code in pair) for pair in stored)
    if isinstance(stored, list):
        return ", ".join(_text(name, one, names) for one in stored if one not in (None, "", "None"))
    if isinstance(stored, int) and name == "parent_id":
        above = names.agencies_by_id.get(stored)
        return agency(above.agency, names) if above else str(stored)
    if isinstance(stored, int):
        return number(stored) if name in ("count", "mended", "marked", "live_step") else str(stored)
    return _words_of(name, str(stored), names)


def _words_of(name: str, stored: str, names: Names) -> str:
    if name in _AGENCIES:
        return agency(stored, names)
    if _DAY.fullmatch(stored):
        return day(date.fromisoformat(stored))
    if _DECIMAL.fullmatch(stored):
        return stored if language() == "en" else stored.replace(".", ",")
    if name == "reason":
        return mark_words.reason(stored)
    if found := re.fullmatch("desk ([0-9]+) of (.+)", stored):
        return gettext("goes on as desk %(number)s of %(agency)s", number=found[1], agency=agency(found[2], names))
    known = _values(stored)
    return known.get(name, stored)


def _values(code: str) -> dict[str, str]:
    """The words for `code` by the field in which it stands, where it has any there."""
    tables = {
        "state": _states(), "roles": role_names(), "kind": _kinds(), "action": _actions(), "sign_on": _sign_on(), "flag": headings(),
        "modes": {one: words.mode(one) for one in MODES},
        "instrument": {one: words.instrument(one) for one in INSTRUMENTS},
        "password": {"changed": gettext("has been changed")}, "desk": {"closed": gettext("closed")},
    }  # fmt: skip
    return {name: said[code] for name, said in tables.items() if code in said}


def _states() -> dict[str, str]:
    return {
        "planned": gettext("planned"), "open": gettext("open"), "closed": gettext("closed"), "analysed": gettext("analysed"),
        "published": gettext("published"), "draft": gettext("draft, seen by the staff only"), "withdrawn": gettext("withdrawn"),
        "new": gettext("new"), "working": gettext("being worked on"), "done": gettext("dealt with"),
        "nothing_to_do": gettext("nothing to do"), "waiting": gettext("not dealt with yet"), "answered": gettext("answered"),
    }  # fmt: skip


def _kinds() -> dict[str, str]:
    of_agencies = {one: kind_name(one) for one in KINDS}
    return of_agencies | {"poster": gettext("poster"), "kiosk": gettext("kiosk"), "display": gettext("screen")}


def _sign_on() -> dict[str, str]:
    return {
        "state": gettext("the answer belonged to no question of ours"), "refused_there": gettext("the provider let nobody in"),
        "no_account": gettext("no account for this person"), "disabled": gettext("the account is disabled"),
        "another_subject": gettext("the account belongs to somebody else at the provider"),
    }  # fmt: skip


def _actions() -> dict[str, str]:
    """What somebody was not allowed to do: the actions of survey.domain.permissions."""
    return {
        "use_own_account": gettext("use the own account"), "see_agency": gettext("see this agency"),
        "handle_comments": gettext("deal with comments"), "answer_cases": gettext("answer feedback"),
        "manage_desks": gettext("look after desks"), "invite": gettext("invite people"),
        "tell_actions": gettext("tell what was done"), "see_all_agencies": gettext("see all agencies"),
        "manage_agencies": gettext("change agencies"), "see_waves": gettext("see waves"), "run_waves": gettext("run waves"),
        "publish_waves": gettext("publish waves"), "set_targets": gettext("set targets"), "watch_field": gettext("watch the field"),
        "mark_responses": gettext("mark responses"), "manage_people": gettext("look after accounts"),
        "manage_settings": gettext("change settings"), "see_audit_log": gettext("see the audit log"),
    }  # fmt: skip


def _fields() -> dict[str, str]:
    return {
        "action": gettext("Not allowed"), "active": gettext("Active"), "agency": gettext("Agency"), "batch": gettext("Batch"),
        "bound": gettext("Linked"), "changed": gettext("Changed"), "closed_on": gettext("Closed on"), "closes_on": gettext("Last day"),
        "code": gettext("Code"), "comments_offered": gettext("Comments offered"), "count": gettext("Number"),
        "criterion": gettext("Criterion"), "desks": gettext("Desks"), "done_en": gettext("What was done (English)"),
        "done_on": gettext("Done on"), "done_vi": gettext("What was done"), "field": gettext("Field of service"),
        "flag": gettext("Finding"), "from": gettext("First day"),
        "instrument": gettext("Kind of survey"), "kind": gettext("Kind"), "live_step": gettext("Step of live numbers"),
        "marked": gettext("Marked responses"), "mended": gettext("Numbers mended"), "modes": gettext("Ways of answering"),
        "name_en": gettext("English name"), "name_vi": gettext("Vietnamese name"), "network": gettext("Network"), "note": gettext("Note"),
        "opens_on": gettext("First day"), "parent_id": gettext("Agency above"), "participants": gettext("Agencies asked"),
        "password": gettext("Password"), "place": gettext("Place of reports"), "privacy_contact": gettext("Contact for personal data"),
        "province_en": gettext("Province (English)"), "province_vi": gettext("Province"),
        "published_revision": gettext("Published revision"), "questionnaire": gettext("Questionnaire"), "reason": gettext("Reason"),
        "recovery_codes": gettext("Recovery codes left"), "result_sha256": gettext("Hash of the result"),
        "revision": gettext("Revision"), "revoked_on": gettext("Revoked on"), "roles": gettext("Role"), "run_by": gettext("Run by"),
        "said_en": gettext("What citizens said (English)"), "said_vi": gettext("What citizens said"),
        "second_factor": gettext("Second factor"), "security_key": gettext("Security key"), "sessions": gettext("Log-ins"),
        "sha256": gettext("Hash"), "sign_on": gettext("Sign-on of the province"), "state": gettext("State"),
        "successions": gettext("Who followed whom"), "to": gettext("Last day"),
    }  # fmt: skip
