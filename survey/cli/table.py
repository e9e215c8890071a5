"""Lists on the command line: a table to read, or JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

format_option = click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)


def show(rows: Sequence[dict[str, Any]], format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    elif not rows:
        click.echo("none yet")
    else:
        _table([list(rows[0])] + [[str(value if value is not None else "") for value in row.values()] for row in rows])


def _table(lines: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
