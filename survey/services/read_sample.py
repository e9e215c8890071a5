"""Read a CSV or Parquet file with one row per respondent into what `analysis` takes: totals, design and groups."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from analysis import AnalysisError, Measures, UnitTotals
from survey.errors import Invalid
from survey.services.collect_sample import Groups, Units
from survey.services.read_questionnaire import read_questionnaire
from survey.services.read_respondents import Progress, RespondentFile, Respondents, respondent_file
from survey.services.read_table import read_table
from survey.services.sample import Columns, Sample
from survey.services.sample_cells import label, positive_number, ratings_of

DEFAULT_QUESTIONNAIRE = "sipas-2017"


def read_sample(
    path: Path, *, columns: Columns, questionnaire: str | None = None, items: Path | None = None, progress: Progress | None = None
) -> Sample:
    """The file as `analysis` takes it; arguments and errors as `analyse_file`."""
    with respondent_file(path, progress=progress) as file:
        measures = _measures(file, questionnaire=questionnaire, items=items)
        chunks = file.chunks((*columns.named, *measures.rated))
        first, second = next(chunks), next(chunks, None)
        alone = _rows(first, columns, measures)
        if second is None:
            return alone
        alone.design()  # what is wrong with the design in the first rows is wrong with all, and soon told
        add = Units(columns, measures) if columns.clusters else Groups(columns, measures)
        for chunk in chain([first, second], chunks):
            add(chunk)
        return add.sample()


def _rows(data: Respondents, columns: Columns, measures: Measures) -> Sample:
    """Each respondent by itself."""
    return Sample(
        columns,
        measures,
        UnitTotals.from_ratings(measures, ratings_of(data, measures)),
        list(zip(*(data.cells(column, str) for column in columns.by), strict=True)) if columns.by else [()] * data.count,
        clusters=tuple(data.cells(name, label) for name in columns.clusters),
        fpc=tuple(data.cells(name, positive_number) for name in columns.fpc),
        strata=data.cells(columns.strata, label) if columns.strata else None,
        weights=data.cells(columns.weight, positive_number) if columns.weight else None,
        where=data.where,
    )


def _measures(file: RespondentFile, *, questionnaire: str | None, items: Path | None) -> Measures:
    if items is not None:
        table = read_table(items, columns=("item", "dimension"))
        dimension_of = {row.needed("item"): row.needed("dimension") for row in table.rows}
        if len(dimension_of) < len(table.rows):
            raise Invalid(f"{items.name}: an item appears twice; give each one row")
        return _usable(items.name, dimension_of)
    known = read_questionnaire(questionnaire or DEFAULT_QUESTIONNAIRE)
    missing = [code for code in known.dimension_of if code not in file.header]
    if missing and questionnaire is None:
        reason = f"column {missing[0]!r} of the default questionnaire {DEFAULT_QUESTIONNAIRE} is missing"
        raise Invalid(f"{file.top}: {reason}; name another with --questionnaire, or describe the criteria with --items")
    general = (known.general.code,) if known.general.code in file.header else ()
    return Measures.of(known.dimension_of, general=general)


def _usable(name: str, dimension_of: dict[str, str]) -> Measures:
    try:
        return Measures.of(dimension_of)
    except AnalysisError as error:
        raise Invalid(f"{name}: {error.got}; items and dimensions need different names, and ALL is taken") from error
