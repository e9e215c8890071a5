"""Estimate the index from a CSV file with one row per respondent: read, check, and hand arrays to `analysis`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite, nan
from operator import itemgetter
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from analysis import DEFAULT_METHOD, AnalysisError, Design, Domains, Estimate, Measures, Method, UnitTotals, score
from survey.errors import Invalid
from survey.services.read_questionnaire import read_questionnaire
from survey.services.read_respondents import RespondentFile, Respondents, WrongCell
from survey.services.read_table import read_table

DEFAULT_QUESTIONNAIRE = "sipas-2017"
RULES = ("pooled", "criteria", "dimensions")
#: What each rule of the command line shows of each level; a level that is not named shows its pooled answers.
_SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "pooled": {},
    "criteria": {"dimension": ("criteria",), "overall": ("criteria",)},
    "dimensions": {"overall": ("dimensions", "dimensions_of_criteria")},
}
_ORDER = ("overall", "dimension", "criterion", "general")
#: A rating as programs write it; a program that knows no whole numbers writes 4.0.
_RATINGS = {"": nan} | {f"{rating}{tail}": float(rating) for rating in range(1, 6) for tail in ("", ".0")}
_MEND = {
    "clusters": "a unit lies in one stratum; make the names unique, for example stratum and unit together",
    "fpc": "it must be a number that is the same in the whole stratum and no smaller than the units sampled there",
    "weights": "a weight must be a number above 0",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Columns:
    """Which columns of the file say how it was sampled and what to split by."""

    by: tuple[str, ...] = ()
    strata: str | None = None
    clusters: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    weight: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        single = (name for name in (self.strata, self.weight) if name is not None)
        return (*self.by, *single, *self.clusters, *self.fpc)


def analyse_file(
    path: Path,
    *,
    columns: Columns,
    questionnaire: str | None = None,
    items: Path | None = None,
    rule: str = "pooled",
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
) -> list[Row]:
    """Estimates of the whole file and, with `columns.by`, of each group in it.

    Parameters
    ----------
    path : Path
        UTF-8 CSV with a header; one row a respondent; ratings 1 to 5 or empty.
    columns : Columns
        Without strata and clusters each respondent is a unit of one sample.
    questionnaire : str, optional
        Code of the version whose criteria are the rated columns; a column of its general question is estimated too.
    items : Path, optional
        Instead: a CSV with the columns item and dimension.
    rule : {"pooled", "criteria", "dimensions"}
    method, confidence_level
        As `analysis.interval`. The design effect of the default interval is pooled over the groups.

    Returns
    -------
    list of dict
        As `estimate_row`: the whole first, then the groups in the order of their names.

    Raises
    ------
    Invalid
        The file, or the combination of columns, cannot be used; the message names line and column and how to mend it.
    """
    file = RespondentFile.read(path)
    measures = _measures(file, questionnaire=questionnaire, items=items)
    data = file.select((*columns.named, *measures.rated))
    totals = UnitTotals.from_ratings(measures, np.array([data.cells(key, _rating) for key in measures.rated]).T)
    whole = Domains.whole(totals.rows)
    groups, names = _groups(data, columns.by)
    try:
        scores = score(
            totals,
            measures=measures,
            design=_design(data, columns),
            domains=Domains.together(whole, groups),
            comparable=groups if names else whole,
            method=method,
            confidence_level=confidence_level,
        )
    except AnalysisError as error:
        _refuse(error, data, columns)
    in_order = sorted(zip(names, scores[1:], strict=True), key=lambda group: tuple(group[0].values()))
    rows = [estimate_row(by, estimate) for by, estimates in [({}, scores[0]), *in_order] for estimate in estimates]
    return rows_under(rule, rows)


def rows_under(rule: str, rows: Iterable[Row]) -> list[Row]:
    """The rows that `rule` shows; in each group the whole first, then dimensions, criteria and the general question."""
    shown = (row for row in rows if row["rule"] in _SHOWN[rule].get(row["level"], ("pooled",)))
    groups = (list(group) for _, group in groupby(shown, key=itemgetter("by")))
    return [row for group in groups for row in sorted(group, key=lambda row: _ORDER.index(row["level"]))]


def estimate_row(by: dict[str, str], estimate: Estimate) -> Row:
    """One estimate as scripts read it (design section 7). Shares lie between 0 and 1; None where not estimable, and then `why`."""
    return {
        "by": by,
        "level": estimate.level,
        "key": estimate.key,
        "rule": estimate.rule,
        "respondents": estimate.respondents,
        "answers": estimate.answers,
        "units": estimate.units,
        "index": estimate.index,
        "se": estimate.se,
        "df": estimate.df,
        "deff": estimate.deff,
        "n_eff": estimate.n_eff,
        "design_effect": estimate.design_effect,
        "ci_low": estimate.ci_low,
        "ci_high": estimate.ci_high,
        "why": estimate.why,
    }


def _groups(data: Respondents, by: Sequence[str]) -> tuple[Domains, list[dict[str, str]]]:
    """The groups of the columns `by`, and their values; an empty cell is a value of its own. Without columns no groups."""
    if not by:
        return Domains.of(data.count, []), []
    groups, labels = Domains.by(list(zip(*(data.cells(column, str) for column in by), strict=True)))
    return groups, [dict(zip(by, label, strict=True)) for label in labels]


def _design(data: Respondents, columns: Columns) -> Design:
    clusters = tuple(data.cells(name, _label) for name in columns.clusters)
    fpc = tuple(np.array(data.cells(name, _positive)) for name in columns.fpc)
    return Design.of(
        data.count,
        strata=data.cells(columns.strata, _label) if columns.strata else None,
        clusters=clusters or None,
        weights=data.cells(columns.weight, _positive) if columns.weight else None,
        fpc=fpc or None,
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
        raise Invalid(f"{file.name}, line 1: {reason}; name another with --questionnaire, or describe the criteria with --items")
    general = (known.general.code,) if known.general.code in file.header else ()
    return Measures.of(known.dimension_of, general=general)


def _usable(name: str, dimension_of: dict[str, str]) -> Measures:
    try:
        return Measures.of(dimension_of)
    except AnalysisError as error:
        raise Invalid(f"{name}: {error.got}; items and dimensions need different names, and ALL is taken") from error


def _refuse(error: AnalysisError, data: Respondents, columns: Columns) -> NoReturn:
    """The library's error in the words of the file."""
    named = {"clusters": columns.clusters, "fpc": columns.fpc, "weights": (columns.weight or "",)}
    if error.row is None or error.argument not in named:
        option = {"clusters": "cluster"}.get(error.argument, error.argument).replace("_", "-")
        raise Invalid(f"--{option}: {error.got}; expected {error.expected}") from error
    where = f"{data.file}, line {data.lines[error.row]}, column {', '.join(named[error.argument])}"
    raise Invalid(f"{where}: {error.got}: {_MEND[error.argument]}") from error


def _rating(text: str) -> float:
    rating = _RATINGS.get(text)
    if rating is None:
        raise WrongCell(f"{text!r} is no rating; use 1 to 5, and leave the cell empty where there is no answer")
    return rating


def _label(text: str) -> str:
    if not text:
        raise WrongCell("the cell is empty; every row needs a value here")
    return text


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not (isfinite(number) and number > 0):
        raise WrongCell(f"{text!r} is no number above 0; write it like 12.5")
    return number
