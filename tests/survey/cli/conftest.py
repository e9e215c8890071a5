"""`sipas` on the test's database, in this process: as quick as a function call, but through the front door."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from survey.cli import main


@dataclass(frozen=True)
class Said:
    code: int
    output: bytes
    error: str

    @property
    def text(self) -> str:
        return self.output.decode()

    @property
    def refusal(self) -> str:
        """What a failed command says; it must be one line, and nothing else is said."""
        assert (self.code, self.output) == (2, b"")
        assert self.error.startswith("sipas: ")
        assert self.error.count("\n") == 1
        return self.error


Command = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """SIPAS_HOME of the commands, and their folder."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def call(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """``call("export", "2026-Q4")`` is `sipas export 2026-Q4`."""
    monkeypatch.setenv("SIPAS_HOME", str(home))
    monkeypatch.setenv("SIPAS_DATABASE_URL", database_url)
    monkeypatch.chdir(home)

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["sipas", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        return Said(int(str(stopped.value.code)), captured.out, captured.err.decode())

    return call
