"""The five tables of a questionnaire version, from a folder, a ZIP file or an Excel workbook; all that is wrong is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from survey.errors import Invalid
from survey.services.read_sheets import LARGEST_FILE, read_csv, read_rows
from survey.services.read_table import Table
from survey.services.read_workbook import Sheet, read_workbook, unpack
from survey.services.row_problems import RowProblem, RowsRefused

#: The tables with the columns that each must have. They are called like their files without `.csv`, and like their sheets.
TABLES: Mapping[str, tuple[str, ...]] = {
    "questionnaire": ("code", "kind", "dimension", "text_vi", "most_choices", "asked_when", "asked_by_default"),
    "levels": ("rating", "text_vi"),
    "dimensions": ("code", "text_vi"),
    "answers": ("question", "code", "text_vi"),
    "short_forms": ("variant",),
}
TEXT = "text_"
#: Only a workbook has this part.
_OF_A_WORKBOOK = "[Content_Types].xml"

Found = tuple[Mapping[str, Table], tuple[RowProblem, ...]]
Sheets = Mapping[str, Sheet]


def tables_of_folder(folder: Path) -> Found:
    """The tables in the CSV files of `folder`, and what is wrong with those that are left out."""
    if not folder.is_dir():
        raise Invalid(f"{folder}: cannot be read: there is no such folder")
    contents: dict[str, bytes] = {}
    problems: list[RowProblem] = []
    for name in TABLES:
        try:
            contents[name] = (folder / f"{name}.csv").read_bytes()
        except FileNotFoundError:
            problems.append(_missing(f"{folder}", name, suffix=".csv"))
        except OSError as error:
            raise Invalid(f"{name}.csv: cannot be read from {folder}: {error.strerror}") from error
    return _tables(*_csv_sheets(contents, problems))


def tables_of_upload(name: str, content: bytes) -> Found:
    """The tables in a file that somebody sends: a ZIP of the CSV files, wherever in it they lie, or a workbook with a sheet for each."""
    if len(content) > LARGEST_FILE:
        raise RowsRefused([RowProblem(name, 0, "too_large")])
    with unpack(content, RowProblem(name, 0, "not_packed")) as archive:
        members = None if _OF_A_WORKBOOK in archive.namelist() else _members(name, archive)
    return _tables(*(_workbook_sheets(name, content) if members is None else _csv_sheets(*members)))


def _members(name: str, archive: ZipFile) -> tuple[dict[str, bytes], list[RowProblem]]:
    members = {PurePosixPath(info.filename).name: info for info in archive.infolist() if not info.is_dir()}
    wanted = {table: members[f"{table}.csv"] for table in TABLES if f"{table}.csv" in members}
    if sum(info.file_size for info in wanted.values()) > LARGEST_FILE:
        raise RowsRefused([RowProblem(name, 0, "too_large")])
    missing = [_missing(name, table, suffix=".csv") for table in TABLES if table not in wanted]
    return {table: archive.read(info) for table, info in wanted.items()}, missing


def _csv_sheets(contents: Mapping[str, bytes], problems: list[RowProblem]) -> tuple[Sheets, list[RowProblem]]:
    sheets = {}
    for table, content in contents.items():
        try:
            sheets[table] = read_csv(f"{table}.csv", content)
        except RowsRefused as refused:
            problems += refused.problems
    return sheets, problems


def _workbook_sheets(name: str, content: bytes) -> tuple[Sheets, list[RowProblem]]:
    sheets = {sheet.title.strip().casefold(): sheet for sheet in read_workbook(name, content)}
    return {table: sheets[table] for table in TABLES if table in sheets}, [_missing(name, table) for table in TABLES if table not in sheets]


def _missing(file: str, table: str, *, suffix: str = "") -> RowProblem:
    return RowProblem(file, 0, "missing_table", value=f"{table}{suffix}", other=", ".join(f"{one}{suffix}" for one in TABLES))


def _tables(sheets: Sheets, problems: list[RowProblem]) -> Found:
    tables = {}
    for name, sheet in sheets.items():
        found = _table(name, sheet)
        if isinstance(found, Table):
            tables[name] = found
        else:
            problems += found
    return tables, tuple(problems)


def _table(name: str, sheet: Sheet) -> Table | list[RowProblem]:
    if not sheet.rows:
        return list(sheet.merged) or [RowProblem(sheet.name, 1, "empty_file")]
    header = sheet.rows[0][1]
    more = [column for column in header if column.startswith(TEXT) or (name == "short_forms" and column)]
    columns = tuple(dict.fromkeys([*TABLES[name], *more]))
    rows, problems = read_rows(sheet, header, columns)
    if not rows and not problems:
        problems = [RowProblem(sheet.name, 2, "no_rows")]
    return problems or Table(sheet.name, columns, rows)
