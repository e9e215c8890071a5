"""Everything that is wrong with the tables of a questionnaire version, row by row and column by column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from survey.domain.questionnaire import OPEN, OVERALL, QUESTION_KINDS, RATINGS
from survey.services.read_questionnaire_tables import TEXT
from survey.services.read_table import Row, Table
from survey.services.row_problems import RowProblem, twice, wrong

TITLE, CRITERION, GENERAL = "title", "satisfaction", "general"
KINDS = (TITLE, CRITERION, GENERAL, *QUESTION_KINDS)
_VERSION_CODE = r"[a-z0-9][a-z0-9-]{0,39}"
_CODE = r"[A-Z][A-Z0-9_]{0,19}"
_ANSWER_CODE = r"[A-Za-z0-9][A-Za-z0-9_]{0,29}"

Tables = Mapping[str, Table]
Problems = Iterator[RowProblem]


def check_questionnaire(tables: Tables) -> list[RowProblem]:
    """What is wrong within the tables and between them. A table that is not there is not missed here, nor what rests on it."""
    rows = {name: table.rows for name, table in tables.items()}
    found = [*_languages(tables), *_texts(tables)]
    for name, check in _CHECKS.items():
        if name in tables:
            found += check(rows)
    if "short_forms" in tables and {"questionnaire", "dimensions"} <= set(tables):
        found += _short_forms(tables["short_forms"], rows)
    places = list(tables)
    files = {table.file: places.index(name) for name, table in tables.items()}
    return sorted(found, key=lambda one: (files[one.file], one.line))


def languages_of(table: Table) -> tuple[str, ...]:
    return tuple(column.removeprefix(TEXT) for column in table.columns if column.startswith(TEXT))


def _languages(tables: Tables) -> Problems:
    wanted = languages_of(tables["questionnaire"]) if "questionnaire" in tables else ()
    for table in tables.values():
        languages = languages_of(table)
        strange = [one for one in languages if not re.fullmatch(r"[a-z]{2,3}", one)]
        yield from (RowProblem(table.file, 1, "no_language", value=TEXT + one) for one in strange)
        if not strange and languages and wanted and set(languages) != set(wanted):
            yield RowProblem(table.file, 1, "other_languages", value=", ".join(languages), other=", ".join(wanted))


def _texts(tables: Tables) -> Problems:
    for table in tables.values():
        for row in table.rows:
            yield from (wrong(row, "empty", TEXT + one) for one in languages_of(table) if not row[TEXT + one])


def _questionnaire(rows: Mapping[str, Sequence[Row]]) -> Problems:
    own = rows["questionnaire"]
    taken = {OVERALL, *(row["code"] for row in rows.get("dimensions", ()))}
    yield from twice(own, "code")
    yield from (wrong(row, "taken", "code") for row in own if row["code"] in taken)
    for row in own:
        yield from _code(row, _VERSION_CODE if row["kind"] == TITLE else _CODE)
        if row["kind"] not in KINDS:
            yield wrong(row, "question_kind" if row["kind"] else "empty", "kind", other=", ".join(KINDS))
    for kind in (TITLE, GENERAL):
        of_kind = [row for row in own if row["kind"] == kind]
        yield from (RowProblem(row.file, row.line, "kind_twice", "kind", kind) for row in of_kind[1:])
        if not of_kind:
            yield RowProblem(own[0].file, 0, "kind_missing", value=kind)
    yield from _dimensions_named(rows)
    yield from _questions(rows)


def _dimensions_named(rows: Mapping[str, Sequence[Row]]) -> Problems:
    criteria = [row for row in rows["questionnaire"] if row["kind"] == CRITERION]
    yield from (wrong(row, "empty", "dimension") for row in criteria if not row["dimension"])
    if "dimensions" not in rows:
        return
    known = [row["code"] for row in rows["dimensions"]]
    for row in rows["questionnaire"]:
        if row["dimension"] and row["dimension"] not in known and row["kind"] in (CRITERION, *QUESTION_KINDS):
            yield wrong(row, "unknown_dimension", "dimension", other=", ".join(known))
    asked = {row["dimension"] for row in rows["questionnaire"] if _may_be(row, CRITERION)}
    yield from (wrong(row, "no_criterion", "code") for row in rows["dimensions"] if row["code"] and row["code"] not in asked)


def _questions(rows: Mapping[str, Sequence[Row]]) -> Problems:
    answers: dict[str, list[str]] = {}
    for row in rows.get("answers", ()):
        answers.setdefault(row["question"], []).append(row["code"])
    earlier: list[str] = []
    for row in rows["questionnaire"]:
        if row["kind"] not in QUESTION_KINDS:
            continue
        if row["asked_by_default"] not in ("yes", "no"):
            yield wrong(row, "yes_or_no", "asked_by_default")
        if "answers" in rows:
            yield from _choices(row, answers.get(row["code"], []))
            yield from _condition(row, earlier, answers)
        earlier.append(row["code"])


def _choices(row: Row, answers: Sequence[str]) -> Problems:
    if row["kind"] == OPEN:
        if answers:
            yield wrong(row, "open_with_answers", "code")
    elif not answers:
        yield wrong(row, "no_answers", "code")
    else:
        yield from _whole_number(row, "most_choices", most=len(answers))


def _condition(row: Row, earlier: Sequence[str], answers: Mapping[str, Sequence[str]]) -> Problems:
    """`N5=late`; about a question asked before, so that a form can be walked from top to bottom."""
    if not row["asked_when"]:
        return
    question, equals, answer = row["asked_when"].partition("=")
    place = (row.file, row.line)
    if not equals:
        yield wrong(row, "condition", "asked_when")
    elif question not in earlier:
        yield RowProblem(*place, "condition_question", "asked_when", question[:80])
    elif answer not in answers.get(question, ()):
        yield RowProblem(*place, "condition_answer", "asked_when", answer[:80], question)


def _levels(rows: Mapping[str, Sequence[Row]]) -> Problems:
    own = rows["levels"]
    yield from twice(own, "rating")
    for row in own:
        yield from _whole_number(row, "rating", most=RATINGS[-1])
    there = {row["rating"] for row in own}
    yield from (RowProblem(own[0].file, 0, "rating_missing", value=str(rating)) for rating in RATINGS if str(rating) not in there)


def _dimensions(rows: Mapping[str, Sequence[Row]]) -> Problems:
    yield from twice(rows["dimensions"], "code")
    yield from (wrong(row, "taken", "code") for row in rows["dimensions"] if row["code"] == OVERALL)
    for row in rows["dimensions"]:
        yield from _code(row, _CODE)


def _answers(rows: Mapping[str, Sequence[Row]]) -> Problems:
    yield from twice(rows["answers"], "question", "code")
    asked = {row["code"] for row in rows.get("questionnaire", ()) if _may_be(row, *QUESTION_KINDS)}
    for row in rows["answers"]:
        yield from _code(row, _ANSWER_CODE)
        if "questionnaire" in rows and row["question"] not in asked:
            yield wrong(row, "unknown_question" if row["question"] else "empty", "question")


def _short_forms(table: Table, rows: Mapping[str, Sequence[Row]]) -> Problems:
    dimensions = list(dict.fromkeys(row["code"] for row in rows["dimensions"] if row["code"]))
    yield from (RowProblem(table.file, 1, "no_column", one) for one in dimensions if one not in table.columns)
    for number, row in enumerate(table.rows):
        if row["variant"] != str(number):
            yield wrong(row, "variant", "variant", other=str(number))
    for dimension in dimensions:
        if dimension in table.columns:
            criteria = [row["code"] for row in rows["questionnaire"] if row["dimension"] == dimension and _may_be(row, CRITERION)]
            yield from _asked(table, dimension, criteria)


def _asked(table: Table, dimension: str, criteria: Sequence[str]) -> Problems:
    others = (row for row in table.rows if row[dimension] not in criteria)
    strange = [wrong(row, "not_criterion" if row[dimension] else "empty", dimension) for row in others]
    yield from strange
    counts = Counter(row[dimension] for row in table.rows)
    if not strange and len({counts[code] for code in criteria}) > 1:
        told = ", ".join(f"{code} {counts[code]}" for code in criteria)
        yield RowProblem(table.file, 0, "unbalanced", dimension, told)


def _may_be(row: Row, *kinds: str) -> bool:
    """Of a kind, or of none that is known: that one is told at its row, and not at every row that names it."""
    return row["kind"] in kinds or row["kind"] not in KINDS


def _code(row: Row, pattern: str) -> Iterable[RowProblem]:
    if re.fullmatch(pattern, row["code"]):
        return ()
    return (wrong(row, "code_letters" if row["code"] else "empty", "code"),)


def _whole_number(row: Row, column: str, *, most: int) -> Iterable[RowProblem]:
    if re.fullmatch(r"[0-9]{1,9}", row[column]) and 1 <= int(row[column]) <= most:
        return ()
    return (wrong(row, "whole_number" if row[column] else "empty", column, other=f"1–{most}"),)


_CHECKS = {"questionnaire": _questionnaire, "levels": _levels, "dimensions": _dimensions, "answers": _answers}
