"""A database as it is after a year: 150 agencies, 400 desks, four waves, the last one open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from benchmarks.simulate import Responses, check, simulate, tallies
from survey.database import make_engine
from survey.demo.working_days import working_days
from survey.domain.tallying import COLUMNS
from survey.models import Desk, Response
from survey.services.change_wave import close_wave, open_wave
from survey.services.import_agencies import import_agencies
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire

QUESTIONNAIRE = "sipas-2017"
DEPARTMENTS, COMMUNES, DESKS, WAVES = 25, 124, 400, 4
ROOT = "tinh"
_KEY = ("wave_id", "desk_id", "responded_on", "mode", "marked", "measure")
_CHUNK = 20_000


@dataclass(frozen=True)
class Filled:
    """How many rows now stand in the tables."""

    responses: int
    desk_days: int
    tallies: int


def fill(url: str, *, responses: int, today: date, with_responses: bool) -> Filled:
    """Fill an empty database. Tallies come straight from arrays; the responses themselves only on demand (no page reads them)."""
    questionnaire = read_questionnaire(QUESTIONNAIRE)
    engine = make_engine(url)
    desk_days = rows = 0
    with Session(engine, expire_on_commit=False) as session:
        import_questionnaire(session, questionnaire, today=today)
        agencies = list(_agencies())
        import_agencies(session, agencies, desks=list(_desks(agencies)), today=today)
        desks = list(session.scalars(select(Desk.id).order_by(Desk.id)))
        for number, (first, last) in enumerate(_quarters(today)):
            wave_id = _open_wave(session, number, first, last)
            days = working_days(first, min(last, today - timedelta(days=1)))
            found = simulate(questionnaire, desks=len(desks), days=len(days), responses=responses // WAVES, seed=number)
            check(found)
            session.commit()
            rows += _store_tallies(engine, wave_id, found, desks, days)
            desk_days += len(np.unique(found.unit))
            if with_responses:
                _store_responses(session, wave_id, found, desks, days)
            if number < WAVES - 1:
                close_wave(session, _code(number), today=today)
    _analyse_tables(engine)
    engine.dispose()
    return Filled(responses // WAVES * WAVES, desk_days, rows)


def _agencies() -> Iterator[dict[str, str]]:
    yield _agency(ROOT, "province", "", "Tỉnh")
    for number in range(DEPARTMENTS):
        yield _agency(f"so-{number}", "department", ROOT, f"Sở {number}")
    for number in range(COMMUNES):
        yield _agency(f"xa-{number}", "commune", ROOT, f"Xã {number}")


def _agency(code: str, kind: str, parent: str, name: str) -> dict[str, str]:
    return {"code": code, "kind": kind, "parent": parent, "name_vi": name, "name_en": name, "valid_from": "2021-01-01", "valid_to": ""}


def _desks(agencies: Sequence[dict[str, str]]) -> Iterator[dict[str, str]]:
    below = agencies[1:]
    for number in range(DESKS):
        yield {"agency": below[number % len(below)]["code"], "name_vi": f"Quầy {number}", "name_en": f"Desk {number}"}


def _quarters(today: date) -> Iterator[tuple[date, date]]:
    """Four stretches of 91 days without a gap; today lies on the last day of the last."""
    for number in range(WAVES):
        first = today - timedelta(days=91 * (WAVES - number) - 1)
        yield first, first + timedelta(days=90)


def _code(number: int) -> str:
    return f"W{number + 1}"


def _open_wave(session: Session, number: int, first: date, last: date) -> int:
    code = _code(number)
    wave = open_wave(session, code=code, name_vi=code, name_en=code, opens_on=first, closes_on=last, questionnaire=QUESTIONNAIRE)
    return wave.id


def _store_tallies(engine: Engine, wave_id: int, responses: Responses, desks: Sequence[int], days: Sequence[date]) -> int:
    rows = _tally_rows(wave_id, responses, desks, [day.isoformat() for day in days])
    columns = ", ".join((*_KEY, *COLUMNS))
    connection = engine.raw_connection()
    stored = 0
    if engine.dialect.name == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY tally ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
                stored += 1
    else:
        places = ", ".join("?" * (len(_KEY) + len(COLUMNS)))
        writer: Any = connection.cursor()
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany(f"INSERT INTO tally ({columns}) VALUES ({places})", rows)
        stored = writer.rowcount
    connection.commit()
    connection.close()
    return stored


def _tally_rows(wave_id: int, responses: Responses, desks: Sequence[int], days: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for measure, units, sums in tallies(responses):
        for unit, row in zip(units.tolist(), sums.tolist(), strict=True):
            desk, day = divmod(unit, len(days))
            yield (wave_id, desks[desk], days[day], "open_qr", False, measure, *row)


def _store_responses(session: Session, wave_id: int, responses: Responses, desks: Sequence[int], days: Sequence[date]) -> None:
    for start in range(0, len(responses.unit), _CHUNK):
        rows = [_response(wave_id, responses, place, desks, days) for place in range(start, min(start + _CHUNK, len(responses.unit)))]
        session.execute(insert(Response), rows)
        session.commit()


def _response(wave_id: int, responses: Responses, place: int, desks: Sequence[int], days: Sequence[date]) -> dict[str, Any]:
    desk, day = divmod(int(responses.unit[place]), len(days))
    return {
        "id": uuid4(), "wave_id": wave_id, "desk_id": desks[desk], "responded_on": days[day], "mode": "open_qr", "language": "vi",
        "form": responses.form(place), "ratings": responses.rated(place), "answers": {}, "marked": False,
    }  # fmt: skip


def _analyse_tables(engine: Engine) -> None:
    """What autovacuum has long done in a database that grew over a year."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")
