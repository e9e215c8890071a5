"""Read a CSV or Parquet file with one row per respondent, some rows at a time; whatever is wrong is refused with its place."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from survey.errors import Invalid
from survey.services.csv_records import records_of

Cell = TypeVar("Cell")
Codes = NDArray[np.int64]
#: Told how much of the file has been read, 0 to 1.
Progress = Callable[[float], object]
#: Rows that are held at a time.
CHUNK_ROWS = 50_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class WrongCell(Exception):
    """A cell that cannot be used: what is wrong with it."""


class Column(NamedTuple):
    """The column's distinct texts in the order in which they appear, and which of them each row holds."""

    codes: Codes
    texts: list[str]


@dataclass(frozen=True)
class Respondents:
    """The chosen columns of some rows of the file, and where each row stands: on which line of a CSV file, or as which row."""

    file: str
    columns: dict[str, Column]
    places: Sequence[int]
    place: str = "line"

    @property
    def count(self) -> int:
        return len(self.places)

    def where(self, row: int) -> str:
        return f"{self.file}, {self.place} {self.places[row]}"

    def coded(self, column: str, parse: Callable[[str], Cell]) -> tuple[Codes, list[Cell]]:
        """Which value each row holds, and the values: each distinct text is parsed once."""
        codes, texts = self.columns[column]
        values = []
        for code, text in enumerate(texts):
            try:
                values.append(parse(text.strip()))
            except WrongCell as wrong:
                raise Invalid(f"{self.where(int((codes == code).argmax()))}, column {column}: {wrong}") from wrong
        return codes, values

    def cells(self, column: str, parse: Callable[[str], Cell]) -> list[Cell]:
        """The column's cells, parsed."""
        codes, values = self.coded(column, parse)
        return [values[code] for code in codes.tolist()]


@dataclass(frozen=True)
class RespondentFile:
    """An open file: its columns, and a way through its rows that can be gone once."""

    name: str
    top: str
    header: tuple[str, ...]
    read: Callable[[tuple[str, ...]], Iterator[Respondents]]

    def chunks(self, columns: Iterable[str]) -> Iterator[Respondents]:
        """The chosen columns, `CHUNK_ROWS` at a time; at least one row."""
        wanted = tuple(dict.fromkeys(columns))
        for column in wanted:
            if column not in self.header:
                near = get_close_matches(column, self.header, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"the file has {', '.join(self.header[:40])}"
                raise Invalid(f"{self.top}: column {column!r} is missing; {hint}")
        return self.read(wanted)


@contextmanager
def respondent_file(path: Path, *, progress: Progress | None = None) -> Iterator[RespondentFile]:
    """Open a file of respondents: Parquet if it is named so, else CSV (UTF-8, a header, commas)."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path}: cannot be read: {error.strerror}; check the name and the permissions") from error
    with stream:
        yield (_parquet if path.suffix.lower() == ".parquet" else _csv)(path.name, stream, progress or (lambda _share: None))


def _csv(name: str, stream: BinaryIO, progress: Progress) -> RespondentFile:
    records = records_of(name, _refuse_blank(name, _lines(name, stream)))
    _, header_cells = next(records)
    header = tuple(cell.strip() for cell in header_cells)
    _refuse_header(name, header)
    first = next(records, None)
    if first is None:
        raise Invalid(f"{name}, line 2: no rows below the header; each respondent needs one")
    size = os.fstat(stream.fileno()).st_size

    def read(wanted: tuple[str, ...]) -> Iterator[Respondents]:
        rest = chain([first], records)
        while chunk := list(islice(rest, CHUNK_ROWS)):
            yield _respondents(name, header, wanted, chunk)
            if size:  # a pipe has none
                progress(stream.tell() / size)

    return RespondentFile(name, f"{name}, line 1", header, read)


def _respondents(name: str, header: tuple[str, ...], wanted: tuple[str, ...], records: Sequence[tuple[int, list[str]]]) -> Respondents:
    for line, cells in records:
        if len(cells) != len(header):
            raise Invalid(f"{name}, line {line}: {len(cells)} cells where the header has {len(header)}; check commas and quotes")
    rows = [cells for _, cells in records]
    columns = {column: _column(list(map(itemgetter(header.index(column)), rows))) for column in wanted}
    return Respondents(name, columns, [line for line, _ in records])


def _column(texts: list[str]) -> Column:
    code = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return Column(np.fromiter(map(code.__getitem__, texts), dtype=np.int64, count=len(texts)), list(code))


def _lines(name: str, stream: Iterable[bytes]) -> Iterator[str]:
    """The lines with their ends, as a text file opened with newline="" gives them."""
    for number, raw in enumerate(stream, start=1):
        text = _decoded(name, number, raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw)
        if "\r" in text[:-2]:
            yield from io.StringIO(text, newline="")
        else:
            yield text


def _decoded(name: str, line: int, raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{name}, line {line}, byte {error.start + 1}: not UTF-8; save the file as CSV UTF-8") from error
    if "\0" in text:
        raise Invalid(f"{name}, line {line}: holds a NUL byte; the file is damaged or no text; save it as CSV UTF-8")
    return text


def _refuse_blank(name: str, lines: Iterator[str]) -> Iterator[str]:
    """The lines, if any of them holds something."""
    blank = []
    for line in lines:
        blank.append(line)
        if line.strip():
            return chain(blank, lines)
    raise Invalid(f"{name}, line 1: the file is empty; the first line must name the columns")


def _refuse_header(name: str, header: tuple[str, ...]) -> None:
    twice = _twice(header)
    if twice is not None:
        raise Invalid(f"{name}, line 1: column {twice!r} appears twice; rename or remove one")
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise Invalid(f"{name}, line 1: the cells are not separated by commas; save the file as CSV with commas")


def _twice(header: tuple[str, ...]) -> str | None:
    return next((column for column in dict.fromkeys(header) if column and header.count(column) > 1), None)


def _parquet(name: str, stream: BinaryIO, progress: Progress) -> RespondentFile:
    arrow, parquet = _arrow(name)
    try:
        file = parquet.ParquetFile(stream)
    except (OSError, arrow.ArrowException) as error:
        raise Invalid(f"{name}: cannot be read as Parquet: {error}; write it anew") from error
    header, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    if _twice(header) is not None:
        raise Invalid(f"{name}: column {_twice(header)!r} appears twice; rename or remove one")
    if not rows:
        raise Invalid(f"{name}: no rows; each respondent needs one")

    def read(wanted: tuple[str, ...]) -> Iterator[Respondents]:
        start = 1
        try:
            for batch in file.iter_batches(batch_size=CHUNK_ROWS, columns=list(wanted)):
                columns = {column: _texts(batch.column(column), arrow) for column in wanted}
                yield Respondents(name, columns, range(start, start + batch.num_rows), place="row")
                start += batch.num_rows
                progress((start - 1) / rows)
        except (OSError, arrow.ArrowException) as error:
            raise Invalid(f"{name}: cannot be read as Parquet after row {start - 1}: {error}; write it anew") from error

    return RespondentFile(name, name, header, read)


def _arrow(name: str) -> tuple[Any, Any]:
    """pyarrow, which only Parquet files need."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise Invalid(f"{name}: Parquet files need the package pyarrow; install it, or save the file as CSV") from error


def _texts(column: Any, arrow: Any) -> Column:
    """The cells as a CSV file would hold them; nothing, and what is no number, as an empty cell."""
    if arrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.dictionary_encode(null_encoding="encode")
    texts = ["" if value is None or value != value else str(value) for value in encoded.dictionary.to_pylist()]  # noqa: PLR0124
    return Column(encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts)
