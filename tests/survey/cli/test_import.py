from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Agency, AgencySuccession, Benchmark, Desk, DeskCode, QuestionnaireVersion
from survey.settings import PROJECT
from tests.support.small_province import SmallProvince

Command = Callable[..., object]
DEMO = PROJECT / "survey" / "demo"
AGENCIES = "code,kind,parent,name_vi,name_en,valid_from,valid_to\n"
TINH = "tinh,province,,Tỉnh Tuyên Quang,Tuyên Quang Province,2025-07-01,\n"
BENCHMARKS = "scope,year,measure,percent,method,source\n"


@pytest.fixture
def write(home: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = home / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def contents(session: Session) -> tuple[int | None, ...]:
    models = (Agency, AgencySuccession, Desk, DeskCode, Benchmark, QuestionnaireVersion)
    found = tuple(session.scalar(select(func.count()).select_from(model)) for model in models)
    session.rollback()
    return found


def test_a_province_is_imported_and_a_second_time_nothing_changes(call: Command, session: Session) -> None:
    commands = [
        ("import", "questionnaire", "sipas-2017"),
        ("import", "agencies", DEMO / "agencies.csv", "--desks", DEMO / "desks.csv", "--successions", DEMO / "successions.csv"),
        ("import", "benchmarks", DEMO / "benchmarks.csv"),
    ]
    first = [call(*command) for command in commands]
    stored = contents(session)
    codes = set(session.scalars(select(DeskCode.code)))
    session.rollback()
    assert [call(*command) for command in commands] == first
    assert contents(session) == stored
    assert set(session.scalars(select(DeskCode.code))) == codes
    assert all(said.code == 0 for said in first)
    assert b"5 dimensions, 23 criteria" in first[0].output
    assert min(number for number in stored if number is not None) >= 1


def test_a_questionnaire_can_come_from_a_folder(call: Command, home: Path, session: Session) -> None:
    folder = shutil.copytree(PROJECT / "survey" / "questionnaires" / "sipas-2017", home / "mine")
    text = (folder / "questionnaire.csv").read_text(encoding="utf-8")
    (folder / "questionnaire.csv").write_text(text.replace("sipas-2017", "sipas-2026"), encoding="utf-8")
    assert call("import", "questionnaire", "mine").text.startswith("Questionnaire sipas-2026 is loaded")
    assert session.scalars(select(QuestionnaireVersion.code)).one() == "sipas-2026"


def test_an_answered_questionnaire_is_not_replaced(call: Command, home: Path, session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5})
    folder = shutil.copytree(PROJECT / "survey" / "questionnaires" / "sipas-2017", home / "mine")
    text = (folder / "levels.csv").read_text(encoding="utf-8")
    (folder / "levels.csv").write_text(text.replace("Hài lòng", "Vừa lòng"), encoding="utf-8")
    session.rollback()
    assert "can no longer change" in call("import", "questionnaire", "mine").refusal


