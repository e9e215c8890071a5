"""Read a questionnaire version from its tables; malformed ones are refused with everything that is wrong: file, line, column, reason.

The tables and their columns are described in survey/questionnaires/README.md.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from survey.domain.questionnaire import (
    OVERALL,
    QUESTION_KINDS,
    Answer,
    Condition,
    Criterion,
    Dimension,
    Level,
    Question,
    Questionnaire,
    Text,
)
from survey.errors import Invalid
from survey.services.check_questionnaire import CRITERION, GENERAL, TITLE, Tables, check_questionnaire, languages_of
from survey.services.read_questionnaire_tables import TEXT, Found, tables_of_folder, tables_of_upload
from survey.services.read_table import Row
from survey.services.row_problems import RowsRefused

QUESTIONNAIRES = Path(__file__).parent.parent / "questionnaires"


@lru_cache
def read_questionnaire(code: str) -> Questionnaire:
    """The version `code` that comes with the project; Invalid, naming the known ones, when there is none."""
    known = sorted(file.parent.name for file in QUESTIONNAIRES.glob("*/questionnaire.csv"))
    if code not in known:
        raise Invalid(f"there is no questionnaire {code!r}; known: {', '.join(known)}")
    questionnaire = read_questionnaire_folder(QUESTIONNAIRES / code)
    if questionnaire.code != code:
        raise Invalid(f"questionnaire.csv: the folder is named {code!r} but the title's code is {questionnaire.code!r}")
    return questionnaire


def read_questionnaire_folder(path: str | Path) -> Questionnaire:
    """The version in the folder `path`. `RowsRefused` lists every file and cell that is missing, malformed or contradicts another."""
    return _build(tables_of_folder(Path(path)))


def read_questionnaire_file(name: str, content: bytes) -> Questionnaire:
    """The version in a ZIP of the CSV files or in a workbook. `RowsRefused` as for a folder."""
    return _build(tables_of_upload(name, content))


def _build(found: Found) -> Questionnaire:
    tables, problems = found
    if problems := (*problems, *check_questionnaire(tables)):
        raise RowsRefused(problems)
    return _Builder(tables).questionnaire()


class _Builder:
    """Makes a version of tables in which nothing is wrong."""

    def __init__(self, tables: Tables) -> None:
        self.rows = {name: table.rows for name, table in tables.items()}
        self.languages = languages_of(tables["questionnaire"])

    def questionnaire(self) -> Questionnaire:
        (title,), (general,) = self.of_kind(TITLE), self.of_kind(GENERAL)
        dimensions = tuple(Dimension(row["code"], self.text(row)) for row in self.rows["dimensions"])
        return Questionnaire(
            code=title["code"],
            text=self.text(title),
            levels=tuple(Level(int(row["rating"]), self.text(row)) for row in self.rows["levels"]),
            dimensions=dimensions,
            criteria=tuple(Criterion(row["code"], row["dimension"], self.text(row)) for row in self.of_kind(CRITERION)),
            general=Criterion(general["code"], OVERALL, self.text(general)),
            questions=tuple(map(self.question, self.of_kind(*QUESTION_KINDS))),
            short_forms=tuple(tuple(row[one.code] for one in dimensions) for row in self.rows["short_forms"]),
        )

    def of_kind(self, *kinds: str) -> list[Row]:
        return [row for row in self.rows["questionnaire"] if row["kind"] in kinds]

    def text(self, row: Row) -> Text:
        return {language: row[TEXT + language] for language in self.languages}

    def question(self, row: Row) -> Question:
        answers = tuple(Answer(one["code"], self.text(one)) for one in self.rows["answers"] if one["question"] == row["code"])
        before, _, answer = row["asked_when"].partition("=")
        return Question(
            code=row["code"],
            kind=row["kind"],
            text=self.text(row),
            answers=answers,
            most_choices=int(row["most_choices"]) if answers else 1,
            asked_when=Condition(before, answer) if before else None,
            dimension=row["dimension"] or None,
            asked_by_default=row["asked_by_default"] == "yes",
        )
