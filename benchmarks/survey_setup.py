"""An open wave at the demo's desks, and what phones send to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from itertools import count
from random import getrandbits
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy.orm import Session

from survey.database import make_engine
from survey.demo.province import read_province
from survey.domain.questionnaire import FULL_FORM, Questionnaire, short_form
from survey.queries.agency_list import list_desks
from survey.services.change_wave import open_wave
from survey.services.import_agencies import import_agencies
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from survey.settings import today

QUESTIONNAIRE = "sipas-2017"


@dataclass(frozen=True)
class Sent:
    """One form as a phone sends it."""

    path: str
    body: bytes
    address: str


def open_survey(url: str) -> list[str]:
    """Fill an empty database with the demo's agencies and an open wave; the paths of the forms."""
    province, day = read_province(), today()
    engine = make_engine(url)
    with Session(engine, expire_on_commit=False) as session:
        import_questionnaire(session, read_questionnaire(QUESTIONNAIRE), today=day)
        import_agencies(session, province.agencies, desks=province.desks, today=day)
        open_wave(
            session, code="benchmark", name_vi="Đo tốc độ", name_en="Benchmark", questionnaire=QUESTIONNAIRE,
            opens_on=day - timedelta(days=30), closes_on=day + timedelta(days=30),
        )  # fmt: skip
        paths = [str(desk["url"]) for desk in list_desks(session, today=day)]
    engine.dispose()
    return paths


def forms(paths: list[str], *, full: bool = False, first: int = 0) -> Iterator[Sent]:
    """Without end: every desk and every variant in turn, each form under an id of its own, ratings from 3 to 5."""
    questionnaire = read_questionnaire(QUESTIONNAIRE)
    for number in count(first):
        form = FULL_FORM if full else short_form(number % len(questionnaire.short_forms))
        yield Sent(paths[number % len(paths)], _body(questionnaire, form, number), str(IPv4Address(getrandbits(32))))


def _body(questionnaire: Questionnaire, form: str, number: int) -> bytes:
    """As browsers do, the body holds the comment although it is empty."""
    codes = (*questionnaire.asked(form), questionnaire.general.code)
    ratings = {code: 3 + (number + place) % 3 for place, code in enumerate(codes)}
    return urlencode({"response_id": str(uuid4()), "form": form, **ratings, "O1": ""}).encode()
