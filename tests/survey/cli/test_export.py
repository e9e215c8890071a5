from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]


@pytest.fixture
def filled(session: Session, province: SmallProvince) -> SmallProvince:
    """Twelve satisfied people over the last two days before today."""
    for number in range(12):
        province.answer(session, {"A1": 5, "E1": 4}, day=today() - timedelta(days=1 + number % 2))
    session.rollback()
    return province


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_live_scores_are_computed_and_written_to_the_screen_or_a_file(call: Command, filled: SmallProvince, home: Path) -> None:
    said = call("export", "2026-Q4")
    (row,) = [row for row in rows(said.output) if (row["agency"], row["key"], row["rule"]) == ("yen-son", "ALL", "pooled")]
    assert (row["name"], row["respondents"], row["index"], row["revision"]) == ("UBND xã Yên Sơn", "12", "1.0", "0")
    for _ in range(2):  # a scheduled export writes over its own file
        assert call("export", "2026-Q4", "--output", "scores.csv").text == f"scores.csv: {len(rows(said.output))} scores.\n"
    assert (home / "scores.csv").read_bytes() == said.output


def test_a_frozen_wave_gives_its_newest_revision_or_the_one_asked_for(call: Command, filled: SmallProvince, session: Session) -> None:
    marked = [filled.answer(session, {"A1": 1}) for _ in range(5)]
    close_wave(session, "2026-Q4", today=today())
    run_analysis(session, "2026-Q4", by="test", today=today())
    for response_id in marked:
        mark_response(session, response_id, reason="alike", by="test", today=today())
    run_analysis(session, "2026-Q4", by="test", today=today())
    session.rollback()
    assert {row["revision"] for row in rows(call("export", "2026-Q4").output)} == {"2"}
    assert {row["revision"] for row in rows(call("export", "2026-Q4", "--revision", 1).output)} == {"1"}
    assert "no revision 3; it has 1, 2" in call("export", "2026-Q4", "--revision", 3).refusal


def test_neither_tallies_nor_responses_are_exported(call: Command, filled: SmallProvince) -> None:
    assert not {"counts", "rated_5", "desk", "responded_on"} & set(rows(call("export", "2026-Q4").output)[0])


def test_what_cannot_be_exported_is_told_in_one_line(call: Command, province: SmallProvince, session: Session) -> None:
    session.rollback()
    assert "There is no wave '2031-Q1'. Waves: 2026-Q4." in call("export", "2031-Q1").refusal
    assert "has no scores yet" in call("export", "2026-Q4").refusal
    assert "no frozen analysis yet" in call("export", "2026-Q4", "--revision", 1).refusal
    assert "0 is not in the range" in call("export", "2026-Q4", "--revision", 0).refusal


def test_a_place_that_cannot_be_written_is_told(call: Command, filled: SmallProvince) -> None:
    assert "cannot be written" in call("export", "2026-Q4", "--output", "no/such/folder.csv").refusal
