"""`sipas analyse`: the index with its interval, comparisons, ranks and changes, from a CSV file or from a wave in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from survey.cli.analyse_output import as_csv, as_json, as_table

Row = dict[str, Any]
METHODS = ("wilson", "wilson_direct", "linear", "logit", "beta")
RULES = ("pooled", "criteria", "dimensions")
#: Options that describe a file; a wave knows its own design and its own parameters.
OF_A_FILE = ("by", "strata", "clusters", "fpc", "weight", "questionnaire", "items", "method", "confidence_level")
#: What is asked for beyond the estimates, also of a file only.
FURTHER = ("compare", "ranks", "best", "seed", "waves", "breaks")


def _names(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """COL[,COL]; an empty or repeated name is refused."""
    names = tuple(name.strip() for name in value.split(",")) if value is not None else ()
    if not all(names) or len(set(names)) < len(names):
        raise click.BadParameter(f"{value!r} must be names, each once, with commas between")
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
@click.option("--compare", is_flag=True, help="Compare the groups of --by: with the whole, with each other, in the funnel.")
@click.option("--ranks", is_flag=True, help="Give the ranks that each group of --by may truly have; from 30 respondents on.")
@click.option("--best", type=click.IntRange(min=1), default=3, show_default=True, metavar="K", help="With --ranks: who may be among the K.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="With --ranks: the seed of its draws.")
@click.option("--waves", metavar="COL", help="Follow the whole and each group over the waves that this column tells.")
@click.option(
    "--breaks", metavar="LABEL[,LABEL]", callback=_names, help="With --waves: the waves that begin a new method; nothing joins across."
)
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
def command(file: Path | None, wave: str | None, format_: str, **options: Any) -> None:
    """Estimate the index of every criterion, of every dimension and of the whole.

    FILE is a CSV file (UTF-8) or a Parquet file with one row per respondent and one column per criterion, holding 1 to 5 or nothing.
    Without --strata and --cluster each respondent is a sampling unit. ITEMS.csv has the columns item and dimension.
    What --compare, --ranks and --waves add, and how to read it, is told in docs/guide/analysis.md.
    """
    if (file is None) == (wave is None):
        raise click.UsageError("Give either FILE or --wave CODE.")
    rows = _of_file(file, **options) if file is not None else _of_wave(click.get_current_context(), str(wave), rule=options["rule"])
    click.echo({"table": as_table, "json": as_json, "csv": as_csv}[format_](rows), nl=False)


def _of_file(file: Path, **options: Any) -> list[Row]:
    from survey.services.analyse_file import Further, analyse_file
    from survey.services.sample import Columns

    if options["questionnaire"] is not None and options["items"] is not None:
        raise click.UsageError("Give either --questionnaire or --items.")
    for name in ("best", "seed"):
        if not options["ranks"] and _is_given(name):
            raise click.UsageError(f"--{name} goes with --ranks.")
    columns = Columns(**{name: options.pop(name) for name in ("by", "strata", "clusters", "fpc", "weight")})
    further = Further(**{name: options.pop(name) for name in FURTHER})
    with _bars(file) as (progress, each):
        return analyse_file(file, columns=columns, further=further, progress=progress, each=each, **options)


Bars = tuple[Callable[[float], object], Callable[[str], Callable[[Iterable[int]], Iterable[int]]]]


@contextmanager
def _bars(file: Path) -> Iterator[Bars]:
    """How much of the file is read, then how far each work has come: on a terminal, once it takes over a second."""
    from tqdm import tqdm

    shown: dict[str, Any] = {"delay": 1, "leave": False, "disable": None}
    with tqdm(total=100, desc=file.name, bar_format="{desc}: {percentage:3.0f}% |{bar}| {remaining}", **shown) as bar:

        def each(work: str) -> Callable[[Iterable[int]], Iterable[int]]:
            bar.close()
            return lambda steps: tqdm(steps, desc=work, **shown)

        yield lambda share: bar.update(100 * share - bar.n), each


def _is_given(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def _of_wave(ctx: click.Context, wave: str, *, rule: str) -> list[Row]:
    for name in (*OF_A_FILE, *FURTHER):
        if _is_given(name):
            option = next(parameter.opts[0] for parameter in ctx.command.params if parameter.name == name)
            raise click.UsageError(f"{option} goes with FILE, not with --wave.")
    from survey.cli.session import open_session
    from survey.services.analyse_file import rows_under
    from survey.services.analyse_wave import analyse_wave
    from survey.settings import today

    with open_session() as session:
        return rows_under(rule, analyse_wave(session, wave, today=today()))


#: The name by which tests and readers know the command.
analyse = command
