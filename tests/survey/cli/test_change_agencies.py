"""Agencies and desks are changed from the command line by the same services as on the pages, and refused with the same reasons."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.days import tomorrow
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]
pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


def lives(call: Command) -> dict[str, tuple[str | None, str, str | None]]:
    listed = json.loads(call("agency", "list", "--format", "json").text)
    return {one["code"]: (one["parent"], one["valid_from"], one["valid_to"]) for one in listed}


def merger(*more: object) -> tuple[object, ...]:
    return ("agency", "merge", "yen-son", "my-lam", "--name-vi", "UBND phường Minh Xuân", "--code", "phuong", "--on", tomorrow(), *more)


def test_a_merger_is_shown_first_done_with_yes_and_taken_back_with_a_reason(call: Command, province: SmallProvince) -> None:
    before = lives(call)
    desk = province.desk_ids["yen-son"]
    shown = call(*merger("--desk", f"{province.desk_ids['my-lam']}=close"))
    assert shown.code == 0
    assert f"phuong (UBND phường Minh Xuân) begins on {tomorrow()}, below tinh." in shown.text
    assert f"Desk {desk} (Bộ phận Một cửa) goes on at phuong with a new address." in shown.text
    assert f"Desk {province.desk_ids['my-lam']} (Bộ phận Một cửa) is closed." in shown.text
    assert "Nothing is changed yet." in shown.text
    assert lives(call) == before
    assert call(*merger("--yes")).text.endswith("Done.\n")
    assert lives(call)["phuong"] == ("tinh", str(tomorrow()), None)
    assert "The last day of “UBND xã Yên Sơn” is already fixed." in call(*merger("--code", "x")).refusal
    assert call("agency", "take-back", "phuong", "--reason", "Nghị quyết đã hoãn").text.startswith("Taken back: my-lam, yen-son")
    assert lives(call) == before
    assert "No change is planned" in call("agency", "take-back", "yen-son", "--reason", "x").refusal


def test_in_a_split_each_desk_is_told_where_it_goes(call: Command, province: SmallProvince) -> None:
    parts = ("agency", "split", "yen-son", "--into", "mot=Xã Một", "--into", "hai=Xã  Hai", "--on", tomorrow(), "--yes")
    desk = province.desk_ids["yen-son"]
    assert f"what becomes of desk {desk}." in call(*parts).refusal
    assert call(*parts, "--desk", f"{desk}=hai").code == 0
    assert {"mot", "hai"} <= set(lives(call))


def test_agencies_are_moved_ended_and_renamed(call: Command, province: SmallProvince) -> None:
    assert call("agency", "move", "yen-son", "--parent", "my-lam", "--code", "moi", "--on", tomorrow(), "--yes").code == 0
    assert lives(call)["moi"][0] == "my-lam"
    assert call("agency", "rename", "moi", "--name-vi", "UBND  xã Mới").text == "moi is called UBND xã Mới from now on.\n"
    assert "“UBND xã Mới” stands below it and goes on." in call("agency", "end", "my-lam", "--on", tomorrow(), "--yes").refusal
    assert call("agency", "end", "moi", "--on", "2090-01-01", "--yes").code == 0
    assert lives(call)["moi"][2] == "2089-12-31"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("end", "nowhere", "--on", "2090-01-01"), "There is no agency 'nowhere'"),
        (("merge", "yen-son", "--name-vi", "X", "--on", "2090-01-01"), "A merger needs two agencies or more."),
        (("move", "yen-son", "--parent", "nowhere", "--on", "2090-01-01"), "Choose an agency that goes on"),
        (("split", "tinh", "--into", "a=A", "--into", "b=B", "--on", "2090-01-01"), "--below CHILD=CODE where these go: my-lam, yen-son."),
        (("split", "yen-son", "--into", "a", "--on", "2090-01-01"), "--into is 'a'; write two things with = between them."),
        (("move", "yen-son", "--parent", "tinh", "--on", "2090-01-01", "--desk", "x=close"), "It stands below"),
        (("rename", "yen-son", "--name-vi", "UBND xã Yên Sơn", "--name-en", "Yên Sơn Commune"), "The names are the same as before."),
    ],
    ids=["unknown", "alone", "no parent", "children", "no pair", "same parent", "same name"],
)
def test_what_cannot_be_is_told_in_one_line(call: Command, province: SmallProvince, arguments: tuple[str, ...], said: str) -> None:
    assert said in call("agency", *arguments).refusal


def test_a_desk_is_added_renamed_closed_and_opened_again(call: Command, province: SmallProvince) -> None:
    said = call("desk", "add", "yen-son", "--name-vi", "Quầy  đất đai", "--name-en", "Land").text
    desk, _, url = said.removeprefix("Desk ").partition(": ")
    assert url.startswith("/s/")
    assert call("desk", "rename", desk, "--name-vi", "Quầy hộ tịch").text == f"Desk {desk} is called Quầy hộ tịch from now on.\n"
    assert call("desk", "close", desk).text.startswith(f"Desk {desk} is closed.")
    assert "closed already" in call("desk", "close", desk).refusal
    assert call("desk", "open", desk).code == 0
    listed = {str(one["id"]): (one["desk"], one["url"]) for one in json.loads(call("desk", "list", "--format", "json").text)}
    assert listed[desk][0] == "Quầy hộ tịch"
    assert listed[desk][1] != url.strip()
    assert "There is no agency 'nowhere'" in call("desk", "add", "nowhere", "--name-vi", "X").refusal
