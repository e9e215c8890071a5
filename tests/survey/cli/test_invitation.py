from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Slip
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]
pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def sample(call: Command, province: SmallProvince, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SIPAS_BASE_URL", "https://sipas.example")
    days = ("--name", "Mẫu", "--from", "2020-01-01", "--to", "2099-12-31")
    assert call("wave", "open", "M-2026", *days, "--instrument", "sample").code == 0
    return "M-2026"


def left(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Slip)) or 0


def test_invitations_are_made_listed_and_withdrawn(
    call: Command, home: Path, session: Session, province: SmallProvince, sample: str
) -> None:
    desk = province.desk_ids["yen-son"]
    said = call("invitation", "make", sample, desk, "--count", 12, "-o", home / "m.csv")
    assert (said.code, said.error, said.text) == (0, "", f"{home / 'm.csv'}: 12 invitations. Send them, then delete the file.\n")
    rows = list(csv.reader((home / "m.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert (len(rows), left(session), stat.S_IMODE((home / "m.csv").stat().st_mode)) == (13, 12, 0o600)
    assert rows[1][0].startswith("https://sipas.example/p/")
    batch = json.loads(call("invitation", "list", "--agency", "tinh", "--format", "json").text)[0]
    assert (batch["wave"], batch["printed"], batch["used"], batch["left"]) == (sample, 12, 0, 12)
    assert call("invitation", "list", "--agency", "my-lam").text == "none yet\n"
    assert call("desk", "batches").text == "none yet\n"
    assert "no batch of slips" in call("desk", "withdraw", batch["id"], "--reason", "x").refusal
    assert (
        call("invitation", "withdraw", batch["id"], "--reason", "Gửi nhầm").text
        == "Batch 1 is withdrawn: 12 left of it open nothing any more.\n"
    )
    assert "withdrawn already" in call("invitation", "withdraw", batch["id"], "--reason", "x").refusal
    assert "Gửi nhầm" in call("invitation", "list").text


@pytest.mark.parametrize(
    ("wave", "file", "words"),
    [("2026-Q4", "m.csv", "not a sample survey"), ("M-2026", "m.doc", "must end in .xlsx, .csv, .pdf"), ("x", "m.pdf", "no wave 'x'")],
)
def test_what_cannot_be_made_leaves_no_file(
    call: Command, home: Path, session: Session, province: SmallProvince, sample: str, wave: str, file: str, words: str
) -> None:
    assert words in call("invitation", "make", wave, province.desk_ids["yen-son"], "-o", home / file).refusal
    assert (left(session), list(home.glob("m.*"))) == (0, [])


def test_batches_of_slips_are_listed_and_withdrawn(call: Command, home: Path, province: SmallProvince, sample: str) -> None:
    call("desk", "slips", province.desk_ids["my-lam"], "--count", 10, "-o", home / "s.pdf")
    batch = json.loads(call("desk", "batches", "--format", "json").text)[0]
    assert (batch["agency"], batch["left"], "wave" in batch) == ("UBND phường Mỹ Lâm", 10, False)
    assert "no agency 'nowhere'" in call("desk", "batches", "--agency", "nowhere").refusal
    assert call("desk", "withdraw", batch["id"], "--reason", "Mất").code == 0


def test_a_desk_gets_addresses_of_each_kind(call: Command, province: SmallProvince, sample: str) -> None:
    desk = province.desk_ids["yen-son"]
    for kind, path in (("kiosk", "/k/"), ("display", "/d/")):
        issued = call("desk", "issue", desk, "--kind", kind).text.strip()
        assert issued.startswith(path)
        listed = json.loads(call("desk", "list", "--kind", kind, "--format", "json").text)
        assert {row["agency"]: row["url"] for row in listed} == {"yen-son": issued, "my-lam": None}
        assert call("desk", "revoke", issued).code == 0
        assert call("desk", "list", "--kind", kind, "--agency", "yen-son").text.count(path) == 0
    assert json.loads(call("desk", "list", "--agency", "yen-son", "--format", "json").text)[0]["url"] == province.urls["yen-son"]
