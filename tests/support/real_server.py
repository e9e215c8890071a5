"""`sipas serve` as a process of its own: gunicorn with two workers, its output in a file, and a way to kill it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

_SECONDS_TO_START = 60


@dataclass(frozen=True)
class Reply:
    status: int
    text: str


class RealServer:
    """Started by `real_server`; killed and started again at will, on the same port and database."""

    def __init__(self, url: str, folder: Path, settings: Mapping[str, str]) -> None:
        self.log = folder / "server.log"
        self.home = folder / "home"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **os.environ, "SIPAS_HOME": str(self.home), "SIPAS_DATABASE_URL": url.replace("+psycopg", ""), **settings,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [Path(sys.executable).parent / "sipas", "serve", f"--port={self.port}", "--workers=2", "--threads=4"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, start_new_session=True)
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                if self.get("/healthz").status == 200:
                    return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"The server did not start:\n{self.log.read_text()}") from None
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut would end it, master and workers at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            # The group is the server's own, made at its start; gunicorn's master passes a SIGTERM on by itself.
            (os.killpg if how == signal.SIGKILL else os.kill)(self._process.pid, how)
            self._process.wait(timeout=60)
            self._process = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields), {**form, **(headers or {})})

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.read().decode())
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()


@contextmanager
def real_server(url: str, folder: Path, **settings: str) -> Iterator[RealServer]:
    server = RealServer(url, folder, settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def fields_of(html: str, rating: str = "4") -> dict[str, str]:
    """A form as a browser sends it, with every shown criterion rated."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    return hidden | dict.fromkeys(re.findall(r'type="radio" name="([A-G]\d)"', html), rating)


def new_fields(**others: str) -> dict[str, str]:
    """A full form that was never opened here, under an id of its own."""
    return {"response_id": str(uuid4()), "form": "full", "A1": "5", "B1": "4", "G1": "5", **others}
