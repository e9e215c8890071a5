"""The records of a CSV text, each with its line in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from survey.errors import Invalid


def csv_records(name: str, text: str) -> list[tuple[int, list[str]]]:
    """Each record with the line on which it begins; empty lines are passed over. `Invalid` where the quotes do not close."""
    return list(records_of(name, io.StringIO(text, newline="")))


def records_of(name: str, lines: Iterable[str], *, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The same one by one, from lines with their ends: a file larger than the memory can be read."""
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"{name}, line {line}: not CSV: {error}; check the quotes") from error
