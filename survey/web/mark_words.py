"""Every reason for a mark in words, those of people and those of the system, in one place."""

from __future__ import annotations

from survey.domain.bursts import DESK_BURST, DEVICE_BURST, MACHINE, ONE_HAND
from survey.domain.marks import AGED_CODE, ALIKE, BY_STAFF, LONGEST_NOTE, MANY, OTHER, REASONS, TOO_FAST, TRIAL, as_chosen
from survey.i18n import gettext, number


def reason(stored: str) -> str:
    """A stored reason: its words, then the note; one that was written freely stands as it is."""
    code, note = as_chosen(stored)
    if not code:
        return note
    return f"{_words()[code]}: {note}" if note else _words()[code]


def choices() -> dict[str, str]:
    """What a person may choose from, in this order."""
    return {code: _words()[code] for code in REASONS}


def who(marked_by: str) -> str:
    return gettext("the system") if marked_by == MACHINE else marked_by


def problem(code: str) -> str:
    """Why a mark could not be set or lifted, and what to do."""
    return {
        "mark_needs_reason": gettext("Please choose a reason."),
        "mark_needs_note": gettext("Please say the other reason in words."),
        "note_too_long": gettext("The note is too long: at most %(most)s letters.", most=number(LONGEST_NOTE)),
        "lift_needs_reason": gettext("Please say in at most %(most)s letters why the marks are lifted.", most=number(LONGEST_NOTE)),
        "too_few_to_mark": gettext(
            "These are fewer than five responses. The change of the result would tell what these few people answered."
        ),
        "day_not_over": gettext("This day is not over yet. Please come back tomorrow."),
        "nothing_to_mark": gettext("All responses of this day are marked already."),
        "nothing_to_lift": gettext("These marks have been lifted already."),
    }[code]


def _words() -> dict[str, str]:
    return {
        MANY: gettext("Far more responses than usual on one day, without an explanation"),
        ALIKE: gettext("Many forms are alike"),
        TOO_FAST: gettext("Filled in faster than the form can be read"),
        BY_STAFF: gettext("Staff filled in forms for citizens"),
        TRIAL: gettext("Trial responses"),
        OTHER: gettext("Another reason"),
        ONE_HAND: gettext("Sent one after the other at the pace of one hand"),
        DEVICE_BURST: gettext("Too many responses from one device within minutes"),
        DESK_BURST: gettext("Too many responses at one desk within minutes"),
        AGED_CODE: gettext("The QR code had long left the screen"),
    }  # fmt: skip
