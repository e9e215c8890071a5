"""Read tables of agencies, desks and successions from CSV files and Excel workbooks; all that is wrong is told at once."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from survey.domain.agency_tree import KINDS
from survey.domain.plain_letters import plain
from survey.errors import Invalid
from survey.services.csv_records import records_of
from survey.services.read_table import Row
from survey.services.read_workbook import MOST_ROWS, Sheet, read_workbook
from survey.services.row_problems import RowProblem, RowsRefused

AGENCIES, DESKS, SUCCESSIONS = "agencies", "desks", "successions"
COLUMNS = {
    AGENCIES: ("code", "kind", "parent", "name_vi", "name_en", "valid_from", "valid_to"),
    DESKS: ("agency", "name_vi", "name_en"),
    SUCCESSIONS: ("predecessor", "successor", "on"),
}
#: How the template calls the columns and kinds, as `plain` leaves them.
_IN_VIETNAMESE = {
    "ma": "code", "loai": "kind", "truc thuoc": "parent", "ten tieng viet": "name_vi", "ten tieng anh": "name_en",
    "tu ngay": "valid_from", "den het ngay": "valid_to", "ma co quan": "agency", "co quan cu": "predecessor", "co quan moi": "successor",
    "ngay ke tuc": "on",
}  # fmt: skip
_KINDS = {
    "tinh": "province", "so": "department", "so, nganh": "department", "so, ban, nganh": "department", "ban": "department",
    "huyen": "district", "xa": "commune", "phuong": "commune", "xa, phuong": "commune", "trung tam": "centre",
}  # fmt: skip
LARGEST_FILE = 2 * 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Tables = Mapping[str, tuple[Row, ...]]


def read_agency_files(files: Iterable[tuple[str, bytes]], *, table: str | None = None) -> Tables:
    """The rows of each table in `files` (names and contents). Which table a file or sheet holds is told by its first line.

    A CSV file may have commas, semicolons or tabs between its cells. Columns may stand in any order, under the names of `COLUMNS`
    or those of the template. With `table` the files hold this one. `RowsRefused` lists everything that is wrong.
    """
    found: dict[str, tuple[Row, ...]] = {}
    problems: list[RowProblem] = []
    for name, content in files:
        try:
            sheets, skipping = _sheets(name, content)
            for kind, rows in _tables(name, sheets, table, skipping=skipping):
                if kind in found:
                    problems.append(RowProblem(name, 1, "table_twice"))
                found[kind] = rows
        except RowsRefused as refused:
            problems += refused.problems
    if problems:
        raise RowsRefused(problems)
    return found


def _sheets(name: str, content: bytes) -> tuple[list[Sheet], bool]:
    """The sheets of a file, and whether those without a table may be passed over."""
    if len(content) > LARGEST_FILE:
        raise RowsRefused([RowProblem(name, 1, "too_large")])
    if content.startswith(b"PK"):
        return read_workbook(name, content), True
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RowsRefused([RowProblem(name, 1, "old_workbook")])
    return [_csv(name, content)], False


def _csv(name: str, content: bytes) -> Sheet:
    if not content.strip():
        raise RowsRefused([RowProblem(name, 1, "empty_file")])
    try:
        text = unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RowsRefused([RowProblem(name, content[: error.start].count(b"\n") + 1, "not_utf8")]) from error
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise RowsRefused([RowProblem(name, line, "control", value=f"U+{ord(control[0]):04X}")])
    first = text.partition("\n")[0]
    try:
        rows = tuple(records_of(name, io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)))
    except Invalid as error:
        raise RowsRefused([RowProblem(name, 1, "not_csv")]) from error
    return Sheet(name, tuple((line, [cell.strip() for cell in cells]) for line, cells in rows), (), ())


def _tables(name: str, sheets: Sequence[Sheet], table: str | None, *, skipping: bool) -> list[tuple[str, tuple[Row, ...]]]:
    found: list[tuple[str, tuple[Row, ...]]] = []
    problems: list[RowProblem] = []
    for sheet in sheets:
        header = [_column(cell) for cell in sheet.rows[0][1]] if sheet.rows else []
        kind = (table if not skipping else None) or _kind_of(header)
        if kind is None:
            problems += [one for one in sheet.merged if one.what == "too_many_rows"]
            continue
        rows, wrong = _rows(sheet, header, COLUMNS[kind])
        problems += wrong
        found.append((kind, rows))
    if not found and not problems:
        problems.append(RowProblem(name, 1, "no_table" if skipping else "unknown_table"))
    elif not any(rows for _, rows in found) and not problems:
        problems.append(RowProblem(name, 2, "no_rows"))
    if problems:
        raise RowsRefused(problems)
    return found


def _column(cell: str) -> str:
    text = plain(cell).strip()
    return _IN_VIETNAMESE.get(text, text)


def _kind_of(header: Sequence[str]) -> str | None:
    """The table that has the most of these columns, if it has two of them at all."""
    shares = {kind: len(set(columns) & set(header)) / len(columns) for kind, columns in COLUMNS.items()}
    best = max(shares, key=lambda kind: shares[kind])
    return best if len(set(COLUMNS[best]) & set(header)) > 1 else None


def _rows(sheet: Sheet, header: list[str], columns: tuple[str, ...]) -> tuple[tuple[Row, ...], list[RowProblem]]:
    problems = [*_wrong_as_a_whole(sheet, header, columns), *sheet.merged]
    if problems:
        return (), problems
    rows = []
    for number, cells in sheet.rows[1:]:
        if len(cells) == len(header):
            rows.append(_row(sheet.name, number, header, cells, columns))
        else:
            problems.append(RowProblem(sheet.name, number, "cells", value=str(len(cells)), other=str(len(header))))
    first = sheet.rows[0][0]
    problems += [replace(one, column=header[place]) for place, one in sheet.wrong if header[place] in columns and one.line > first]
    problems += [_control(row, column) for row in rows for column in columns if _CONTROL.search(row[column])]
    return tuple(rows), problems


def _wrong_as_a_whole(sheet: Sheet, header: list[str], columns: tuple[str, ...]) -> Iterator[RowProblem]:
    line = sheet.rows[0][0]
    yield from (RowProblem(sheet.name, line, "no_column", value=column) for column in columns if column not in header)
    named = [column for column in header if column]
    if len(set(named)) < len(named):
        yield RowProblem(sheet.name, line, "column_twice")
    if len(sheet.rows) > MOST_ROWS:
        yield RowProblem(sheet.name, line, "too_many_rows", value=str(sheet.rows[-1][0]), other=str(MOST_ROWS))


def _control(row: Row, column: str) -> RowProblem:
    found = _CONTROL.search(row[column])
    return RowProblem(row.file, row.line, "control", column, value=f"U+{ord(found[0]):04X}" if found else "")


def _row(file: str, line: int, header: Sequence[str], cells: Sequence[str], columns: tuple[str, ...]) -> Row:
    values = {column: unicodedata.normalize("NFC", cell) for column, cell in zip(header, cells, strict=True) if column in columns}
    if values.get("kind") not in KINDS and "kind" in values:
        values["kind"] = _KINDS.get(plain(values["kind"]), values["kind"])
    return Row(file, line, values)
