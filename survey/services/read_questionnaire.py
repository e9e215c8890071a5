"""Read a questionnaire version from its folder of CSV files; a malformed one is refused with file, line and reason.

The files and their columns are described in survey/questionnaires/README.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

from survey.domain.questionnaire import (
    OPEN,
    OVERALL,
    QUESTION_KINDS,
    RATINGS,
    Answer,
    Condition,
    Criterion,
    Dimension,
    Level,
    Question,
    Questionnaire,
    Text,
)
from survey.domain.short_forms import unbalanced
from survey.errors import Invalid
from survey.services.read_table import Row, Table, read_table

QUESTIONNAIRES = Path(__file__).parent.parent / "questionnaires"

TITLE, CRITERION, GENERAL = "title", "satisfaction", "general"
KINDS = (TITLE, CRITERION, GENERAL, *QUESTION_KINDS)
QUESTION_COLUMNS = ("code", "kind", "dimension", "text_vi", "most_choices", "asked_when", "asked_by_default")
_TEXT = "text_"
_VERSION_CODE = r"[a-z0-9][a-z0-9-]{0,39}"
_CODE = r"[A-Z][A-Z0-9_]{0,19}"
_ANSWER_CODE = r"[A-Za-z0-9][A-Za-z0-9_]{0,29}"


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
    """The version in the folder `path`.

    Raises
    ------
    Invalid
        A file is missing or malformed, or the files contradict each other.
    """
    return _Reader(Path(path)).questionnaire()


class _Reader:
    """Reads the five files in turn; each step may rely on the ones before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.languages: tuple[str, ...] = ()

    def questionnaire(self) -> Questionnaire:
        table = self.table("questionnaire.csv", QUESTION_COLUMNS)
        levels = self.levels()
        dimensions = self.dimensions()
        _refuse_twice(table, "code", taken=(OVERALL, *(d.code for d in dimensions)))
        of_kind = self.by_kind(table)
        title = _one(table, of_kind, TITLE)
        general = _one(table, of_kind, GENERAL)
        criteria = tuple(self.criterion(row, dimensions) for row in of_kind[CRITERION])
        asked = [row for kind in QUESTION_KINDS for row in of_kind[kind]]
        questions = self.questions(sorted(asked, key=lambda row: row.line), dimensions)
        return Questionnaire(
            code=title.code("code", _VERSION_CODE),
            text=self.text(title),
            levels=levels,
            dimensions=dimensions,
            criteria=criteria,
            general=Criterion(general.code("code", _CODE), OVERALL, self.text(general)),
            questions=questions,
            short_forms=self.short_forms(dimensions, criteria),
        )

    def table(self, name: str, columns: tuple[str, ...]) -> Table:
        """The first file settles the languages, by its text columns; the others must have the same."""
        table = read_table(self.folder / name, columns=columns)
        languages = tuple(column.removeprefix(_TEXT) for column in table.columns if column.startswith(_TEXT))
        if strange := [language for language in languages if not re.fullmatch(r"[a-z]{2,3}", language)]:
            raise Invalid(f"{name}, line 1: column {_TEXT}{strange[0]} names no language; text_en names English")
        self.languages = self.languages or languages
        if languages and set(languages) != set(self.languages):
            raise Invalid(f"{name}, line 1: texts in {', '.join(languages)}, but questionnaire.csv has {', '.join(self.languages)}")
        return table

    def text(self, row: Row) -> Text:
        return {language: row.needed(_TEXT + language) for language in self.languages}

    def levels(self) -> tuple[Level, ...]:
        table = self.table("levels.csv", ("rating", "text_vi"))
        levels = tuple(Level(row.whole_number("rating", least=RATINGS[0], most=RATINGS[-1]), self.text(row)) for row in table.rows)
        _refuse_twice(table, "rating")
        if len(levels) < len(RATINGS):
            raise Invalid(f"levels.csv: every rating from {RATINGS[0]} to {RATINGS[-1]} needs a row")
        return levels

    def dimensions(self) -> tuple[Dimension, ...]:
        table = self.table("dimensions.csv", ("code", "text_vi"))
        _refuse_twice(table, "code", taken=(OVERALL,))
        return tuple(Dimension(row.code("code", _CODE), self.text(row)) for row in table.rows)

    def by_kind(self, table: Table) -> dict[str, list[Row]]:
        rows = defaultdict(list)
        for row in table.rows:
            if row["kind"] not in KINDS:
                raise row.refused(f"unknown kind {row['kind']!r}; known: {', '.join(KINDS)}")
            rows[row["kind"]].append(row)
        return rows

    def criterion(self, row: Row, dimensions: tuple[Dimension, ...]) -> Criterion:
        _refuse_unknown_dimension(row, dimensions)
        return Criterion(row.code("code", _CODE), row.needed("dimension"), self.text(row))

    def questions(self, rows: list[Row], dimensions: tuple[Dimension, ...]) -> tuple[Question, ...]:
        answers = self.answers({row["code"]: row for row in rows})
        questions: dict[str, Question] = {}
        for row in rows:
            _refuse_unknown_dimension(row, dimensions)
            questions[row["code"]] = self.question(row, answers.get(row["code"], ()), questions)
        return tuple(questions.values())

    def question(self, row: Row, answers: tuple[Answer, ...], earlier: dict[str, Question]) -> Question:
        if row["kind"] == OPEN and answers:
            raise row.refused("an open question has no answers to choose from")
        if row["kind"] != OPEN and not answers:
            raise row.refused(f"answers.csv has no answers to {row['code']}")
        return Question(
            code=row.code("code", _CODE),
            kind=row["kind"],
            text=self.text(row),
            answers=answers,
            most_choices=row.whole_number("most_choices", least=1, most=len(answers)) if answers else 1,
            asked_when=_condition(row, earlier),
            dimension=row["dimension"] or None,
            asked_by_default=_yes_or_no(row, "asked_by_default"),
        )

    def answers(self, questions: dict[str, Row]) -> dict[str, tuple[Answer, ...]]:
        answers: dict[str, tuple[Answer, ...]] = {}
        for row in self.table("answers.csv", ("question", "code", "text_vi")).rows:
            question, answer = row["question"], Answer(row.code("code", _ANSWER_CODE), self.text(row))
            if question not in questions:
                raise row.refused(f"answers the unknown question {question!r}")
            if answer.code in (other.code for other in answers.get(question, ())):
                raise row.refused(f"code {answer.code!r} appears twice among the answers to {question}")
            answers[question] = (*answers.get(question, ()), answer)
        return answers

    def short_forms(self, dimensions: tuple[Dimension, ...], criteria: tuple[Criterion, ...]) -> tuple[tuple[str, ...], ...]:
        codes = {d.code: tuple(c.code for c in criteria if c.dimension == d.code) for d in dimensions}
        if without := [dimension for dimension, own in codes.items() if not own]:
            raise Invalid(f"questionnaire.csv: dimension {', '.join(without)} has no criterion")
        table = self.table("short_forms.csv", ("variant", *codes))
        variants = tuple(_variant(number, row, codes) for number, row in enumerate(table.rows))
        if reason := unbalanced(variants, tuple(codes.values())):
            raise Invalid(f"{table.file}: {reason}")
        return variants


