from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from survey.cli import sipas
from survey.database import make_engine, transaction
from survey.models import SlipBatch, User
from survey.queries.audit_log import list_entries
from survey.services.audit import record_alone
from survey.services.change_wave import close_wave, open_wave
from survey.services.declare_network import declare_network
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]
PASSWORD = "một mật khẩu đủ dài"

#: Commands that change nothing and hand nothing out, or whose traces are elsewhere.
NO_ENTRY = {
    "demo": "builds a database of its own; its steps leave their entries",
    "serve": "the pages write their entries themselves",
    "db upgrade": "the database itself says at which migration it stands",
    "db tidy": "what is due by the calendar, of citizens: nobody decides it, and no time of theirs is logged",
    "db blur-order": "changes the order in which rows lie, and nothing that they say",
    "user list": "looks", "agency list": "looks", "agency network list": "looks", "desk list": "looks", "wave list": "looks",
    "desk batches": "looks", "invitation list": "looks",
    "audit list": "looks", "audit verify": "looks", "desk qr": "the address hangs at the desk for everybody to see",
    "desk poster": "the same",
    "wave refresh": "computes what pages would compute", "analyse": "shows on the screen what pages show, or reads a file",
}  # fmt: skip


def commands(group: click.Group | None = None, before: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    group = group or sipas
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = (*before, name)
        found |= commands(command, path) if isinstance(command, click.Group) else {" ".join(path): command}
    return found


def made(session: Session) -> list[str]:
    session.rollback()
    return [entry.action for entry in reversed(list_entries(session, limit=1000))]


#: Commands and the action of the entry that each leaves, with what it is called with and what must be there before.
USES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "db recount": ((), "tallies_recounted", "open"),
    "user add": (("a@b.vn", "--role", "department", "--password", PASSWORD), "user_added", "open"),
    "user role": (("x@y.vn", "--role", "administrator"), "user_changed", "open"),
    "user disable": (("x@y.vn",), "user_changed", "open"),
    "user enable": (("x@y.vn",), "user_changed", "open"),
    "user password": (("x@y.vn", "--password", PASSWORD), "user_changed", "open"),
    "user second-factor-reset": (("x@y.vn",), "second_factor_changed", "open"),
    "user log-out": (("x@y.vn",), "sessions_ended", "open"),
    "agency network add": (("yen-son", "203.0.113.0/24"), "network_declared", "open"),
    "agency network remove": (("yen-son", "198.51.100.0/24"), "network_withdrawn", "open"),
    "agency merge": (("yen-son", "my-lam", "--name-vi", "Mới", "--on", "2100-01-01", "--yes"), "agencies_changed", "open"),
    "agency split": (
        ("yen-son", "--into", "a=Xã A", "--into", "b=Xã B", "--desk", "{desk}=a", "--on", "2100-01-01", "--yes"), "agencies_changed", "open"
    ),
    "agency move": (("yen-son", "--parent", "my-lam", "--on", "2100-01-01", "--yes"), "agencies_changed", "open"),
    "agency end": (("yen-son", "--on", "2100-01-01", "--yes"), "agencies_changed", "open"),
    "agency take-back": (("my-lam", "--reason", "hoãn"), "agencies_changed", "open"),
    "agency rename": (("yen-son", "--name-vi", "UBND xã Mới"), "agencies_changed", "open"),
    "desk add": (("yen-son", "--name-vi", "Quầy mới"), "desk_changed", "open"),
    "desk rename": (("{desk}", "--name-vi", "Quầy mới"), "desk_changed", "open"),
    "desk close": (("{desk}",), "desk_changed", "open"),
    "desk open": (("{desk}",), "desk_changed", "open"),
    "desk issue": (("{desk}",), "desk_code_issued", "open"),
    "desk revoke": (("{url}",), "desk_code_revoked", "open"),
    "desk withdraw": (("1", "--reason", "lost"), "slips_withdrawn", "open"),
    "invitation make": (("M", "{desk}", "--count", "10", "-o", "m.csv"), "invitations_made", "open"),
    "invitation withdraw": (("2", "--reason", "lost"), "invitations_withdrawn", "open"),
    "desk slips": (("{desk}", "--count", "10", "-o", "slips.pdf"), "slips_printed", "open"),
    "wave open": (("2019-Q1", "--name", "Quý I/2019", "--from", "2019-01-01", "--to", "2019-03-31"), "wave_opened", "open"),
    "wave change": (("2026-Q4", "--name", "Đợt cuối năm"), "wave_changed", "open"),
    "wave cancel": (("2100-Q1", "--reason", "hoãn"), "wave_cancelled", "open"),
    "wave close": (("2026-Q4",), "wave_closed", "open"),
    "wave run": (("2026-Q4",), "wave_analysed", "closed"),
    "wave publish": (("2026-Q4", "--by", "bình"), "wave_published", "analysed"),
    "wave return": (("2026-Q4", "--by", "bình", "--reason", "xem lại"), "run_returned", "analysed"),
    "import questionnaire": (("sipas-2017",), "questionnaire_imported", "open"),
    "import agencies": (("agencies.csv",), "agencies_changed", "open"),
    "import benchmarks": (("benchmarks.csv",), "benchmarks_imported", "open"),
    "report": (("2026-Q4",), "exported", "analysed"),
    "export": (("2026-Q4",), "exported", "analysed"),
}  # fmt: skip

