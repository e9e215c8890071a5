"""`sipas import`: questionnaires, agencies and published figures from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from survey.errors import Invalid

if TYPE_CHECKING:
    from survey.domain.questionnaire import Questionnaire
    from survey.services.read_table import Row

_FILE = click.Path(path_type=Path)


@click.group("import")
def command() -> None:
    """Load questionnaires, agencies and published benchmarks.

    All of a command's files are stored or nothing is. The same files again change nothing.
    """


@command.command()
@click.argument("code_or_path")
def questionnaire(code_or_path: str) -> None:
    """Load the version CODE that comes with SIPAS, or one from a PATH: a folder of CSV files, a ZIP of them or a workbook (.xlsx).

    survey/questionnaires/README.md describes the tables. Everything that is wrong is told, and then nothing is
    loaded. A version that has been answered can no longer change.
    """
    from survey.cli.session import open_session
    from survey.services.import_questionnaire import import_questionnaire
    from survey.settings import today

    read = _read_questionnaire(code_or_path)
    with open_session() as session:
        import_questionnaire(session, read, today=today())
    click.echo(f"Questionnaire {read.code} is loaded: {len(read.dimensions)} dimensions, {len(read.criteria)} criteria.")


def _read_questionnaire(code_or_path: str) -> Questionnaire:
    """What looks like a path is one: a folder that is missing should not be called an unknown code."""
    from survey.services.read_questionnaire import read_questionnaire, read_questionnaire_file, read_questionnaire_folder

    path = Path(code_or_path)
    if path.is_file():
        return read_questionnaire_file(path.name, _content(path))
    return read_questionnaire_folder(path) if "/" in code_or_path or path.is_dir() else read_questionnaire(code_or_path)


@command.command()
@click.argument("file", type=_FILE)
@click.option("--desks", type=_FILE, metavar="FILE.csv", help="Desks: columns agency, name_vi, name_en.")
@click.option("--successions", type=_FILE, metavar="FILE.csv", help="Who followed whom: columns predecessor, successor, on.")
def agencies(file: Path, desks: Path | None, successions: Path | None) -> None:
    """Load agencies from FILE, a CSV file (UTF-8) or an Excel workbook (.xlsx), which may hold desks and successions too.

    Columns: code, kind, parent, name_vi, name_en, valid_from, valid_to. Dates as 2025-07-01; valid_to is empty while it lives.
    Each new desk gets an address at once; `sipas desk list` shows it. Everything that is wrong is told, and then nothing is loaded.
    """
    from survey.cli.session import open_session
    from survey.services.import_agencies import import_tables
    from survey.services.read_agency_file import AGENCIES, DESKS, SUCCESSIONS
    from survey.settings import today

    tables: dict[str, tuple[Row, ...]] = {}
    for path, table in ((file, AGENCIES), (desks, DESKS), (successions, SUCCESSIONS)):
        tables |= _tables(path, table) if path is not None else {}
    with open_session() as session:
        import_tables(session, tables, today=today())
    counts = [f"{len(tables.get(table, ()))} {table}" for table in (AGENCIES, DESKS, SUCCESSIONS)]
    click.echo(f"Loaded {', '.join(counts)}.")


def _tables(path: Path, table: str) -> dict[str, tuple[Row, ...]]:
    from survey.services.read_agency_file import read_agency_files

    return dict(read_agency_files([(path.name, _content(path))], table=table))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path.name}: cannot be read from {path.parent}: {error.strerror}") from error


@command.command()
@click.argument("file", type=_FILE)
def benchmarks(file: Path) -> None:
    """Load published figures from FILE: columns scope, year, measure, percent, method, source."""
    from survey.cli.session import open_session
    from survey.services.import_benchmarks import BENCHMARK_COLUMNS, import_benchmarks

    rows = _rows(file, BENCHMARK_COLUMNS)
    with open_session() as session:
        import_benchmarks(session, rows)
    click.echo(f"Loaded {len(rows)} benchmarks.")


def _rows(file: Path | None, columns: tuple[str, ...]) -> tuple[Row, ...]:
    from survey.services.read_table import read_table

    return read_table(file, columns=columns).rows if file is not None else ()
