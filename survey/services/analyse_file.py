"""Estimate the index from a CSV or Parquet file with one row per respondent; compare its groups, rank them, follow its waves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from analysis import DEFAULT_METHOD, Estimate, Method
from survey.services.read_respondents import Progress
from survey.services.read_sample import Columns, read_sample

RULES = ("pooled", "criteria", "dimensions")
#: What each rule of the command line shows of each level; a level that is not named shows its pooled answers.
_SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "pooled": {},
    "criteria": {"dimension": ("criteria",), "overall": ("criteria",)},
    "dimensions": {"overall": ("dimensions", "dimensions_of_criteria")},
}
_ORDER = ("overall", "dimension", "criterion", "general")
Row = dict[str, Any]


def analyse_file(
    path: Path,
    *,
    columns: Columns,
    questionnaire: str | None = None,
    items: Path | None = None,
    rule: str = "pooled",
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
    progress: Progress | None = None,
) -> list[Row]:
    """Estimates of the whole file and, with `columns.by`, of each group in it.

    Parameters
    ----------
    path : Path
        UTF-8 CSV with a header, or Parquet; one row a respondent; ratings 1 to 5 or empty. It may be larger than the memory: of more
        than `CHUNK_ROWS` respondents only sums are kept. Two stages of clusters keep a row for each unit of the second.
    columns : Columns
        Without strata and clusters each respondent is a unit of one sample.
    questionnaire : str, optional
        Code of the version whose criteria are the rated columns; a column of its general question is estimated too.
    items : Path, optional
        Instead: a CSV with the columns item and dimension.
    rule : {"pooled", "criteria", "dimensions"}
    method, confidence_level
        As `analysis.interval`. The design effect of the default interval is pooled over the groups.
    progress : callable, optional
        Told now and then which part of the file has been read, 0 to 1.

    Returns
    -------
    list of dict
        As `estimate_row`: the whole first, then the groups in the order of their names.

    Raises
    ------
    Invalid
        The file, or the combination of columns, cannot be used; the message names line and column and how to mend it.
    """
    sample = read_sample(path, columns=columns, questionnaire=questionnaire, items=items, progress=progress)
    scores = sample.scores(method=method, confidence_level=confidence_level)
    _, names = sample.groups()
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
