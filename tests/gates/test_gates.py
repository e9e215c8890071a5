"""What tools can say about the code for certain. Their settings, with reasons, stand in pyproject.toml."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from survey.settings import PROJECT

PROGRAMS = Path(sys.executable).parent


def finds_nothing(program: str, *arguments: str) -> None:
    path = shutil.which(program, path=PROGRAMS) or shutil.which(program)
    assert path, f"{program} is not installed"
    run = subprocess.run([path, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode:
        pytest.fail(f"{program} {' '.join(arguments)} found:\n{run.stdout}", pytrace=False)


def test_ruff_finds_no_fault() -> None:
    finds_nothing("ruff", "check", "--output-format=concise")


def test_the_code_is_formatted() -> None:
    finds_nothing("ruff", "format", "--check", "--output-format=concise")


def test_types_are_complete_and_agree() -> None:
    finds_nothing("mypy")


def test_imports_follow_the_arrow() -> None:
    finds_nothing("lint-imports", "--no-logo")


def test_every_import_is_a_dependency_and_every_dependency_is_imported() -> None:
    finds_nothing("deptry", "--no-ansi", ".")


def test_no_code_is_dead() -> None:
    finds_nothing("vulture")


def test_bandit_finds_no_likely_hole() -> None:
    finds_nothing("bandit", "--quiet", "--recursive", "--configfile=pyproject.toml", "-ll", "-ii", "survey", "analysis")


def test_templates_are_sound() -> None:
    finds_nothing("djlint", "--lint", "--quiet", "templates")


def test_shell_scripts_can_be_read_by_sh() -> None:
    for script in ("setup", "browser"):
        subprocess.run(["sh", "-n", PROJECT / ".ci" / script], check=True)


def test_the_lock_belongs_to_the_project() -> None:
    """`uv sync --frozen` would install an old lock without a word."""
    finds_nothing("uv", "lock", "--check", "--offline")
