"""`sipas analyse`: the index with its interval, from a CSV file or from a wave in the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import click

Row = dict[str, Any]
METHODS = ("wilson", "wilson_direct", "linear", "logit", "beta")
RULES = ("pooled", "criteria", "dimensions")
#: Options that describe a file; a wave knows its own design and its own parameters.
OF_A_FILE = ("by", "strata", "clusters", "fpc", "weight", "questionnaire", "items", "method", "confidence_level")
WHOLE = "The whole"


def _names(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """COL[,COL]; an empty or repeated name is refused."""
    names = tuple(name.strip() for name in value.split(",")) if value is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise click.BadParameter(f"{value!r} must be column names, each once, with commas between")
    return names


def _confidence_level(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value < 1:
        raise click.BadParameter(f"{value:g} must be between 0 and 1, such as 0.95")
    return value


@click.command("analyse")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--wave", metavar="CODE", help="Analyse a wave of the database instead of FILE.")
@click.option("--by", metavar="COL[,COL]", callback=_names, help="Estimate also for each group of these columns.")
@click.option("--strata", metavar="COL", help="Strata of the sample.")
@click.option(
    "--cluster", "clusters", metavar="COL[,COL]", callback=_names, help="Sampling units, first stage first; else each row is one."
)
@click.option(
    "--fpc", metavar="COL[,COL]", callback=_names, help="For each stage the size of the population (above 1) or the share sampled."
)
@click.option("--weight", metavar="COL", help="Sampling weight of the respondent.")
@click.option("--questionnaire", metavar="CODE", help="Whose criteria the columns are; sipas-2017 when not given.")
@click.option(
    "--items", type=click.Path(path_type=Path), metavar="ITEMS.csv", help="Criteria of no known questionnaire: columns item, dimension."
)
@click.option("--rule", type=click.Choice(RULES), default=RULES[0], show_default=True, help="How answers become one number.")
@click.option("--confidence-level", type=float, default=0.95, show_default=True, callback=_confidence_level)
@click.option("--interval", "method", type=click.Choice(METHODS), default=METHODS[0], show_default=True, help="Method of the interval.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(file: Path | None, wave: str | None, format_: str, **options: Any) -> None:
    """Estimate the index of every criterion, of every dimension and of the whole.

    FILE is a CSV file (UTF-8) or a Parquet file with one row per respondent and one column per criterion, holding 1 to 5 or nothing.
    Without --strata and --cluster each respondent is a sampling unit. ITEMS.csv has the columns item and dimension.
    """
    if (file is None) == (wave is None):
        raise click.UsageError("Give either FILE or --wave CODE.")
    rows = _of_file(file, **options) if file is not None else _of_wave(click.get_current_context(), str(wave), rule=options["rule"])
    click.echo({"table": _table, "json": _json, "csv": _csv}[format_](rows), nl=False)


def _of_file(file: Path, **options: Any) -> list[Row]:
    from survey.services.analyse_file import analyse_file
    from survey.services.read_sample import Columns

    if options["questionnaire"] is not None and options["items"] is not None:
        raise click.UsageError("Give either --questionnaire or --items.")
    columns = {name: options.pop(name) for name in ("by", "strata", "clusters", "fpc", "weight")}
    with _bar(file) as progress:
        return analyse_file(file, columns=Columns(**columns), progress=progress, **options)


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[float], object]]:
    """How much of the file is read: on a terminal, once it takes over a second."""
    from tqdm import tqdm

    with tqdm(
        total=100, desc=file.name, bar_format="{desc}: {percentage:3.0f}% |{bar}| {remaining}", delay=1, leave=False, disable=None
    ) as bar:
        yield lambda share: bar.update(100 * share - bar.n)


def _of_wave(ctx: click.Context, wave: str, *, rule: str) -> list[Row]:
    for name in OF_A_FILE:
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            option = next(parameter.opts[0] for parameter in ctx.command.params if parameter.name == name)
            raise click.UsageError(f"{option} goes with FILE, not with --wave.")
    from survey.cli.session import open_session
    from survey.services.analyse_file import rows_under
    from survey.services.analyse_wave import analyse_wave
    from survey.settings import today

    with open_session() as session:
        return rows_under(rule, analyse_wave(session, wave, today=today()))


def _json(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _csv(rows: Sequence[Row]) -> str:
    """One column by_<name> for each column of --by; empty where there is no value."""
    by = list(dict.fromkeys(name for row in rows for name in row["by"]))
    names = [name for name in (rows[0] if rows else ()) if name != "by"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"by_{name}" for name in by] + names)
    writer.writerows([row["by"].get(name) for name in by] + [row[name] for name in names] for row in rows)
    return out.getvalue()


def _table(rows: Sequence[Row]) -> str:
    """A block of lines for each group. Percentages are rounded half up, once, here."""
    lines: list[str] = []
    for by, group in groupby(rows, key=lambda row: row["by"]):
        lines += [", ".join(f"{name} = {value or '(empty)'}" for name, value in by.items()) or WHOLE, *_block(group), ""]
    return "\n".join(lines)


def _block(rows: Iterable[Row]) -> list[str]:
    header = ("level", "key", "rule", "index %", "interval %", "people", "answers", "units", "remark")
    cells = [header, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  " + "  ".join(_padded(line, widths)).rstrip() for line in cells]


def _cells(row: Row) -> tuple[str, ...]:
    interval = f"{_percent(row['ci_low'])} - {_percent(row['ci_high'])}" if row["ci_low"] is not None else "-"
    counts = (str(row[name]) for name in ("respondents", "answers", "units"))
    return (row["level"], row["key"], row["rule"], _percent(row["index"]), interval, *counts, (row["why"] or "").replace("_", " "))


def _padded(line: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    """Words to the left, numbers to the right."""
    numbers = range(3, 8)
    return (cell.rjust(width) if i in numbers else cell.ljust(width) for i, (cell, width) in enumerate(zip(line, widths, strict=True)))


def _percent(share: float | None) -> str:
    from analysis import percent_half_up

    return "-" if share is None else str(percent_half_up(share))


#: The name by which tests and readers know the command.
analyse = command
