"""How pages and the report call the parameters of a frozen run, and who ran it."""

from __future__ import annotations

from typing import Any

from survey.i18n import gettext, number

#: What `sipas wave run` notes when nobody is named.
_UNNAMED = "command line"


def run_by(name: str) -> str:
    return gettext("command line") if name == _UNNAMED else name


def parameter(name: str) -> str:
    """What a run's parameter is called; one that a later version adds keeps its own name."""
    names = {
        "sampling_unit": gettext("Sampling unit"),
        "strata": gettext("Strata"),
        "form_weights": gettext("Form weights"),
        "lonely_unit": gettext("A stratum with a single unit"),
        "interval": gettext("Interval"),
        "confidence_level": gettext("Confidence level"),
        "design_effect_pooled_over": gettext("Design effect pooled over"),
        "index_from_respondents": gettext("An index is shown from (respondents)"),
        "compared_from_respondents": gettext("Agencies are compared from (respondents)"),
        "rank_draws": gettext("Random draws for rank sets"),
        "rank_seed": gettext("Seed of the random draws"),
        "false_discovery_rate": gettext("Accepted share of wrong findings"),
        "shown_or_hidden_together": gettext("Shown or hidden together"),
        "priorities_from_at_most": gettext("Criteria to work on first rest on at most (respondents)"),
        "too_fast_under_seconds_per_answer": gettext("A form is filled in too fast under (seconds for each answer)"),
    }
    return names.get(name, name)


def parameter_value(value: Any) -> str:
    names = {
        "desk and day": gettext("desk and day"),
        "agency of the desk": gettext("agency of the desk"),
        "1/P(asked)": gettext("1/P(asked)"),
        "adjust": gettext("compared with the mean of all units"),
        "Wilson on the effective sample size": gettext("Wilson on the effective sample size"),
        "agencies with desks": gettext("agencies with desks"),
        "dimensions; criteria of a dimension; months of few with their neighbours": gettext(
            "dimensions; criteria of a dimension; months of few with their neighbours"
        ),
    }
    if isinstance(value, float):
        return number(value, 2)
    return names.get(str(value), str(value))
