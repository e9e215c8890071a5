"""Read the cells of an Excel workbook as texts, and say where they are none: formulas, errors, merged cells."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from lzma import LZMAError
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from survey.services.row_problems import RowProblem, RowsRefused

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet  # type: ignore[import-untyped]

#: A province is a few hundred rows. What unpacks to more than this is not one.
LARGEST_UNPACKED = 16 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 5000
MOST_COLUMNS = 50
#: In all sheets together: the empty ones above and left of a filled one cost memory too.
MOST_CELLS = 2 * MOST_ROWS * MOST_COLUMNS
#: What a broken, encrypted or strangely packed archive brings about, when it is opened or when a part is read.
_DAMAGED = (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error, LZMAError)


@dataclass(frozen=True)
class Sheet:
    """The filled rows of a sheet, each with its line, and what is wrong with single cells: column number to problem."""

    name: str
    rows: tuple[tuple[int, list[str]], ...]
    wrong: tuple[tuple[int, RowProblem], ...]
    merged: tuple[RowProblem, ...]
    title: str = ""  # the name of the sheet within its workbook


def read_workbook(name: str, content: bytes) -> list[Sheet]:
    """The sheets of the .xlsx file `content`. `RowsRefused` where it is none, or is made to be unpacked without end."""
    _refuse_bombs(name, content)
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what other programs put into a workbook beside its cells
        try:
            book = load_workbook(BytesIO(content), rich_text=False)
        except Exception as error:  # the library raises whatever it stumbles over
            raise RowsRefused([RowProblem(name, 1, "not_workbook")]) from error
    if sum(sheet.max_row * sheet.max_column for sheet in book.worksheets if not _reaches_far(sheet)) > MOST_CELLS:
        raise RowsRefused([RowProblem(name, 1, "too_large")])
    return [replace(_sheet(f"{name} ({sheet.title})", sheet), title=sheet.title) for sheet in book.worksheets]


@contextmanager
def unpack(content: bytes, refusal: RowProblem) -> Iterator[ZipFile]:
    """The archive `content`. Where it cannot be opened, or a part not be read, `RowsRefused` with `refusal`."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            yield archive
    except _DAMAGED as error:
        raise RowsRefused([refusal]) from error


def _refuse_bombs(name: str, content: bytes) -> None:
    """Before anything is parsed: how much it unpacks to, and that no part defines entities."""
    with unpack(content, RowProblem(name, 1, "not_workbook")) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise RowsRefused([RowProblem(name, 1, "too_large")])
        if any(b"<!DOCTYPE" in archive.read(part) for part in parts if part.filename.endswith((".xml", ".rels"))):
            raise RowsRefused([RowProblem(name, 1, "not_workbook")])


def _reaches_far(sheet: Worksheet) -> bool:
    return bool(sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS)


def _sheet(name: str, sheet: Worksheet) -> Sheet:
    if _reaches_far(sheet):
        return Sheet(name, (), (), (RowProblem(name, 1, "too_many_rows", value=str(sheet.max_row), other=str(MOST_ROWS)),))
    rows, wrong = [], []
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = []
        for place, cell in enumerate(cells):
            text, what = _text(cell)
            texts.append(text)
            if what:
                wrong.append((place, RowProblem(name, line, what, value=text)))
        if any(texts):
            rows.append((line, texts))
    merged = tuple(RowProblem(name, area.min_row, "merged", value=area.coord) for area in sheet.merged_cells.ranges)
    return Sheet(name, tuple(rows), tuple(wrong), merged)


def _text(cell: Any) -> tuple[str, str]:
    """The text of a cell, and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", ""
    for is_so, what in _WRONG:
        if is_so(cell):
            return str(value)[:80], what
    if isinstance(value, (date, datetime)):
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat(), ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _digits(int(value), str(cell.number_format)), ""
    return str(value).strip(), ""


_WRONG = (
    (lambda cell: cell.data_type == "f", "formula"),
    (lambda cell: cell.data_type == "e", "error"),
    (lambda cell: isinstance(cell.value, float) and not cell.value.is_integer(), "fraction"),
)


def _digits(number: int, number_format: str) -> str:
    """A number as the sheet shows it: 7 is 007 where the format is 000."""
    return str(number).zfill(len(number_format)) if re.fullmatch("0+", number_format) else str(number)
