"""Whatever is sent to a desk's address: no server error, and nothing stored that the questionnaire does not ask."""

from __future__ import annotations

import random
import secrets
from datetime import date
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from survey.domain.questionnaire import NO_OPINION, RATINGS, Questionnaire
from survey.domain.submission import ANSWERING_TIMES, LONGEST_COMMENT
from survey.domain.wave import MODES
from survey.models import Comment, DeskCode, Response
from survey.queries import open_desk
from survey.queries.open_desk import find_desk, known_desk
from survey.services.issue_desk_code import new_code
from survey.services.recount_tallies import recount_tallies
from survey.settings import today
from tests.support.small_province import SmallProvince

FUZZ = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

KNOWN = (
    "response_id",
    "form",
    "questionnaire",
    "helped",
    "answering_time",
    "switch",
    "full_form",
    "A1",
    "B2",
    "C3",
    "G1",
    "N5",
    "M",
    "O1",
    "T1",
    "lang",
)
ODD = st.sampled_from([
    "", "0", "5", "6", "-1", "1e9", "٤", "５", "null", "[]", "\x00", "A\x00B", "\ud7ff", "\U0001f600" * 3, "' OR 1=1 --", "{{7*7}}",
    "9" * 5000,
    "short-0", "short--1", "short-99999999999999999999", "full", "sipas-2017", "late", "vi", "../../etc",
])  # fmt: skip
VALUES = st.one_of(ODD, st.text(max_size=60), st.uuids(version=4).map(str), st.uuids(version=1).map(str))
NAMES = st.one_of(
    st.sampled_from(KNOWN), st.text(max_size=20), st.sampled_from(["id", "marked", "mode", "from_own_network", "responded_on", "__proto__"])
)
FORMS = st.lists(st.tuples(NAMES, VALUES), max_size=40)
BODIES = st.one_of(st.binary(max_size=2000), st.text(max_size=500).map(lambda text: text.encode("utf-8", "replace")))
KINDS = st.one_of(
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"]),
    st.sampled_from(["application/json", "", "text/plain; charset=x"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def post(app: Flask, url: str, **how: object) -> int:
    """From an address of its own: what is tried here is no burst. A mistake of ours is not hidden behind a 500."""
    address = ".".join(str(secrets.randbelow(256)) for _ in range(4))
    return app.test_client().post(url, environ_base={"REMOTE_ADDR": address}, **how).status_code  # type: ignore[arg-type]


def assert_only_the_questionnaire_is_stored(session: Session, questionnaire: Questionnaire) -> None:
    session.rollback()
    questions = {question.code: question for question in questionnaire.questions}
    for response in session.scalars(select(Response)):
        assert UUID(str(response.id)).version == 4
        assert response.mode in MODES
        assert response.language in {"vi", "en"}
        assert response.responded_on == today()
        assert not response.marked
        assert response.answering_time in {None, *ANSWERING_TIMES}
        questionnaire.asked(response.form)
        assert set(response.ratings) <= {*questionnaire.dimension_of, questionnaire.general.code}
        assert set(response.ratings.values()) <= {*RATINGS, NO_OPINION}
        for code, chosen in response.answers.items():
            several = chosen if isinstance(chosen, list) else [chosen]
            assert set(several) <= {answer.code for answer in questions[code].answers}
            assert len(several) <= questions[code].most_choices
    for words in session.scalars(select(Comment.text)):
        assert 0 < len(words) <= LONGEST_COMMENT
        assert not {chr(n) for n in (*range(9), 11, 12, *range(14, 32), 127)} & set(words)
    session.rollback()


@FUZZ
@given(form=FORMS, valid=st.booleans())
@example(form=[("A1", "5")] * 40, valid=True)
@example(form=[("answering_time", "12.345 s")], valid=True)
@example(form=[("O1", "\x00" * 30 + "x"), ("N5", "\x00")], valid=True)
def test_no_form_makes_a_server_error_or_stores_what_is_not_asked(
    app: Flask, session: Session, province: SmallProvince, url: str, form: list[tuple[str, str]], valid: bool
) -> None:
    start = [("response_id", str(uuid4())), ("form", "full"), ("A1", "4")] if valid else []
    fields = MultiDict([*start, *form])
    assert post(app, url, data=fields) in {200, 422}
    assert_only_the_questionnaire_is_stored(session, province.questionnaire)


@FUZZ
@given(body=BODIES, kind=KINDS, query=st.text(max_size=30))
def test_no_body_of_any_kind_makes_a_server_error(
    app: Flask, session: Session, province: SmallProvince, url: str, body: bytes, kind: str, query: str
) -> None:
    assert post(app, url, data=body, content_type=kind, query_string={"lang": query, "form": query}) < 500
    assert_only_the_questionnaire_is_stored(session, province.questionnaire)


@FUZZ
@given(path=st.text(max_size=60), query=st.text(max_size=30))
def test_no_address_makes_a_server_error(app: Flask, province: SmallProvince, path: str, query: str) -> None:
    address = "/s/" + path.replace("\\", "").replace("?", "").replace("#", "")
    client = app.test_client()
    assert client.get(address, query_string={"lang": query, "form": query, "mode": query}).status_code in {200, 308, 404, 405}
    assert client.post(address, data={"A1": "5"}).status_code in {308, 404, 405, 422}


@pytest.mark.parametrize("count", [490, 501, 5_000, 60_000])
def test_a_huge_number_of_fields_is_no_server_error(app: Flask, session: Session, province: SmallProvince, url: str, count: int) -> None:
    body = "&".join(f"x{n}=1" for n in range(count))
    assert post(app, url, data=body, content_type="application/x-www-form-urlencoded") in {413, 422}
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(min(count, 2000))) + "--x--\r\n"
    assert post(app, url, data=parts, content_type="multipart/form-data; boundary=x") in {413, 422}
    file = '--x\r\nContent-Disposition: form-data; name="A1"; filename="a.exe"\r\n\r\n5\r\n--x--\r\n'
    assert post(app, url, data=file, content_type="multipart/form-data; boundary=x") == 422
    assert session.scalars(select(Response.id)).all() == []


def test_tallies_stay_right_through_repeated_fields(app: Flask, session: Session, province: SmallProvince, url: str) -> None:
    for _ in range(20):
        fields = MultiDict(
            [("response_id", str(uuid4())), ("form", "full"), *(("A1", str(n)) for n in range(1, 6)), ("M", "M1"), ("M", "M1")]
        )
        assert post(app, url, data=fields) == 200
    session.rollback()
    assert {rated for response in session.scalars(select(Response)) for rated in response.ratings.values()} == {1}  # the first one counts
    session.rollback()
    assert recount_tallies(session, repair=False) == []


def test_a_hundred_thousand_guesses_find_no_desk_and_fill_no_memory(
    session: Session, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_desk, "_known", {})
    day = date(2026, 11, 22)
    code = province.urls["yen-son"].removeprefix("/s/")
    assert known_desk(session, code, today=day) is not None
    near = [code[:n] + letter + code[n + 1 :] for n in range(len(code)) for letter in "23456789abcdefghjkmnpqrstvwxyz" if letter != code[n]]
    for guess in (*near, *(new_code() for _ in range(500))):
        assert known_desk(session, guess, today=day) is None
    assert len(open_desk._known) == 1
    for _ in range(100):  # by the thousand, for time's sake: what the page asks of the database is this, one by one
        guesses = ["".join(random.choices("23456789abcdefghjkmnpqrstvwxyz", k=27)) for _ in range(1000)]
        assert session.scalars(select(DeskCode.code).where(DeskCode.code.in_(guesses))).all() == []
    assert find_desk(session, code, today=day) is not None
