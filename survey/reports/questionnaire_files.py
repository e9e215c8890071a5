"""A questionnaire version as the folder of CSV files that it can be read from again: for translators, and for the next version."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from survey.domain.questionnaire import OVERALL, Questionnaire, Text

Row = Sequence[object]
_BOM = "\ufeff"  # so that a spreadsheet reads the diacritics


def questionnaire_zip(version: Questionnaire, *, translate_to: str | None = None) -> bytes:
    """The five files; with `translate_to`, an empty column for that language, where the version does not have it yet."""
    languages = [*version.languages, *([translate_to] if translate_to and translate_to not in version.languages else [])]
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, header, rows in _files(version, languages):
            archive.writestr(ZipInfo(f"{version.code}/{name}"), _csv(header, rows))
    return packed.getvalue()


def count_texts(version: Questionnaire, language: str) -> tuple[int, int]:
    """How many of a version's texts there are in a language, and how many there are in all."""
    texts = [version.text, version.general.text, *(level.text for level in version.levels), *(each.text for each in version.dimensions)]
    texts += [*(each.text for each in version.criteria), *(question.text for question in version.questions)]
    texts += [answer.text for question in version.questions for answer in question.answers]
    return sum(bool(text.get(language)) for text in texts), len(texts)


def _files(version: Questionnaire, languages: Sequence[str]) -> Iterator[tuple[str, Row, Iterable[Row]]]:
    columns = [f"text_{language}" for language in languages]

    def words(text: Text) -> list[str]:
        return [text.get(language, "") for language in languages]

    yield "questionnaire.csv", ["code", "kind", "dimension", *columns, "most_choices", "asked_when", "asked_by_default"], [
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
    yield "levels.csv", ["rating", *columns], [[each.rating, *words(each.text)] for each in version.levels]
    yield "dimensions.csv", ["code", *columns], [[each.code, *words(each.text)] for each in version.dimensions]
    answers = [[each.code, one.code, *words(one.text)] for each in version.questions for one in each.answers]
    yield "answers.csv", ["question", "code", *columns], answers
    dimensions = [each.code for each in version.dimensions if each.code != OVERALL]
    yield "short_forms.csv", ["variant", *dimensions], [[number, *variant] for number, variant in enumerate(version.short_forms)]


def _csv(header: Row, rows: Iterable[Row]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return _BOM + text.getvalue()
