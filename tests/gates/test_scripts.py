"""Zalo's browser and the WebViews of old Android phones: every script must parse as ES2017, and use nothing that came later."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from survey.settings import PROJECT

SCRIPTS = sorted((PROJECT / "survey" / "static").glob("*.js"))

#: Playwright brings Node, and Node brings the parser acorn for itself. Each script is read from standard input.
PARSE = """
const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const text = require("fs").readFileSync(0, "utf8");
try { acorn.parse(text, {ecmaVersion: 2017, sourceType: "script", locations: true}); console.log("null"); }
catch (error) { console.log(JSON.stringify(error.message)); }
"""

#: Names that came after ES2017 and that a parser cannot tell from a method of our own. A list, so only as good as it is long.
LATER = re.compile(
    r"\.(flat|flatMap|matchAll|replaceAll|finally|trimStart|trimEnd|at|findLast|toSorted|toReversed|replaceChildren)\("
    r"|\b(Object\.fromEntries|Object\.hasOwn|Promise\.(allSettled|any)|structuredClone|globalThis|BigInt|WeakRef|queueMicrotask"
    r"|crypto\.randomUUID)\b"
)


def why_not_es2017(text: str) -> str | None:
    node = compute_driver_executable()[0]
    run = subprocess.run([node, "--expose-internals", "-e", PARSE], input=text, capture_output=True, text=True, check=True)
    found: str | None = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_of_2017_at_most(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert why_not_es2017(text) is None
    assert [found.group() for found in LATER.finditer(text)] == []


@pytest.mark.parametrize(
    "newer",
    ["a?.b", "a ?? b", "a ??= b", "({...a})", "try {} catch {}", "class A { #b }", "await x", "1_000", "/(?<=a)b/", "import('a')", "2n"],
)
def test_what_came_later_is_found(newer: str) -> None:
    assert why_not_es2017(newer)


def test_names_that_came_later_are_found() -> None:
    assert all(LATER.search(text) for text in ("x.flat()", "Object.fromEntries(x)", "x.finally(f)", "crypto.randomUUID()"))


def test_what_is_of_2017_passes() -> None:
    assert why_not_es2017("async function f(a, b,) { for (const [x, y] of Object.entries(a)) { y ** 2; await y; } }") is None
    assert LATER.search("x.concat(y).then(z)") is None


def test_there_is_no_script_in_a_page() -> None:
    """The policy would block it, and the check above would not see it."""
    pages = {path: path.read_text(encoding="utf-8") for path in (PROJECT / "templates").rglob("*.html")}
    assert [path.name for path, text in pages.items() if re.search(r"<script(?![^>]*\bsrc=)|\son\w+=", text)] == []
