"""A questionnaire version as CSV files or as a workbook, from which it can be read again: for translators, and for the next version."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from survey.domain.questionnaire import OVERALL, Questionnaire, Text
from survey.i18n import gettext
from survey.reports.spreadsheet import TEXT, Sheet, as_xlsx

Row = Sequence[object]
_BOM = "\ufeff"  # so that a spreadsheet reads the diacritics


def questionnaire_zip(version: Questionnaire, *, translate_to: str | None = None) -> bytes:
    """The five tables as CSV files; with `translate_to`, an empty column for that language, where the version does not have it yet."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, header, rows in _tables(version, translate_to):
            archive.writestr(ZipInfo(f"{version.code}/{name}.csv"), _csv(header, rows))
    return packed.getvalue()


def questionnaire_workbook(version: Questionnaire, *, translate_to: str | None = None) -> bytes:
    """The same tables as sheets of one workbook, behind one that says how to fill them."""
    sheets = [
        Sheet(name, tuple((str(head), TEXT) for head in header), tuple(tuple(str(cell) for cell in row) for row in rows))
        for name, header, rows in _tables(version, translate_to)
    ]
    return as_xlsx(sheets, title=gettext("A version of the questionnaire: %(code)s", code=version.code), facts=_facts())


def _facts() -> list[tuple[str, str]]:
    """What each sheet and column is for, in the reader's words; their names are the same in every language."""
    return [
        (
            gettext("A new version"),
            gettext("Change what shall be different, and give the version a new code in the row “title”."),
        ),
        ("questionnaire", gettext("What is asked, one row for each question, in the order of the form.")),
        (
            "code",
            gettext("Capital letters and digits, such as A1; in the row “title” small letters, such as sipas-2027."),
        ),
        (
            "kind",
            gettext(
                "title: name of the version. satisfaction: a rated criterion. general: the general question. perception, expectation, "
                "demographic, filter: answered by choosing. open: answered in words."
            ),
        ),
        ("dimension", gettext("For a criterion: a code of the sheet dimensions.")),
        ("text_vi, text_en", gettext("The words in each language. For another language add such a column to each sheet.")),
        ("most_choices", gettext("How many answers may be chosen at once.")),
        ("asked_when", gettext("N5=late: asked only of those who answered N5 with late. Empty: asked of everybody.")),
        ("asked_by_default", gettext("yes, or no for a question that a wave has to switch on.")),
        ("levels", gettext("The five levels from 1 to 5, in the order of the form.")),
        ("dimensions", gettext("The dimensions with their names.")),
        ("answers", gettext("The answers to choose from, one row each; “question” is the code of its question.")),
        (
            "short_forms",
            gettext("The short forms, counted from 0: of each dimension one criterion, and each criterion of a dimension equally often."),
        ),
    ]


def count_texts(version: Questionnaire, language: str) -> tuple[int, int]:
    """How many of a version's texts there are in a language, and how many there are in all."""
    texts = [version.text, version.general.text, *(level.text for level in version.levels), *(each.text for each in version.dimensions)]
    texts += [*(each.text for each in version.criteria), *(question.text for question in version.questions)]
    texts += [answer.text for question in version.questions for answer in question.answers]
    return sum(bool(text.get(language)) for text in texts), len(texts)


def _tables(version: Questionnaire, translate_to: str | None) -> Iterator[tuple[str, Row, Iterable[Row]]]:
    languages = list(dict.fromkeys([*version.languages, *([translate_to] if translate_to else [])]))
    columns = [f"text_{language}" for language in languages]

    def words(text: Text) -> list[str]:
        return [text.get(language, "") for language in languages]

    yield "questionnaire", ["code", "kind", "dimension", *columns, "most_choices", "asked_when", "asked_by_default"], [
        [version.code, "title", "", *words(version.text), "", "", ""],
        *([each.code, "satisfaction", each.dimension, *words(each.text), "", "", ""] for each in version.criteria),
        [version.general.code, "general", "", *words(version.general.text), "", "", ""],
        *(
            [
                each.code, each.kind, each.dimension or "", *words(each.text), each.most_choices if each.answers else "",
                f"{each.asked_when.question}={each.asked_when.answer}" if each.asked_when else "", "yes" if each.asked_by_default else "no",
            ]
            for each in version.questions
        ),
    ]  # fmt: skip
    yield "levels", ["rating", *columns], [[each.rating, *words(each.text)] for each in version.levels]
    yield "dimensions", ["code", *columns], [[each.code, *words(each.text)] for each in version.dimensions]
    answers = [[each.code, one.code, *words(one.text)] for each in version.questions for one in each.answers]
    yield "answers", ["question", "code", *columns], answers
    dimensions = [each.code for each in version.dimensions if each.code != OVERALL]
    yield "short_forms", ["variant", *dimensions], [[number, *variant] for number, variant in enumerate(version.short_forms)]


def _csv(header: Row, rows: Iterable[Row]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return _BOM + text.getvalue()
