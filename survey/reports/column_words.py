"""What the columns of files and the kinds of agencies are called, for templates to fill in and for what is wrong with them."""

from __future__ import annotations

from survey.i18n import gettext, language


def column_name(code: str) -> str:
    """The column in the reader's words, with its code behind: a file may have either, or both."""
    name = _columns().get(code)
    return f"{name} ({code})" if name and language() != "en" else code


def kind_name(code: str) -> str:
    """A kind of agency in the reader's words; a file may have these words or the code."""
    return _kinds()[code][0]


def kinds_explained() -> list[tuple[str, str, str]]:
    """Each kind: the word to write, the code that may stand for it, and what it is."""
    return [(name, code, what) for code, (name, what) in _kinds().items()]


def _columns() -> dict[str, str]:
    return {
        "code": gettext("Code"), "kind": gettext("Kind"), "parent": gettext("Below"), "name_vi": gettext("Vietnamese name"),
        "name_en": gettext("English name"), "valid_from": gettext("From the day"), "valid_to": gettext("To the end of the day"),
        "agency": gettext("Code of the agency"), "predecessor": gettext("Old agency"), "successor": gettext("New agency"),
        "on": gettext("Day of succession"), "field": gettext("Field of service"),
    }  # fmt: skip


def _kinds() -> dict[str, tuple[str, str]]:
    return {
        "province": (gettext("province"), gettext("the province itself; nothing stands above it")),
        "department": (gettext("department"), gettext("a department, board or branch of the province")),
        "district": (gettext("district"), gettext("a district or town, until 30 June 2025")),
        "commune": (gettext("commune"), gettext("a commune, ward or special zone")),
        "centre": (gettext("service centre"), gettext("a public administration service centre")),
    }
