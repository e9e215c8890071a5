"""Estimate the index from a CSV or Parquet file with one row per respondent; compare its groups, rank them, follow its waves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from analysis import DEFAULT_METHOD, Estimate, Measures, Method
from survey.errors import Invalid
from survey.services.compare_groups import Each, Groups, Row, compare_groups
from survey.services.follow_waves import follow_waves
from survey.services.rank_groups import rank_groups
from survey.services.read_respondents import Progress
from survey.services.read_sample import read_sample
from survey.services.sample import Columns, Sample

RULES = ("pooled", "criteria", "dimensions")
#: What each rule of the command line shows of each level; a level that is not named shows its pooled answers.
_SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "pooled": {},
    "criteria": {"dimension": ("criteria",), "overall": ("criteria",)},
    "dimensions": {"overall": ("dimensions", "dimensions_of_criteria")},
}
_ORDER = ("overall", "dimension", "criterion", "general")
#: Groups are compared as a whole and in each dimension: pairs of groups in each criterion would be many, and say little.
_COMPARED = ("overall", "dimension")


@dataclass(frozen=True)
class Further:
    """What is asked for beyond the estimates.

    Attributes
    ----------
    compare, ranks : bool
        Of the groups of `Columns.by`: `compare_groups`, `rank_groups`.
    best, seed : int
        How many count as the best and the worst; of the draws for the ranks.
    waves : str, optional
        The column that tells the wave: `follow_waves`.
    breaks : tuple of str
        Waves that begin a new method.
    """

    compare: bool = False
    ranks: bool = False
    best: int = 3
    seed: int = 0
    waves: str | None = None
    breaks: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        return self.compare or self.ranks or self.waves is not None


def analyse_file(
    path: Path,
    *,
    columns: Columns,
    questionnaire: str | None = None,
    items: Path | None = None,
    rule: str = "pooled",
    method: Method = DEFAULT_METHOD,
    confidence_level: float = 0.95,
    further: Further = Further(),
    progress: Progress | None = None,
    each: Callable[[str], Each] = lambda _work: iter,
) -> list[Row]:
    """Estimates of the whole file and, with `columns.by`, of each group in it; and what `further` asks for.

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
    further : Further
    progress : callable, optional
        Told now and then which part of the file has been read, 0 to 1.
    each : callable, optional
        What the work is called → something that goes through its steps, and may show how far it has come.

    Returns
    -------
    list of dict
        As `estimate_row`: the whole first, then the groups in the order of their names. If `further` asks for anything, each row has its
        `kind` first: "estimate", then the rows of `compare_groups`, `rank_groups` and `follow_waves`.

    Raises
    ------
    Invalid
        The file, or the combination of columns, cannot be used; the message names line and column and how to mend it.
    """
    _refuse_contradictions(columns, further)
    read = replace(columns, by=(*columns.by, further.waves)) if further.waves else columns
    over_waves = read_sample(path, columns=read, questionnaire=questionnaire, items=items, progress=progress)
    sample = over_waves.regrouped(*columns.by) if further.waves else over_waves
    scores = sample.scores(method=method, confidence_level=confidence_level)
    _, names = sample.groups()
    in_order = sorted(zip(names, scores[1:], strict=True), key=lambda group: tuple(group[0].values()))
    rows = [estimate_row(by, estimate) for by, estimates in [({}, scores[0]), *in_order] for estimate in estimates]
    rows = rows_under(rule, rows)
    if not further.asked:
        return rows
    options: dict[str, Any] = {"method": method, "confidence_level": confidence_level, "each": each}
    asked = chain(_of_groups(sample, further, rule=rule, **options), _of_waves(over_waves, further, rule=rule, **options))
    return [*({"kind": "estimate", **row} for row in rows), *asked]


def _of_groups(sample: Sample, further: Further, *, rule: str, each: Callable[[str], Each], **options: Any) -> Iterator[Row]:
    if not (further.compare or further.ranks):
        return
    columns = [column for column in columns_under(rule, sample.measures) if sample.measures.columns[column].level in _COMPARED]
    groups = Groups.of(sample, columns, **options)
    if further.compare:
        yield from compare_groups(groups, each=each("comparisons"))
    if further.ranks:
        yield from rank_groups(groups, best=further.best, seed=further.seed, each=each("ranks"))


def _of_waves(sample: Sample, further: Further, *, rule: str, each: Callable[[str], Each], **options: Any) -> list[Row]:
    if further.waves is None:
        return []
    return follow_waves(sample, columns_under(rule, sample.measures), breaks=further.breaks, each=each("waves"), **options)


def _refuse_contradictions(columns: Columns, further: Further) -> None:
    for option, asked in (("--compare", further.compare), ("--ranks", further.ranks)):
        if asked and not columns.by:
            raise Invalid(f"{option} needs --by: name the column that says who is compared, for example --by agency")
    if further.waves in columns.by:
        raise Invalid(f"--waves {further.waves}: the column is in --by too; take it out of --by")
    if further.breaks and not further.waves:
        raise Invalid("--breaks goes with --waves: name the column that says which wave a row is of")


def columns_under(rule: str, measures: Measures) -> list[int]:
    """Which of `Measures.columns` the rule shows, in the order of `rows_under`."""
    found = enumerate(measures.columns)
    shown = [number for number, column in found if column.rule in _SHOWN[rule].get(column.level, ("pooled",))]
    return sorted(shown, key=lambda number: _ORDER.index(measures.columns[number].level))


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
