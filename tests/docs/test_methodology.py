"""docs/methodology.md tells of every statistic: what it computes, its name in the code, and what proves it."""

from __future__ import annotations

import re
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import analysis
from analysis import quality

ROOT = Path(__file__).parents[2]
METHODOLOGY = (ROOT / "docs" / "methodology.md").read_text(encoding="utf-8")


def functions(module: ModuleType) -> list[str]:
    return [name for name in module.__all__ if isinstance(getattr(module, name), FunctionType)]


def rows() -> list[list[str]]:
    """The rows of the tables "what | formula | in code | proved by"; a bar inside of code does not part cells."""
    found, inside = [], False
    for line in METHODOLOGY.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        inside = bool(cells) and (inside or cells[0].strip("| ") == "what")
        if inside and not set(line) <= set("|-"):
            found.append(cells)
    return [cells for cells in found if cells[0].strip("| ") != "what"]


@pytest.mark.parametrize("name", [*functions(analysis), *functions(quality)])
def test_every_public_function_stands_in_a_row_with_what_proves_it(name: str) -> None:
    naming = [cells for cells in rows() if re.search(rf"`(?:\w+\.)?{name}\b", cells[2])]
    assert naming
    assert all(len(cells) == 4 and cells[3].strip("| ") for cells in naming)


def test_every_test_that_is_named_as_a_proof_exists() -> None:
    named = {name for cells in rows() for name in re.findall(r"[\w/]*test_\w+\.py", cells[3])}
    there = [str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(named) > 15
    assert {name for name in named if not any(path.endswith(f"/{name}") for path in there)} == set()


def test_every_reference_file_and_decision_that_is_named_exists() -> None:
    files = set(re.findall(r"\bref_\w+\.csv", METHODOLOGY))
    assert {name for name in files if not (ROOT / "tests" / "data" / "reference" / name).exists()} == set()
    decisions = set(re.findall(r"\((decisions/[\w./-]+)\)", METHODOLOGY))
    assert {name for name in decisions if not (ROOT / "docs" / name).exists()} == set()


def test_every_benchmark_that_made_a_table_exists() -> None:
    commands = set(re.findall(r"-m benchmarks\.(\w+)", METHODOLOGY))
    assert {"coverage", "ranking"} <= commands
    assert {name for name in commands if not (ROOT / "benchmarks" / f"{name}.py").exists()} == set()
