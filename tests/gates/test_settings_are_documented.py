"""Whoever deploys SIPAS reads .env.example; it must know every setting, and offer nothing that SIPAS refuses."""

from __future__ import annotations

import re
from pathlib import Path

from survey.cli import COMMANDS
from survey.settings import PROJECT, read_settings

EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")


def test_every_setting_is_in_the_example() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "survey").rglob("*.py"))
    assert set(re.findall(r"\bSIPAS_[A-Z_]+\b", source)) == set(re.findall(r"^(?:# )?(SIPAS_[A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_the_example_can_be_used_as_it_stands(tmp_path: Path) -> None:
    example = dict(re.findall(r"^(SIPAS_[A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    settings = read_settings({**example, "SIPAS_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/sipas.sqlite3"
    assert settings.base_url == "http://127.0.0.1:8000"


def test_deployment_runs_commands_that_exist() -> None:
    files = [
        path.read_text(encoding="utf-8")
        for path in (PROJECT / "deploy").rglob("*")
        if path.suffix in {"", ".yaml", ".service"} and path.is_file()
    ]
    used = set(re.findall(r"(?:bin/|do |exec |\")sipas ([a-z]+)", "".join(files)))
    assert {"serve", "db", "wave", "backup"} <= used <= set(COMMANDS)
