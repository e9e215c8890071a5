"""What deploy/nginx.conf keeps out of its logs is every page of citizens, and no page of the staff (decision 0033)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.settings import PROJECT

SAMPLE = re.compile(r"<[^>]+>")


@pytest.fixture
def unlogged() -> re.Pattern[str]:
    places = re.findall(r"location ~ (\S+) \{\s+access_log off;\s+error_log /dev/null", (PROJECT / "deploy" / "nginx.conf").read_text())
    assert len(places) == 1
    return re.compile(places[0])


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_the_web_server_writes_no_line_about_a_citizen(app: Flask, unlogged: re.Pattern[str]) -> None:
    paths = {SAMPLE.sub("x1", str(rule)): rule.endpoint.startswith("citizen.") for rule in app.url_map.iter_rules()}
    assert sum(paths.values()) > 5
    wrong = {path for path, is_citizens in paths.items() if path != "/" and bool(unlogged.search(path)) is not is_citizens}
    assert wrong == set()
