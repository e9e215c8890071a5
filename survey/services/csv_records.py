"""The records of a CSV text, each with its line in the file."""

from __future__ import annotations

import csv
import io

from survey.errors import Invalid


def csv_records(name: str, text: str) -> list[tuple[int, list[str]]]:
    """Each record with the line on which it begins; empty lines are passed over. `Invalid` where the quotes do not close."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"{name}, line {line}: not CSV: {error}; check the quotes") from error
    return records
