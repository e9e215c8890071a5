from __future__ import annotations

import gc
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli import COMMANDS, serve, sipas
from survey.settings import make_home

PASSWORD = "một mật khẩu đủ dài"


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The console script as a person calls it."""
    return subprocess.run(
        [Path(sys.executable).with_name("sipas"), *arguments],
        capture_output=True, text=True, check=False, timeout=300,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("SIPAS_")}, "SIPAS_HOME": str(home), **environment},
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "a data folder"
    assert run(home, "db", "upgrade").returncode == 0
    return home


def test_help_lists_every_command_and_what_it_is_for() -> None:
    output = CliRunner().invoke(sipas, ["--help"]).output
    for name in COMMANDS:
        assert name in output
    everything = "demo serve db user agency desk invitation wave import analyse report export audit backup"
    assert list(COMMANDS) == everything.split()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(sipas, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "nonsense"),
        (["wave", "close", "2031-Q1"], "2031-Q1"),
        (["wave", "run", "2031-Q1"], "2031-Q1"),
        (["wave", "open", "x", "--name", "X", "--from", "1/2/2026", "--to", "2026-03-01"], "1/2/2026"),
        (["wave", "open", "x", "--name", "X", "--from", "2026-02-01", "--to", "2026-03-01"], "sipas import questionnaire"),
        (["desk", "issue", "7"], "desk 7"),
        (["desk", "revoke", "abc"], "address"),
        (["user", "add", "a@b.vn", "--role", "king", "--password", "x"], "king"),
        (["user", "add", "a@b.vn", "--role", "department", "--password", "x"], "12 characters"),
        (["serve", "--port", "99999"], "99999"),
        (["analyse", "--wave", "2031-Q1"], "2031-Q1"),
    ],
)
def test_an_error_is_one_line_that_says_what_is_wrong(home: Path, arguments: list[str], words: str) -> None:
    result = run(home, *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"SIPAS_DATABASE_URL": "mysql://x"}, "SQLite or PostgreSQL"),
        ({"SIPAS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "cannot be used"),
        ({"SIPAS_SECRET_KEY": "short"}, "32 characters"),
        ({"SIPAS_TRUSTED_PROXIES": "many"}, "whole number"),
        ({"SIPAS_HOME": "/proc/nowhere"}, "SIPAS_HOME"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    result = run(tmp_path, "wave", "list", **environment)
    assert (result.returncode, len(result.stderr.strip().splitlines())) == (2, 1)
    assert words in result.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_no_number_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    result = run(tmp_path, command, PORT="abc")
    assert (result.returncode, len(result.stderr.strip().splitlines())) == (2, 1)
    assert "PORT" in result.stderr


def test_a_server_without_an_address_of_its_own_gives_its_port_to_the_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    monkeypatch.setattr(serve, "run_server", lambda **options: started.append(options["port"]))
    monkeypatch.setenv("SIPAS_BASE_URL", "")
    CliRunner().invoke(sipas, ["serve"], env={"PORT": "9123"}, catch_exceptions=False)
    assert os.environ["SIPAS_BASE_URL"] == "http://127.0.0.1:9123"
    monkeypatch.setenv("SIPAS_BASE_URL", "https://sipas.example")
    CliRunner().invoke(sipas, ["serve", "--port", "9124"], catch_exceptions=False)
    assert os.environ["SIPAS_BASE_URL"] == "https://sipas.example"
    assert started == [9123, 9124]


def test_the_server_keeps_imported_code_out_of_the_collector_s_way() -> None:
    try:
        serve.spare_the_collector()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_the_data_folder_is_for_its_owner_alone_but_a_given_one_stays_as_it_is(home: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    given = tmp_path / "given"
    given.mkdir(mode=0o750)
    make_home(given)
    assert stat.S_IMODE(given.stat().st_mode) == 0o750


def test_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    assert "sipas db upgrade" in run(tmp_path, "wave", "list").stderr


def test_lists_come_as_tables_and_as_json(home: Path) -> None:
    assert run(home, "desk", "list").stdout == "none yet\n"
    assert json.loads(run(home, "desk", "list", "--format", "json").stdout) == []


def test_an_account_is_added_and_listed(home: Path) -> None:
    assert run(home, "user", "add", "sonoivu@tuyenquang.vn", "--role", "department", "--password", PASSWORD).returncode == 0
    assert json.loads(run(home, "user", "list", "--format", "json").stdout)[0]["email"] == "sonoivu@tuyenquang.vn"


def test_a_recount_of_an_empty_database_is_right(home: Path) -> None:
    assert "exactly" in run(home, "db", "recount").stdout


@pytest.mark.slow
def test_the_demo_announces_form_qr_code_and_log_ins_and_starts_at_once_the_second_time(tmp_path: Path) -> None:
    first, second = (run(tmp_path, "demo", "--no-serve", "--port", "8765") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert "█" in first.stdout
    assert "http://127.0.0.1:8765/s/" in first.stdout
    assert "thutruong@demo.example" in first.stdout
    assert "mô phỏng" in first.stdout
    assert "it/s" not in second.stderr
    desks = json.loads(run(tmp_path, "desk", "list", "--format", "json").stdout)
    assert {"agency", "desk", "url"} <= set(desks[0])
    rows = json.loads(run(tmp_path, "analyse", "--wave", "2026-Q2", "--format", "json").stdout) if _has(tmp_path, "2026-Q2") else [{}]
    assert rows
    (tmp_path / "demo.json").unlink()
    assert "not the demo's" in run(tmp_path, "demo", "--no-serve").stderr


def _has(home: Path, wave: str) -> bool:
    return wave in run(home, "wave", "list").stdout
