"""What the statistics hand back: frozen results; what cannot be told is None with a reason, never NaN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["overall", "dimension", "criterion", "general"]
#: How answers become one number; see `analysis.index`.
Rule = Literal["pooled", "criteria", "dimensions", "dimensions_of_criteria"]
Why = Literal["no_valid_answers", "one_unit", "no_degrees_of_freedom", "no_variance", "parts_without_answers"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One index with all that is needed to judge it.

    Attributes
    ----------
    key : str
        The criterion, the dimension, the code of the whole ("ALL") or of the general question.
    level : {"overall", "dimension", "criterion", "general"}
    rule : {"pooled", "criteria", "dimensions", "dimensions_of_criteria"}
        Pooled answers, mean of criteria, mean of (pooled) dimensions, mean of dimensions that are means of criteria.
    respondents : int
        People with at least one valid answer to the measure.
    answers : int
        Valid answers, unweighted.
    units : int
        Sampling units (desk-days, or respondents) with a valid answer.
    index : float or None
        Share of valid ratings that are 4 or 5, 0 to 1; None without a valid answer.
    se : float or None
        Standard error by Taylor linearisation; None where one unit or none answered.
    df : int
        Degrees of freedom: units less strata.
    deff : float or None
        Design effect against simple random sampling of respondents with replacement (R: deff="replace").
    n_eff : float or None
        Effective number of independent answers behind the interval; None where the method uses none.
    design_effect : float or None
        d, the design effect pooled over comparable groups that bounds `n_eff` (default interval only).
    ci_low, ci_high : float or None
        The confidence interval, within 0 to 1.
    why : str or None
        None, or the reason why something is None or to be read with care:
        ``no_valid_answers``, ``one_unit`` (no standard error), ``no_degrees_of_freedom`` (every stratum has one unit),
        ``no_variance`` (this interval method needs some), ``parts_without_answers`` (a mean over the parts that have answers).
    """

    key: str
    level: Level
    rule: Rule
    respondents: int
    answers: int
    units: int
    index: float | None
    se: float | None
    df: int
    deff: float | None
    n_eff: float | None
    design_effect: float | None
    ci_low: float | None
    ci_high: float | None
    why: Why | None = None
