"""Read the tables of CSV files and Excel workbooks as rows of texts; all that is wrong is told at once."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from survey.errors import Invalid
from survey.services.csv_records import records_of
from survey.services.read_table import CONTROL, NotText, Row, control_name, text_of
from survey.services.read_workbook import MOST_ROWS, Sheet
from survey.services.row_problems import RowProblem, RowsRefused

#: In one file, in bytes.
LARGEST_FILE = 2 * 1024 * 1024


def read_csv(name: str, content: bytes) -> Sheet:
    """A CSV file with commas, semicolons or tabs between its cells. `RowsRefused` where it is none."""
    try:
        text = text_of(content)
    except NotText as error:
        raise RowsRefused([RowProblem(name, error.line, error.what, value=error.value)]) from error
    first = text.partition("\n")[0]
    rows = []
    try:
        for line, cells in records_of(name, io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)):
            rows.append((line, [cell.strip() for cell in cells]))
    except Invalid as error:
        raise RowsRefused([RowProblem(name, rows[-1][0] + 1 if rows else 1, "not_csv")]) from error
    return Sheet(name, tuple(rows), (), ())


def read_rows(sheet: Sheet, header: Sequence[str], columns: Sequence[str]) -> tuple[tuple[Row, ...], list[RowProblem]]:
    """The rows below the first line, which `header` names as they are called here: the cells of `columns`, and what is wrong."""
    problems = [*_wrong_as_a_whole(sheet, header, columns), *sheet.merged]
    if problems:
        return (), problems
    rows = []
    for number, cells in sheet.rows[1:]:
        if len(cells) == len(header):
            rows.append(Row(sheet.name, number, {column: _composed(cells[header.index(column)]) for column in columns}))
        else:
            problems.append(RowProblem(sheet.name, number, "cells", value=str(len(cells)), other=str(len(header))))
    first = sheet.rows[0][0]
    problems += [replace(one, column=header[place]) for place, one in sheet.wrong if header[place] in columns and one.line > first]
    problems += [_control(row, column) for row in rows for column in columns if CONTROL.search(row[column])]
    return tuple(rows), problems


def _wrong_as_a_whole(sheet: Sheet, header: Sequence[str], columns: Sequence[str]) -> Iterator[RowProblem]:
    line = sheet.rows[0][0]
    yield from (RowProblem(sheet.name, line, "no_column", column) for column in columns if column not in header)
    named = [column for column in header if column]
    if len(set(named)) < len(named):
        yield RowProblem(sheet.name, line, "column_twice")
    if len(sheet.rows) > MOST_ROWS:
        yield RowProblem(sheet.name, line, "too_many_rows", value=str(sheet.rows[-1][0]), other=str(MOST_ROWS))


def _control(row: Row, column: str) -> RowProblem:
    found = CONTROL.search(row[column])
    return RowProblem(row.file, row.line, "control", column, value=control_name(found) if found else "")


def _composed(cell: str) -> str:
    return unicodedata.normalize("NFC", cell)
