"""What stands against a change of an agency or a desk, in words for beside the field."""

from __future__ import annotations

from datetime import date

from survey.domain.agency_change import Problem
from survey.i18n import day, gettext, number
from survey.services.agency_problems import most, sentence


def why(problem: Problem) -> str:
    about = day(problem.about) if isinstance(problem.about, date) else problem.about
    return gettext(sentence(problem)).replace("%(about)s", str(about)).replace("%(most)s", number(most(problem)))
