"""What is wrong with a row of a file: where it is, what it is and what to do, for all rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.domain.sentence import _
from survey.errors import Invalid
from survey.services.read_table import Row

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
    "no_column": _("column %(column)s is missing"),
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
    # of questionnaires
    "not_packed": _("this is no ZIP file and no Excel workbook (.xlsx) that can be read; download a version's files and send them changed"),
    "missing_table": _("the table %(value)s is missing; a version has the tables %(other)s"),
    "no_language": _("column %(value)s names no language; text_en names English, for example"),
    "other_languages": _("texts in %(value)s, but the table questionnaire has %(other)s; each table needs the same languages"),
    "taken": _("%(column)s '%(value)s' is the code of a dimension or of the whole; choose another"),
    "whole_number": _("%(column)s is '%(value)s'; write a whole number from %(other)s"),
    "rating_missing": _("no row for the rating %(value)s; each from 1 to 5 needs one"),
    "question_kind": _("the kind of row is '%(value)s'; it must be one of %(other)s"),
    "kind_missing": _("no row of the kind %(value)s; there has to be one"),
    "kind_twice": _("a second row of the kind %(value)s; there may be one only"),
    "unknown_dimension": _("the dimension '%(value)s' is not in the table dimensions, which has %(other)s"),
    "no_criterion": _("no criterion asks about the dimension %(value)s; add one, or take the dimension out"),
    "open_with_answers": _("an open question has no answers to choose from; take those to %(value)s out of the table answers"),
    "no_answers": _("the table answers has none to %(value)s; add them, or make it an open question"),
    "yes_or_no": _("%(column)s is '%(value)s'; write yes or no"),
    "condition": _("%(column)s is '%(value)s'; write question=answer, such as N5=late"),
    "condition_question": _("%(column)s names '%(value)s', which is no question before this one"),
    "condition_answer": _("%(column)s names '%(value)s', which is no answer to %(other)s"),
    "unknown_question": _("answers '%(value)s', which is no such question; take the row out, or correct the code"),
    "variant": _("variant is '%(value)s' where %(other)s should stand; count from 0 without a gap"),
    "not_criterion": _("'%(value)s' is no criterion of %(column)s"),
    "unbalanced": _("the criteria of %(column)s are not asked equally often: %(value)s"),
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
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {SENTENCES[self.what] % self.words}"


class RowsRefused(Invalid):
    """Rows that cannot be taken, all of them; in one line for the command line."""

    code = "rows"

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__("; ".join(map(str, problems)) + ".")
        self.problems = tuple(problems)


def wrong(row: Row, what: str, column: str, *, other: str = "") -> RowProblem:
    """What is wrong with the cell of a row in `column`."""
    return RowProblem(row.file, row.line, what, column, row[column][:80], other)


def twice(rows: Sequence[Row], *columns: str) -> list[RowProblem]:
    """The rows that have the same cells in `columns` as an earlier one."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen and any(key):
            found.append(RowProblem(row.file, row.line, "twice", ", ".join(columns), ", ".join(key)))
        seen.add(key)
    return found
