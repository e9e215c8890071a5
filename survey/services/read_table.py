"""Read a small CSV table of the project's own data; whatever is wrong is refused with file, line and reason."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from survey.errors import Invalid
from survey.services.csv_records import csv_records

#: Characters that nobody types and no table holds.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REFUSED = {
    "empty_file": "the file is empty",
    "not_utf8": "not UTF-8; save the file as CSV UTF-8",
    "control": "holds the control character {}",
}


class NotText(Exception):
    """What keeps bytes from being the text of a table, and on which line: ``empty_file``, ``not_utf8`` or ``control`` (`value`: which)."""

    def __init__(self, what: str, line: int, value: str = "") -> None:
        super().__init__(what, line, value)
        self.what, self.line, self.value = what, line, value


def text_of(content: bytes) -> str:
    """The text of a CSV file: UTF-8, with or without a byte order mark, in Unicode's composed form (NFC). Else `NotText`."""
    if not content.strip():
        raise NotText("empty_file", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText("not_utf8", content.count(b"\n", 0, error.start) + 1) from error
    if control := CONTROL.search(text):
        raise NotText("control", text.count("\n", 0, control.start()) + 1, control_name(control))
    return unicodedata.normalize("NFC", text)


def control_name(control: re.Match[str]) -> str:
    """As Unicode numbers it: U+0007."""
    return f"U+{ord(control[0]):04X}"


@dataclass(frozen=True)
class Row:
    """One record: where it stands and its cells by column, trimmed and in Unicode's composed form (NFC)."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def refused(self, reason: str) -> Invalid:
        return Invalid(f"{self.file}, line {self.line}: {reason}")

    def needed(self, column: str) -> str:
        """The cell, refused when empty."""
        if not self.cells[column]:
            raise self.refused(f"{column} is empty")
        return self.cells[column]

    def whole_number(self, column: str, *, least: int, most: int) -> int:
        text = self.needed(column)
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise self.refused(f"{column} must be a whole number from {least} to {most}, not {text!r}")
        return int(text)


@dataclass(frozen=True)
class Table:
    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, *, columns: tuple[str, ...]) -> Table:
    """The table in the CSV file `path`, which must have `columns` and may have more.

    Raises
    ------
    Invalid
        The file is missing, empty, not UTF-8, holds control characters, lacks or repeats a column, or a row has another number of cells.
    """
    records = csv_records(path.name, _text(path))
    header = _header(path.name, records[0][1], columns)
    rows = tuple(_row(path.name, line, header, cells) for line, cells in records[1:])
    if not rows:
        raise Invalid(f"{path.name}, line 2: no rows below the header")
    return Table(path.name, header, rows)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path.name}: cannot be read from {path.parent}: {error.strerror}") from error
    try:
        return text_of(raw)
    except NotText as error:
        raise Invalid(f"{path.name}, line {error.line}: {_REFUSED[error.what].format(error.value)}") from error


def _header(file: str, cells: list[str], columns: tuple[str, ...]) -> tuple[str, ...]:
    header = tuple(cell.strip() for cell in cells)
    if missing := [column for column in columns if column not in header]:
        raise Invalid(f"{file}, line 1: column {', '.join(missing)} is missing")
    if len(set(header)) < len(header):
        raise Invalid(f"{file}, line 1: a column appears twice")
    return header


def _row(file: str, line: int, header: tuple[str, ...], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise Invalid(f"{file}, line {line}: {len(cells)} cells where the header has {len(header)}")
    return Row(file, line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})
