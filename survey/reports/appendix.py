"""The appendix: by what anybody can prove that the numbers are those of this run, and make them again."""

from __future__ import annotations

from typing import Any

from survey import parameter_words
from survey.i18n import day, gettext, number
from survey.reports.blocks import heading, paragraph, table
from survey.reports.facts import Facts


def add(document: Any, facts: Facts) -> None:
    heading(document, 1, gettext("APPENDIX: HOW THE RESULT CAN BE CHECKED"), new_page=True)
    paragraph(document, gettext(
        "The result is frozen. Run again on the same data with the same code it is the same, byte for byte; a correction would be a "
        "revision with a number of its own."
    ))  # fmt: skip
    table(document, (gettext("Item"), gettext("Value")), _run(facts), widths=(56, 104), numbers=())
    heading(document, 2, gettext("Parameters"))
    rows = [(parameter_words.parameter(name), parameter_words.parameter_value(value)) for name, value in facts.run.parameters.items()]
    table(document, (gettext("Parameter"), gettext("Value")), rows, widths=(80, 80), numbers=())


def _run(facts: Facts) -> list[tuple[str, str]]:
    run, asked = facts.run, facts.wave
    return [
        (gettext("Wave"), asked.code),
        (gettext("Revision"), number(run.revision)),
        (gettext("Date of the run"), day(run.run_on)),
        (gettext("Run by"), parameter_words.run_by(run.run_by)),
        (gettext("Code version"), run.code_version),
        (gettext("Questionnaire (SHA-256)"), asked.questionnaire_sha256),
        (gettext("Inputs (SHA-256)"), run.inputs_sha256),
        (gettext("Result (SHA-256)"), run.result_sha256),
    ]
