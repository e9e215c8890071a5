"""docs/guide/analysis.md is walked: every command is run, every line of Python too, and what is printed there must come out."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli.analyse import command

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide" / "analysis.md").read_text(encoding="utf-8")
WALKED = re.findall(r"^\$ sipas analyse (.+)\n((?:(?!\$|```).*\n)*)", GUIDE, flags=re.MULTILINE)
PYTHON = re.findall(r"^```python\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
LEFT_OUT = "…\n"


def excerpt_is_in(printed: str, excerpt: str) -> bool:
    """Whether the excerpt's pieces stand in the text in their order, whole lines each; without "…" in front it begins there."""
    begins = not excerpt.startswith(LEFT_OUT)
    rest = "\n" + printed
    for piece in re.split(rf"^{LEFT_OUT}", excerpt, flags=re.MULTILINE):
        at = rest.find("\n" + piece) if piece else 0
        if at < 0 or (begins and at > 0):
            return False
        rest, begins = rest[at + len(piece) :], False
    return True


@pytest.fixture
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in WALKED])
def test_every_command_prints_what_the_guide_shows(arguments: str, in_the_project: None) -> None:
    done = CliRunner().invoke(command, shlex.split(arguments))
    assert done.exit_code == 0, done.output
    assert excerpt_is_in(done.output, dict(WALKED)[arguments])


def test_every_line_of_python_prints_what_the_guide_shows(in_the_project: None) -> None:
    session = doctest.DocTestParser().get_doctest("\n".join(PYTHON), {}, "docs/guide/analysis.md", None, 0)
    assert len(session.examples) >= 25
    assert doctest.DocTestRunner().run(session).failed == 0


def test_the_guide_shows_what_comes_out_of_each_kind_of_command() -> None:
    shown = "".join(excerpt for _, excerpt in WALKED)
    assert len(WALKED) >= 10
    for words in ("The whole", "Compared with the whole", "Ranks:", "over the waves", "break of method"):
        assert words in shown


@pytest.mark.parametrize(
    ("excerpt", "holds"),
    [("a\nb\n", True), ("b\n", False), ("…\nb\n…\nd\n", True), ("…\nd\n…\nb\n", False), ("a\nc\n", False), ("…\nbb\n", False), ("", True)],
)
def test_an_excerpt_that_is_not_printed_is_found_out(excerpt: str, holds: bool) -> None:
    assert excerpt_is_in("a\nb\nc\nd\n", excerpt) == holds
