"""Languages: Vietnamese first. Words come from translations/<language>/messages.po; numbers and dates from CLDR through Babel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context

from analysis import half_up
from survey.settings import PROJECT


def find_languages(catalogues: Path) -> tuple[str, ...]:
    """Vietnamese, which is the default, English, the language of the source text, and every other one that has a catalogue."""
    others = {path.parent.name for path in catalogues.glob("*/messages.po")} - {"vi", "en"}
    return ("vi", "en", *sorted(others))


LANGUAGES = find_languages(PROJECT / "translations")
LANGUAGE_NAMES = {code: name[:1].upper() + name[1:] for code in LANGUAGES if (name := Locale.parse(code).display_name or code)}


def pick_language(*wishes: str | None) -> str:
    """The first wish that is a language of ours, or Vietnamese."""
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])


def language() -> str:
    return g.get("language", LANGUAGES[0]) if has_request_context() else LANGUAGES[0]


@cache
def catalogue(code: str) -> NullTranslations:
    """The words of one language, read from its .po file: no compile step to forget."""
    path = PROJECT / "translations" / code / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def in_words(text: Mapping[str, str], code: str) -> str:
    """A text in the language `code`, or in Vietnamese where it has no other."""
    return text.get(code) or text[LANGUAGES[0]]


def gettext(message: str, **values: Any) -> str:
    text: str = catalogue(language()).ugettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    text: str = catalogue(language()).ungettext(singular, plural, num)
    return text % {"num": number(num), **values}


def percent(share: float | Decimal | None, digits: int = 2) -> str:
    """A share between 0 and 1 as percent, rounded half up once, with the decimal comma in Vietnamese; a dash for None.

    The space before the sign does not break: a number and its sign stay on one line.
    """
    return "–" if share is None else f"{in_percent(share, digits)}\u00a0%"


def in_percent(share: float | Decimal, digits: int = 2) -> str:
    """A share in percent without the sign, where the head of a table says it."""
    return _written(half_up(share, decimals=digits + 2).scaleb(2))


def points(difference: float, digits: int = 2) -> str:
    """A difference of two shares in percentage points, with its sign; what rounds to nothing has none."""
    size = in_percent(abs(difference), digits)
    sign = "+" if difference > 0 else "−"
    return f"{sign if size.strip('0.,') else ''}{size}"


def number(value: float | Decimal, digits: int = 0) -> str:
    """Rounded half up, with the marks of the language: 1.234,50 in Vietnamese, 1,234.50 in English."""
    return _written(value if isinstance(value, int) and not digits else half_up(value, decimals=digits))


def _written(rounded: Decimal | int) -> str:
    return f"{rounded:,}".translate(_marks(language()))


@cache
def _marks(code: str) -> dict[int, str]:
    """CLDR's marks in place of Python's: a page of all agencies formats a thousand numbers, and Babel's own formatting was 40 % of it."""
    symbols = Locale.parse(code).number_symbols["latn"]
    return {ord(","): symbols["group"], ord("."): symbols["decimal"]}


def day(value: date) -> str:
    """A day in numbers: 05/11/2026 in Vietnamese, 5 November 2026 in English."""
    return format_date(value, format="dd/MM/yyyy" if language() == "vi" else "d MMMM yyyy", locale=language())


def _words(text: Mapping[str, str]) -> str:
    return in_words(text, language())


def init_app(app: Flask) -> None:
    """Give templates the words and the number formats of the request's language."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    filters: dict[str, Callable[..., str]] = {"percent": percent, "points": points, "number": number, "day": day, "words": _words}
    app.jinja_env.filters.update(filters)
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES, "language_names": LANGUAGE_NAMES})
