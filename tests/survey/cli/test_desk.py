from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.small_province import SmallProvince

Command = Callable[..., Any]
WARNING = "This code leads to this machine only. Set SIPAS_BASE_URL to the address that phones can reach.\n"


def test_a_code_that_leads_to_this_machine_only_is_drawn_with_a_warning(
    call: Command, home: Path, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = home / "q.svg"
    desk = province.desk_ids["yen-son"]
    monkeypatch.delenv("SIPAS_BASE_URL", raising=False)
    said = call("desk", "qr", desk, "-o", drawing)
    assert (said.code, said.error) == (0, WARNING)
    assert b"<svg" in drawing.read_bytes()
    monkeypatch.setenv("SIPAS_BASE_URL", "https://sipas.example")
    said = call("desk", "qr", desk, "-o", drawing)
    assert (said.code, said.error) == (0, "")
    assert said.text == f"{drawing}: https://sipas.example{province.urls['yen-son']}\n"


def test_a_code_that_cannot_be_written_is_told_in_one_line(call: Command, province: SmallProvince, tmp_path: Path) -> None:
    refusal = call("desk", "qr", province.desk_ids["yen-son"], "-o", tmp_path / "nowhere" / "q.svg").refusal
    assert "q.svg cannot be written (No such file or directory)." in refusal


def test_a_poster_is_drawn_into_a_file(call: Command, home: Path, province: SmallProvince, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIPAS_BASE_URL", "https://sipas.example")
    desk, file = province.desk_ids["yen-son"], home / "to-treo.pdf"
    said = call("desk", "poster", desk, "--size", "tent", "--language", "en", "-o", file)
    assert (said.code, said.text) == (0, f"{file}: https://sipas.example{province.urls['yen-son']}\n")
    assert file.read_bytes().startswith(b"%PDF-")
    assert "has no address" in call("desk", "poster", 999, "-o", file).refusal
    assert "cannot be written" in call("desk", "poster", desk, "-o", home / "nowhere" / "x.pdf").refusal
