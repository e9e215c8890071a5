"""Read a CSV file with one row per respondent by columns; whatever is wrong is refused with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from survey.errors import Invalid
from survey.services.csv_records import csv_records

Cell = TypeVar("Cell")


class WrongCell(Exception):
    """A cell that cannot be used: what is wrong with it."""


@dataclass(frozen=True)
class Respondents:
    """The chosen columns of the file, and the line on which each row begins."""

    file: str
    columns: dict[str, tuple[str, ...]]
    lines: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.lines)

    def cells(self, column: str, parse: Callable[[str], Cell]) -> list[Cell]:
        """The column's cells, parsed; each distinct text once."""
        texts = self.columns[column]
        parsed: dict[str, Cell] = {}
        for text in dict.fromkeys(texts):
            try:
                parsed[text] = parse(text.strip())
            except WrongCell as wrong:
                raise Invalid(f"{self.file}, line {self.lines[texts.index(text)]}, column {column}: {wrong}") from wrong
        return [parsed[text] for text in texts]


@dataclass(frozen=True)
class RespondentFile:
    name: str
    header: tuple[str, ...]
    records: tuple[tuple[int, list[str]], ...]

    @classmethod
    def read(cls, path: Path) -> RespondentFile:
        name = path.name
        records = csv_records(name, _text(path))
        header = tuple(cell.strip() for cell in records[0][1])
        _refuse_header(name, header)
        if len(records) == 1:
            raise Invalid(f"{name}, line 2: no rows below the header; each respondent needs one")
        return cls(name, header, tuple(records[1:]))

    def select(self, columns: Iterable[str]) -> Respondents:
        wanted = tuple(dict.fromkeys(columns))
        for column in wanted:
            if column not in self.header:
                near = get_close_matches(column, self.header, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"the file has {', '.join(self.header[:40])}"
                raise Invalid(f"{self.name}, line 1: column {column!r} is missing; {hint}")
        for line, cells in self.records:
            if len(cells) != len(self.header):
                raise Invalid(
                    f"{self.name}, line {line}: {len(cells)} cells where the header has {len(self.header)}; check commas and quotes"
                )
        place = {column: self.header.index(column) for column in wanted}
        cells_of = {column: tuple(map(itemgetter(i), (cells for _, cells in self.records))) for column, i in place.items()}
        return Respondents(self.name, cells_of, tuple(line for line, _ in self.records))


def _refuse_header(name: str, header: tuple[str, ...]) -> None:
    twice = [column for column in dict.fromkeys(header) if column and header.count(column) > 1]
    if twice:
        raise Invalid(f"{name}, line 1: column {twice[0]!r} appears twice; rename or remove one")
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise Invalid(f"{name}, line 1: the cells are not separated by commas; save the file as CSV with commas")


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path}: cannot be read: {error.strerror}; check the name and the permissions") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = raw.rfind(b"\n", 0, error.start) + 1
        line, byte = raw.count(b"\n", 0, error.start) + 1, error.start - start + 1
        raise Invalid(f"{path.name}, line {line}, byte {byte}: not UTF-8; save the file as CSV UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Invalid(f"{path.name}, line {line}: holds a NUL byte; the file is damaged or no text; save it as CSV UTF-8")
    if not text.strip():
        raise Invalid(f"{path.name}, line 1: the file is empty; the first line must name the columns")
    return text
