"""A PostgreSQL server for one test session, on a Unix socket, gone without a trace afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.requirements import postgresql_install

# What a server for tests need not promise: to survive a power cut.
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")
_SECONDS_TO_START = 60


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server's own database; the server ends with the block."""
    install = postgresql_install()
    # A folder of its own in /tmp: a socket's path may have 107 bytes, and pytest's folders are longer.
    folder = Path(tempfile.mkdtemp(prefix="sipas-postgres-", dir="/tmp"))
    try:
        programs, account = _without_root(install, folder) if os.geteuid() == 0 else (install / "bin", {})
        yield from _run(programs, folder, account)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _without_root(install: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """PostgreSQL refuses root. As `nobody` it may not reach a wheel below /root, so it gets a copy."""
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    wheel, copy = install.parent, folder / "wheel"  # its programs look for their libraries beside the package
    shutil.copytree(install, copy / wheel.name / install.name)
    shutil.copytree(wheel.with_suffix(".libs"), copy / f"{wheel.name}.libs")
    return copy / wheel.name / install.name / "bin", {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(programs: Path, folder: Path, account: dict[str, Any]) -> Iterator[str]:
    data, log = folder / "data", folder / "log"
    # The built-in C.UTF-8 knows Vietnamese letters and needs no locale of the machine.
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", *locale]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
    options = [word for option in (*_CARELESS, f"unix_socket_directories={folder}") for word in ("-c", option)]
    with log.open("wb") as output:
        server = subprocess.Popen([programs / "postgres", "-D", data, *options], stdout=output, stderr=output, cwd=folder, **account)
    try:
        url = f"postgresql://postgres@/postgres?host={folder}"
        _await_start(url, server, log)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # "fast": ends the connections that a failed test left open
        server.wait(timeout=30)


def _await_start(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
        time.sleep(0.05)
