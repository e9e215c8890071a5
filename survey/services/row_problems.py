"""What is wrong with a row of a file: where it is, what it is and what to do, for all rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.errors import Invalid


def _(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated where it is shown."""
    return text


#: Sentences by code; `value` is what stands there, `other` what it is held against.
SENTENCES = {
    "no_file": _("no file was chosen; choose one and send it again"),
    "many_files": _("more than %(other)s files; put all tables into one workbook"),
    "empty_file": _("the file is empty"),
    "no_rows": _("no rows below the header"),
    "not_utf8": _("not UTF-8; save the file as CSV UTF-8 or as an Excel workbook (.xlsx)"),
    "control": _("holds the control character %(value)s; type the text anew"),
    "not_csv": _("not CSV; check the quotes"),
    "not_workbook": _("this is no Excel workbook (.xlsx) and no CSV file; save it as one of them"),
    "old_workbook": _("an old Excel workbook (.xls); save it as .xlsx"),
    "too_large": _("the file is too large or unpacks to too much; keep only the rows that are needed"),
    "too_many_rows": _("the sheet goes down to line %(value)s; delete the empty lines at its end (at most %(other)s)"),
    "unknown_table": _("the first line has not the columns of agencies, desks or successions; use the template"),
    "no_table": _("no sheet has the columns of agencies, desks or successions; use the template"),
    "table_twice": _("a second table of the same columns; put all rows into one"),
    "no_column": _("column %(value)s is missing"),
    "column_twice": _("a column appears twice"),
    "cells": _("%(value)s cells where the header has %(other)s"),
    "merged": _("merged cells %(value)s; undo the merging and fill each cell"),
    "formula": _("%(column)s is a formula; copy it and paste it as values"),
    "error": _("%(column)s holds the error %(value)s; type the value"),
    "fraction": _("%(column)s is the number %(value)s; type the text"),
    "empty": _("%(column)s is empty"),
    "too_long": _("%(column)s has more than %(other)s letters"),
    "code_letters": _("%(column)s '%(value)s' has characters that a code may not have, or is too long"),
    "kind": _("kind is '%(value)s'; it must be one of %(other)s"),
    "date": _("%(column)s is '%(value)s'; write a date as 2025-07-01"),
    "ends_before": _("valid_to lies before valid_from"),
    "unknown_agency": _("the %(column)s '%(value)s' is no known agency; add a row for it"),
    "circle": _("the agencies above '%(value)s' stand in a circle; one of them needs another parent"),
    "twice": _("%(column)s '%(value)s' stands in an earlier row too"),
    "another": _("%(value)s is stored with another %(column)s; an agency in a new legal form needs a code of its own"),
    "itself": _("%(value)s cannot follow itself"),
    "answered_since": _("%(value)s took responses until %(other)s; its last day cannot lie before that"),
}  # fmt: skip


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one place of a file; `what` is a key of `SENTENCES`."""

    file: str
    line: int
    what: str
    column: str = ""
    value: str = ""
    other: str = ""

    @property
    def words(self) -> dict[str, str]:
        return {"column": self.column, "value": self.value, "other": self.other}

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {SENTENCES[self.what] % self.words}"


class RowsRefused(Invalid):
    """Rows that cannot be taken, all of them; in one line for the command line."""

    code = "rows"

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("; ".join(map(str, problems)) + ".")
        self.problems = tuple(problems)
