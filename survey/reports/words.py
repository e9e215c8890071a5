"""How the report calls modes, rules, states and parameters, and how it writes shares."""

from __future__ import annotations

from survey.domain.wave import SAMPLE_SURVEY
from survey.i18n import gettext, in_percent, number
from survey.queries.estimates import FEW, SHOWN, TOO_FEW, WITHHELD, Estimate

DASH = "–"
#: The columns of every table of estimates, in millimetres, and which of them hold numbers.
WIDTHS, NUMBERS = (68, 19, 18, 34, 21), (1, 2, 3)


def mode(code: str) -> str:
    names = {
        "open_qr": gettext("desk QR code"),
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