def _refuse_twice(table: Table, column: str, *, taken: tuple[str, ...] = ()) -> None:
    seen = Counter(taken)
    for row in table.rows:
        seen[row[column]] += 1
        if seen[row[column]] > 1:
            raise row.refused(f"{column} {row[column]!r} is taken" if row[column] in taken else f"{column} {row[column]!r} appears twice")


def _one(table: Table, of_kind: dict[str, list[Row]], kind: str) -> Row:
    rows = of_kind[kind]
    if not rows:
        raise Invalid(f"{table.file}: a row of kind {kind} is missing")
    if len(rows) > 1:
        raise rows[1].refused(f"a second row of kind {kind}; there may be one only")
    return rows[0]


def _refuse_unknown_dimension(row: Row, dimensions: tuple[Dimension, ...]) -> None:
    if row["dimension"] and row["dimension"] not in (d.code for d in dimensions):
        raise row.refused(f"unknown dimension {row['dimension']!r}; dimensions.csv has {', '.join(d.code for d in dimensions)}")


def _yes_or_no(row: Row, column: str) -> bool:
    if row[column] not in ("yes", "no"):
        raise row.refused(f"{column} must be yes or no, not {row[column]!r}")
    return row[column] == "yes"


def _condition(row: Row, earlier: dict[str, Question]) -> Condition | None:
    """`N5=late`; about a question asked before, so that a form can be walked from top to bottom."""
    if not row["asked_when"]:
        return None
    question, equals, answer = row["asked_when"].partition("=")
    if not equals:
        raise row.refused(f"asked_when must be question=answer, not {row['asked_when']!r}")
    if question not in earlier:
        raise row.refused(f"asked_when names {question!r}, which is no question before this one")
    if answer not in (known.code for known in earlier[question].answers):
        raise row.refused(f"asked_when names {answer!r}, which is no answer to {question}")
    return Condition(question, answer)


def _variant(number: int, row: Row, codes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if row["variant"] != str(number):
        raise row.refused(f"variant {row['variant']!r} stands where {number} should")
    for dimension, own in codes.items():
        if row.needed(dimension) not in own:
            raise row.refused(f"{row[dimension]!r} is no criterion of {dimension}")
    return tuple(row[dimension] for dimension in codes)
