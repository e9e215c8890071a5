"""Tables as files for spreadsheets: CSV for one, XLSX for several beside a sheet that says what they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from analysis import percent_half_up
from survey.reports.scores_csv import BYTE_ORDER_MARK, safe

#: How a column is shown. Shares between 0 and 1 leave as percent, rounded once as on the page; the head of their column says so.
TEXT, COUNT, SHARE, DAY = "text", "count", "share", "day"
_FORMATS = {TEXT: {}, COUNT: {"num_format": "#,##0"}, SHARE: {"num_format": "0.00"}, DAY: {"num_format": "dd/mm/yyyy"}}
_WIDEST = 60  # letters
#: The media type of a workbook.
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Sheet:
    """One table: its name (at most 31 letters, Excel's limit), the heads of its columns each with its kind, and its rows."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]


def as_csv(sheet: Sheet) -> bytes:
    """UTF-8 with the mark by which Excel knows Vietnamese letters; nothing that a spreadsheet would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([head for head, _ in sheet.columns])
    writer.writerows([[safe(cell) for cell in row] for row in _rounded(sheet)])
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def as_xlsx(sheets: Sequence[Sheet], *, title: str, facts: Sequence[tuple[str, str]]) -> bytes:
    """A workbook whose first sheet says what the numbers are: wave, mode, revision, and whether they are simulated."""
    out = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, **never}) as book:
        book.set_properties({"title": title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the same content gives the same file
        bold = book.add_format({"bold": True})
        front = book.add_worksheet("SIPAS")
        front.write_string(0, 0, title, bold)
        for place, (name, value) in enumerate(facts, start=2):
            front.write_string(place, 0, name)
            front.write_string(place, 1, value)
        front.set_column(0, 0, 28)
        front.set_column(1, 1, _WIDEST)
        for sheet in sheets:
            _write(book, sheet, bold)
    return out.getvalue()


def _rounded(sheet: Sheet) -> list[list[Any]]:
    kinds = [kind for _, kind in sheet.columns]
    return [
        [percent_half_up(cell) if kind == SHARE and cell is not None else cell for cell, kind in zip(row, kinds, strict=True)]
        for row in sheet.rows
    ]


def _write(book: Any, sheet: Sheet, bold: Any) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 1)
    rows = _rounded(sheet)
    for place, (head, kind) in enumerate(sheet.columns):
        page.write_string(0, place, head, bold)
        cells = [row[place] for row in rows]
        longest = max((len(str(cell)) for cell in cells if isinstance(cell, str)), default=8)
        page.set_column(place, place, min(max(len(head), longest) + 2, _WIDEST), book.add_format(_FORMATS[kind]))
        for line, cell in enumerate(cells, start=1):
            _put(page, line, place, cell)


def _put(page: Any, line: int, place: int, cell: Any) -> None:
    if isinstance(cell, date):
        page.write_datetime(line, place, datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - a day has no zone
    elif isinstance(cell, str):
        page.write_string(line, place, cell)
    elif cell is not None:
        page.write_number(line, place, cell)
