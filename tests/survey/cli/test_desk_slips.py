from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Slip, SlipBatch
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]


def slips(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Slip)) or 0


def test_slips_are_printed_into_a_new_file_for_the_owner_only(
    call: Command, home: Path, session: Session, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIPAS_BASE_URL", "https://sipas.example")
    said = call("desk", "slips", province.desk_ids["yen-son"], "--count", 12, "--output", home / "s.pdf")
    assert (said.code, said.error, said.text) == (0, "", f"{home / 's.pdf'}: 12 slips. Print them, then delete the file.\n")
    assert (home / "s.pdf").read_bytes().startswith(b"%PDF-")
    assert stat.S_IMODE((home / "s.pdf").stat().st_mode) == 0o600
    assert slips(session) == 12
    assert session.scalars(select(SlipBatch.printed_by)).one() == "sipas desk slips"


def test_slips_that_lead_to_this_machine_only_say_so(
    call: Command, home: Path, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIPAS_BASE_URL", raising=False)
    said = call("desk", "slips", province.desk_ids["yen-son"], "--output", home / "s.pdf")
    assert (said.code, said.error.startswith("These slips lead to this machine only.")) == (0, True)


def test_a_file_that_is_there_is_never_overwritten(call: Command, home: Path, session: Session, province: SmallProvince) -> None:
    (home / "s.pdf").write_bytes(b"an earlier batch")
    refusal = call("desk", "slips", province.desk_ids["yen-son"], "--output", home / "s.pdf").refusal
    assert "s.pdf cannot be written (File exists)" in refusal
    assert (home / "s.pdf").read_bytes() == b"an earlier batch"
    assert slips(session) == 0


@pytest.mark.parametrize(("desk", "count", "words"), [(999, 10, "no desk 999"), (None, 3, "10 to 5000 codes")])
def test_what_cannot_be_printed_leaves_no_file(
    call: Command, home: Path, session: Session, province: SmallProvince, desk: int | None, count: int, words: str
) -> None:
    refusal = call("desk", "slips", desk or province.desk_ids["yen-son"], "--count", count, "--output", home / "s.pdf").refusal
    assert words in refusal
    assert not (home / "s.pdf").exists()
    assert slips(session) == 0