#: What a command undoes, called before it.
FIRST = {
    "agency take-back": ("agency", "end", "my-lam", "--on", "2100-01-01", "--yes"),
    "desk open": ("desk", "close", "{desk}"),
    "wave cancel": ("wave", "open", "2100-Q1", "--name", "Quý I/2100", "--from", "2100-01-01", "--to", "2100-03-31"),
}


def test_every_command_leaves_an_entry_or_the_reason_for_none_is_known() -> None:
    assert set(commands()) == set(USES) | set(NO_ENTRY) | {"backup"}
    assert not set(USES) & set(NO_ENTRY)


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", USES)
def test_every_change_by_command_leaves_one_entry(
    call: Command, home: Path, session: Session, province: SmallProvince, command: str
) -> None:
    arguments, action, state = USES[command]
    prepare(session, province, state)
    agencies = "code,kind,parent,name_vi,name_en,valid_from,valid_to\nmoi,centre,,Mới,,2026-01-01,\n"
    (home / "agencies.csv").write_text(agencies, encoding="utf-8")
    (home / "benchmarks.csv").write_text("scope,year,measure,percent,method,source\nx,2020,ALL,82.25,m,s\n", encoding="utf-8")

    def run(*words: str) -> Any:
        return call(*(word.format(desk=province.desk_ids["yen-son"], url=province.urls["my-lam"]) for word in words))

    if command in FIRST:
        assert run(*FIRST[command]).code == 0
    before = made(session)
    said = run(*command.split(), *arguments)
    assert said.code == 0, said.error
    assert made(session)[len(before) :] == [action]
    assert list_entries(session)[0].who.startswith("command line (")


def prepare(session: Session, province: SmallProvince, state: str) -> None:
    declare_network(session, "yen-son", "198.51.100.0/24")
    session.add(User(email="x@y.vn", password=None, active=True, fs_uniquifier="x"))
    first, last = date(2020, 1, 1), date(2099, 12, 31)
    sample = open_wave(
        session, code="M", name_vi="M", name_en="M", opens_on=first, closes_on=last, questionnaire="sipas-2017", instrument="sample"
    )  # fmt: skip
    for number, wave_id in ((1, None), (2, sample.id)):
        batch = {"desk_id": province.desk_ids["yen-son"], "printed_count": 10, "printed_on": today(), "printed_by": "x", "key_check": "x"}
        session.add(SlipBatch(id=number, wave_id=wave_id, **batch))
    session.commit()
    if state != "open":
        for _ in range(12):
            province.answer(session, {"A1": 5})
        close_wave(session, province.wave.code, today=today())
    if state == "analysed":
        run_analysis(session, province.wave.code, by="a", today=today())


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_a_backup_is_an_export_and_holds_its_own_entry(call: Command, home: Path, session: Session) -> None:
    assert call("backup", home / "copy.sqlite3").code == 0
    assert made(session) == ["exported"]
    engine = make_engine(f"sqlite:///{home / 'copy.sqlite3'}")
    with Session(engine) as copy:
        assert list_entries(copy)[0].subject == "the whole database"
    engine.dispose()


def test_the_log_is_listed_newest_first_and_what_was_typed_stays_on_its_line(call: Command, session: Session) -> None:
    record_alone(session, "exported", "first")
    record_alone(session, "refused", "GET /a\n\x1b[31mb")
    lines = call("audit", "list").text.splitlines()
    assert len(lines) == 3
    assert "GET /a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31mb" in lines[1]
    assert "first" in lines[2]
    assert [entry["number"] for entry in json.loads(call("audit", "list", "--format", "json").text)] == [2, 1]
    assert len(json.loads(call("audit", "list", "--last", 1, "--format", "json").text)) == 1


def test_an_unbroken_log_tells_its_end_to_be_noted(call: Command, session: Session) -> None:
    record_alone(session, "exported", "first")
    said = call("audit", "verify").text.splitlines()
    assert said[0] == "All 1 entries are as they were written."
    record_alone(session, "exported", "second")
    assert call("audit", "verify", "--noted", said[1]).code == 0
    assert "entry 1 changed" in call("audit", "verify", "--noted", "1:" + "0" * 64).refusal
    assert "64 hexadecimal digits" in call("audit", "verify", "--noted", "yesterday").refusal


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_a_broken_log_is_told_with_the_numbers_of_the_entries(call: Command, session: Session) -> None:
    for number in range(3):
        record_alone(session, "exported", str(number))
    with transaction(session):
        session.execute(text("DROP TRIGGER guard_audit_entry_update"))
        session.execute(text("UPDATE audit_entry SET subject = 'x' WHERE number = 2"))
    assert "entry 2 changed" in call("audit", "verify").refusal