@pytest.mark.parametrize(("argument", "words"), [("nonsense", "known: sipas-2017"), ("./nowhere", "cannot be read"), ("empty", "empty")])
def test_a_questionnaire_that_is_not_there_is_told(call: Command, home: Path, argument: str, words: str) -> None:
    (home / "empty").mkdir()
    (home / "empty" / "questionnaire.csv").touch()
    assert words in call("import", "questionnaire", argument).refusal


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "a.csv, line 1: the file is empty"),
        (AGENCIES.encode(), "a.csv, line 2: no rows"),
        ((AGENCIES + TINH).encode("utf-16"), "a.csv, line 1: not UTF-8"),
        ((AGENCIES + TINH).replace("Tỉnh", "T\x00nh").encode(), "a.csv, line 2: holds the control character U+0000"),
        (AGENCIES.replace(",valid_to", "").encode() + b"a,b,c,d,e,f\n", "a.csv, line 1: column valid_to is missing"),
        ((AGENCIES + TINH.replace("province", "kingdom")).encode(), "a.csv, line 2: kind is 'kingdom'"),
        ((AGENCIES + TINH + "\nx,commune,nowhere,X,X,2025-07-01,\n").encode(), "a.csv, line 4: the parent 'nowhere' is no known agency"),
        (
            (AGENCIES + TINH.replace("2025-07-01", "1/7/2025")).encode(),
            "a.csv, line 2: valid_from is '1/7/2025'; write a date as 2025-07-01",
        ),
        ((AGENCIES + TINH.replace("2025-07-01", "2025-02-30")).encode(), "a.csv, line 2: valid_from is '2025-02-30'"),
        ((AGENCIES + TINH.replace("2025-07-01,", "2025-07-01,2024-01-01")).encode(), "a.csv, line 2: valid_to lies before valid_from"),
        ((AGENCIES + TINH + TINH).encode(), "a.csv, line 3: code 'tinh' stands in an earlier row too"),
        ((AGENCIES + TINH.replace("tinh", "a/b")).encode(), "a.csv, line 2: code 'a/b'"),
        ((AGENCIES + TINH.replace("Tỉnh Tuyên Quang", "")).encode(), "a.csv, line 2: name_vi is empty"),
        ((AGENCIES + TINH.rstrip() + ",1\n").encode(), "a.csv, line 2: 8 cells"),
    ],
)
def test_agencies_that_cannot_be_read_are_refused_with_file_and_line(
    call: Command, session: Session, write: Callable[..., Path], content: bytes, words: str
) -> None:
    assert words in call("import", "agencies", write("a.csv", content)).refusal
    assert contents(session) == (0,) * 6


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_opened_is_told(call: Command, name: str) -> None:
    assert "cannot be read" in call("import", "agencies", name).refusal
    assert "cannot be read" in call("import", "benchmarks", name).refusal


def test_a_wrong_desk_keeps_the_agencies_out_too(call: Command, session: Session, write: Callable[..., Path]) -> None:
    agencies, desks = write("a.csv", AGENCIES + TINH), write("d.csv", "agency,name_vi,name_en\ntinh,Quầy 1,\nxa,Quầy 2,\n")
    assert "d.csv, line 3: the agency 'xa' is no known agency" in call("import", "agencies", agencies, "--desks", desks).refusal
    assert contents(session) == (0,) * 6


def test_a_succession_of_unknown_agencies_is_refused(call: Command, session: Session, write: Callable[..., Path]) -> None:
    agencies, after = write("a.csv", AGENCIES + TINH), write("s.csv", "predecessor,successor,on\nha-giang,tinh,2025-07-01\n")
    assert "s.csv, line 2: the predecessor 'ha-giang'" in call("import", "agencies", agencies, "--successions", after).refusal
    assert contents(session) == (0,) * 6


@pytest.mark.parametrize("percent", ["82,25", "NaN", "-1", "100.01", "82.255", "1e1", "", "many"])
def test_a_benchmark_that_is_no_percentage_is_refused(call: Command, session: Session, write: Callable[..., Path], percent: str) -> None:
    rows = f'{BENCHMARKS}national,2020,ALL,85.48,m,s\ntuyen-quang,2020,ALL,"{percent}",m,s\n'
    assert "b.csv, line 3: percent" in call("import", "benchmarks", write("b.csv", rows)).refusal
    assert contents(session) == (0,) * 6


@pytest.mark.parametrize(
    ("row", "words"), [("x,year,ALL,1,m,s", "year"), ("x,2020,ALL,1,m,", "source is empty"), (",2020,ALL,1,m,s", "scope is empty")]
)
def test_a_benchmark_must_say_what_it_is(call: Command, write: Callable[..., Path], row: str, words: str) -> None:
    assert words in call("import", "benchmarks", write("b.csv", f"{BENCHMARKS}{row}\n")).refusal
