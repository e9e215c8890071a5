"""What surrounds every official report: the head with office, state, number, place and date; the title; recipients and signature."""

from __future__ import annotations

from datetime import date
from typing import Any

from survey.domain.province_settings import ProvinceSettings
from survey.i18n import LANGUAGES, gettext, language
from survey.reports.blocks import CENTRE, LEFT, line, new_table, rule, sentence
from survey.reports.language import day_in_words
from survey.reports.page import BODY, WIDTH

_LEFT_COLUMN = 64


def add_head(document: Any, made_on: date, settings: ProvinceSettings) -> None:
    office, state = _two_columns(document, _LEFT_COLUMN)
    province = settings.province_vi if language() == LANGUAGES[0] else settings.province_en
    line(office, gettext("People's Committee of %(province)s", province=province).upper(), size=12)
    line(office, gettext("DEPARTMENT OF HOME AFFAIRS"), size=12, bold=True, after=2)
    rule(office, inset=20)
    line(office, gettext("No.: ……/BC-SNV"), size=13, after=12)
    line(state, gettext("SOCIALIST REPUBLIC OF VIET NAM"), size=12, bold=True)
    line(state, gettext("Independence - Freedom - Happiness"), size=13, bold=True, after=2)
    rule(state, inset=21)
    line(state, gettext("%(place)s, %(day)s", place=settings.place, day=day_in_words(made_on)), size=13, italic=True)


def add_simulated(document: Any) -> None:
    """Above everything else, and on every further page."""
    meaning = gettext("no real person answered; the numbers say nothing about a real agency.")
    line(document, gettext("Simulated data").upper(), size=BODY, bold=True)
    line(document, sentence(meaning), size=12, italic=True, after=10)
    line(document.sections[0].footer, gettext("Simulated data").upper(), size=11, bold=True)


def add_title(document: Any, subject: str) -> None:
    line(document, gettext("REPORT"), size=BODY, bold=True)
    line(document, subject, size=BODY, bold=True, after=2)
    rule(document, inset=60)


def add_signature(document: Any) -> None:
    line(document, "", size=BODY)
    recipients, signature = _two_columns(document, WIDTH // 2)
    line(recipients, gettext("Recipients:"), size=12, bold=True, italic=True, align=LEFT)
    for name in (gettext("The Provincial People's Committee"), gettext("Departments, communes")):
        line(recipients, f"- {name};", size=11, align=LEFT)
    filed = gettext("Filed: Office")
    line(recipients, f"- {filed}.", size=11, align=LEFT)
    line(signature, gettext("DIRECTOR"), size=BODY, bold=True, align=CENTRE)


def _two_columns(document: Any, left: int) -> tuple[Any, Any]:
    first, second = new_table(document, (left, WIDTH - left)).add_row().cells
    return first, second
