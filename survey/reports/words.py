"""How the report calls modes, rules, states and parameters, and how it writes shares."""

from __future__ import annotations

from typing import Any

from survey.domain.wave import SAMPLE_SURVEY
from survey.i18n import gettext, in_percent, number
from survey.queries.estimates import FEW, SHOWN, TOO_FEW, WITHHELD, Estimate

DASH = "–"
#: The columns of every table of estimates, in millimetres, and which of them hold numbers.
WIDTHS, NUMBERS = (68, 19, 18, 34, 21), (1, 2, 3)


def mode(code: str) -> str:
    names = {
        "open_qr": gettext("QR code at the desk"),
        "slip": gettext("single-use slip"),
        "kiosk": gettext("kiosk"),
        "invitation": gettext("invitation"),
        "paper": gettext("paper form"),
    }
    return names[code]


def instrument(code: str) -> str:
    return gettext("sample survey") if code == SAMPLE_SURVEY else gettext("always-open desk survey")


def percent(share: float | None, digits: int = 2) -> str:
    """A share in percent, rounded half up once; the unit stands in the table's head."""
    return DASH if share is None else in_percent(share, digits)


def interval(estimate: Estimate) -> str:
    return DASH if estimate.low is None else f"{percent(estimate.low)} – {percent(estimate.high)}"


def remark(estimate: Estimate) -> str:
    remarks = {SHOWN: "", FEW: gettext("few responses"), TOO_FEW: gettext("too few responses"), WITHHELD: gettext("withheld")}
    return remarks.get(estimate.state, gettext("no valid answers"))


def header(first: str) -> tuple[str, ...]:
    return first, "n", gettext("Index (%)"), gettext("Interval (%)"), gettext("Remark")


def cells(estimate: Estimate) -> tuple[str, ...]:
    """What stands behind the name in a table of estimates."""
    return number(estimate.respondents), percent(estimate.index), interval(estimate), remark(estimate)


def rule(code: str) -> str:
    names = {
        "criteria": gettext("Mean of the criteria"),
        "dimensions": gettext("Mean of the dimensions"),
        "dimensions_of_criteria": gettext("Mean of the dimensions, each the mean of its criteria"),
    }
    return names[code]


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
    }
    if isinstance(value, float):
        return number(value, 2)
    return names.get(str(value), str(value))
