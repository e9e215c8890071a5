"""What a figure was measured on: without that it means nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def describe() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "psycopg", "gunicorn"))
    return "\n".join(
        (
            f"measured   {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"machine    {os.cpu_count()} cores, {_processor()}; load {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
            f"software   Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}",
        )
    )


def _processor() -> str:
    """The processor's name, which Linux tells in a file only."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
