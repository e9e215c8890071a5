from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import PostgresqlDatabases
from tests.support.requirements import postgresql_install
from tests.support.small_province import SmallProvince

Command = Callable[..., Any]


def test_a_backup_says_that_it_was_checked_and_how_to_restore_it(
    call: Command, province: SmallProvince, home: Path, database_system: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(database_system, PostgresqlDatabases):
        monkeypatch.setenv("PATH", f"{postgresql_install() / 'bin'}:{os.environ['PATH']}")
    copied, restore, key = call("backup", "copy").text.splitlines()
    assert copied.startswith("copy: the whole database, ")
    assert "copy copy over " in restore or "pg_restore " in restore
    assert str(home / "secret_key") in key
    assert (home / "copy").stat().st_size > 10_000
    assert "copy is there already" in call("backup", "copy").refusal
