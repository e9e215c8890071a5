"""What the province has set, and the rest by default."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.domain.province_settings import ProvinceSettings, with_stored
from survey.models import Setting

#: Seconds; after them a changed setting holds on citizens' pages too.
KNOWN_FOR = 10
_known: dict[str, tuple[float, ProvinceSettings]] = {}


def read_settings(session: Session) -> ProvinceSettings:
    return with_stored(dict(session.execute(select(Setting.name, Setting.value)).all()))


def known_settings(session: Session) -> ProvinceSettings:
    """As `read_settings`, from memory where it was read less than `KNOWN_FOR` seconds ago: for pages that every phone asks for.

    Where the database does not answer, what was known last, or the defaults: the page on privacy needs none for anything else.
    """
    database = str(session.get_bind().engine.url)
    read_at, known = _known.get(database, (0.0, None))
    if known is None or monotonic() - read_at >= KNOWN_FOR:
        with suppress(DBAPIError):
            known = read_settings(session)
            _known[database] = (monotonic(), known)
    return known or ProvinceSettings()
