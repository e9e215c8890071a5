"""Read tables of agencies, desks and successions from CSV files and Excel workbooks; all that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from survey.domain.agency_tree import KINDS
from survey.domain.plain_letters import plain
from survey.services.read_sheets import LARGEST_FILE, read_csv, read_rows
from survey.services.read_table import Row
from survey.services.read_workbook import Sheet, read_workbook
from survey.services.row_problems import RowProblem, RowsRefused

AGENCIES, DESKS, SUCCESSIONS = "agencies", "desks", "successions"
COLUMNS = {
    AGENCIES: ("code", "kind", "parent", "name_vi", "name_en", "valid_from", "valid_to"),
    DESKS: ("agency", "name_vi", "name_en", "field"),
    SUCCESSIONS: ("predecessor", "successor", "on"),
}
#: What a file may leave out: then it is left as it is stored.
OPTIONAL = frozenset({"field"})
#: How the template calls the columns, as `plain` leaves them.
_IN_VIETNAMESE = {
    "ma": "code", "loai": "kind", "truc thuoc": "parent", "ten tieng viet": "name_vi", "ten tieng anh": "name_en",
    "tu ngay": "valid_from", "den het ngay": "valid_to", "ma co quan": "agency", "co quan cu": "predecessor", "co quan moi": "successor",
    "ngay ke tuc": "on", "linh vuc": "field",
}  # fmt: skip
#: What each kind may be called, besides its code: plain, with single spaces for whatever stands between the words.
KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "province": ("tỉnh", "cấp tỉnh"),
    "department": ("sở", "ban", "ngành", "sở, ban, ngành", "sở, ngành", "cấp sở"),
    "district": ("huyện", "quận", "thị xã", "thành phố", "huyện, thành phố", "huyện, quận, thị xã", "cấp huyện"),
    "commune": ("xã", "phường", "thị trấn", "đặc khu", "xã, phường", "xã, phường, thị trấn", "xã, phường, đặc khu", "cấp xã"),
    "centre": ("trung tâm", "trung tâm phục vụ hành chính công", "trung tâm hành chính công", "service centre"),
}


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", plain(text)))


_KINDS = {_words(word): kind for kind, words in KIND_WORDS.items() for word in words}

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
    return [read_csv(name, content)], False


def _tables(name: str, sheets: Sequence[Sheet], table: str | None, *, skipping: bool) -> list[tuple[str, tuple[Row, ...]]]:
    found: list[tuple[str, tuple[Row, ...]]] = []
    problems: list[RowProblem] = []
    for sheet in sheets:
        header = [_column(cell) for cell in sheet.rows[0][1]] if sheet.rows else []
        kind = (table if not skipping else None) or _kind_of(header)
        if kind is None:
            problems += [one for one in sheet.merged if one.what == "too_many_rows"]
            continue
        rows, wrong = read_rows(sheet, header, [column for column in COLUMNS[kind] if column in header or column not in OPTIONAL])
        problems += wrong
        found.append((kind, tuple(map(_with_kind, rows))))
    if not found and not problems:
        problems.append(RowProblem(name, 1, "no_table" if skipping else "unknown_table"))
    elif not any(rows for _, rows in found) and not problems:
        problems.append(RowProblem(name, 2, "no_rows"))
    if problems:
        raise RowsRefused(problems)
    return found


def _column(cell: str) -> str:
    """`code`, `Mã` and `Mã (code)` are the same column."""
    text, _, code = plain(cell).strip().removesuffix(")").partition(" (")
    return code if any(code in columns for columns in COLUMNS.values()) else _IN_VIETNAMESE.get(text, text)


def _kind_of(header: Sequence[str]) -> str | None:
    """The table that has the most of these columns, if it has two of them at all."""
    shares = {kind: len(set(columns) & set(header)) / len(set(columns) - OPTIONAL) for kind, columns in COLUMNS.items()}
    best = max(shares, key=lambda kind: shares[kind])
    return best if len(set(COLUMNS[best]) & set(header)) > 1 else None


def _with_kind(row: Row) -> Row:
    """The row with the code of its kind, where the kind has been written in Vietnamese."""
    kind = row.cells.get("kind", "")
    return row if not kind or kind in KINDS else replace(row, cells=row.cells | {"kind": _KINDS.get(_words(kind), kind)})
