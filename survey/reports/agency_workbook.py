"""The agencies as a workbook that can be filled in, or changed, and loaded again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.i18n import gettext
from survey.reports.column_words import column_name, kinds_explained
from survey.reports.spreadsheet import DAY, TEXT, Sheet, as_xlsx
from survey.services.read_agency_file import AGENCIES, COLUMNS, DESKS, SUCCESSIONS

#: Tables with their rows, in the order of `COLUMNS`.
Rows = dict[str, Sequence[tuple[Any, ...]]]


def agency_workbook(rows: Rows) -> bytes:
    """The three tables and a sheet that says how to fill them; without rows it is the empty template."""
    names = {AGENCIES: gettext("Agencies"), DESKS: gettext("Desks"), SUCCESSIONS: gettext("Who followed whom")}
    sheets = [
        Sheet(
            names[table], tuple((column_name(column), DAY if column in _DAYS else TEXT) for column in columns), tuple(rows.get(table, ()))
        )
        for table, columns in COLUMNS.items()
    ]
    return as_xlsx(sheets, title=gettext("Agencies and desks"), facts=_facts())


_DAYS = ("valid_from", "valid_to", "on")


def _facts() -> list[tuple[str, str]]:
    kinds = ", ".join(f"{name} ({code})" for name, code, _ in kinds_explained())
    told = [
        ("code", gettext("A short name in letters without marks, digits and hyphens, such as xa-yen-son. It never changes.")),
        ("kind", gettext("One of these words or codes: %(words)s.", words=kinds)),
        ("parent", gettext("The code of the agency above; empty for the province.")),
        ("name_vi, name_en", gettext("The names. An empty English name is the Vietnamese one.")),
        (
            "valid_from, valid_to",
            gettext("The first and the last day, as a date or as 2025-07-01; the last day is empty while the agency exists."),
        ),
        ("agency", gettext("The code of the agency that a desk belongs to.")),
        (
            "field",
            gettext("The field that the desk alone serves, such as land or civil status; empty for none. It counts from the next wave on."),
        ),
        ("predecessor, successor, on", gettext("The code of the old agency, that of the new one, and the first day of the new one.")),
    ]
    return [(", ".join(column_name(column) for column in columns.split(", ")), what) for columns, what in told]
