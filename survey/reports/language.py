"""One report speaks one language from its first word to its last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from babel.dates import format_date
from flask import current_app, g

from survey import i18n

#: Official papers write the day with two digits, of the months only January and February (decree 30/2020/NĐ-CP, annex I).
_IN_WORDS = {"vi": "'ngày' dd 'tháng' {month} 'năm' y", "en": "d MMMM y"}


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block `survey.i18n` speaks `language`, as it does for a reader's request."""
    with current_app.test_request_context():
        g.language = language
        yield


def word(text: Mapping[str, str]) -> str:
    """The words of a questionnaire in the report's language, or in Vietnamese where it has no others."""
    return text.get(i18n.language(), text[i18n.LANGUAGES[0]])


def day_in_words(day: date) -> str:
    pattern = _IN_WORDS[i18n.language()].format(month="MM" if day.month <= 2 else "M")
    return format_date(day, format=pattern, locale=i18n.language())
