from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.small_province import SmallProvince

Command = Callable[..., Any]


def test_a_network_is_added_listed_and_removed(call: Command, province: SmallProvince) -> None:
    assert "192.0.2.0/24 is a network of yen-son" in call("agency", "network", "add", "yen-son", "192.0.2.77/24").text
    listed = json.loads(call("agency", "network", "list", "--format", "json").text)
    assert listed == [{"agency": "yen-son", "network": "192.0.2.0/24"}]
    assert call("agency", "network", "remove", "yen-son", "192.0.2.0/24").code == 0
    assert call("agency", "network", "list").text == "none yet\n"


@pytest.mark.parametrize(
    ("agency", "network", "said"),
    [
        ("yen-son", "office", "is no network. Write it like 203.0.113.0/24"),
        ("yen-son", "0.0.0.0/0", "too wide for an office"),
        ("yen-son", "::/16", "too wide for an office"),
        ("nobody", "192.0.2.0/24", "There is no agency 'nobody'"),
    ],
)
def test_what_is_no_network_or_no_agency_is_refused_in_one_line(
    call: Command, province: SmallProvince, agency: str, network: str, said: str
) -> None:
    assert said in call("agency", "network", "add", agency, network).refusal


def test_twice_is_told_and_so_is_what_was_never_there(call: Command, province: SmallProvince) -> None:
    call("agency", "network", "add", "yen-son", "192.0.2.0/24")
    assert "already" in call("agency", "network", "add", "yen-son", "192.0.2.9/24").refusal
    assert "is no network of my-lam" in call("agency", "network", "remove", "my-lam", "192.0.2.0/24").refusal
