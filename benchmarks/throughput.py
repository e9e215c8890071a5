"""Complete responses per second with parallel phones, beside the bare Flask floor under the same server.

    .venv/bin/python -m benchmarks.throughput [--seconds 6] [--clients 16] [--rounds 3] [--system sqlite]

Both apps run as `sipas serve` runs SIPAS: gunicorn, 2 workers with 8 threads each. The phones are threads of another process
on the same machine and share its cores with the server and the database, so the figures say less than a server of its own
would. Each phone keeps its connection and sends one short form after another. Rounds alternate (floor, SIPAS, floor, …).
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from benchmarks.databases import SYSTEMS, fresh_database
from benchmarks.floor import create_floor
from benchmarks.machine import describe
from benchmarks.survey_setup import Sent, forms, open_survey

WORKERS, THREADS = 2, 8
_PROGRAMS = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6, help="of each round")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--system", choices=SYSTEMS, action="append")
    chosen = parser.parse_args()
    print(describe())
    print(f"method     {chosen.clients} clients, {chosen.rounds} alternating rounds of {chosen.seconds:g} s; medians\n")
    for system in chosen.system or SYSTEMS:
        rates: dict[str, list[float]] = {"floor": [], "SIPAS": []}
        with ExitStack() as stack:
            url = stack.enter_context(fresh_database(system))
            home = stack.enter_context(TemporaryDirectory(prefix="sipas-benchmark-"))
            paths = open_survey(url)
            create_floor(url)  # makes its table before two workers try to
            for _ in range(chosen.rounds):
                for name, found in rates.items():
                    with _server(name, url, home) as port:
                        _send(port, paths, clients=chosen.clients, seconds=1)
                        found.append(_send(port, paths, clients=chosen.clients, seconds=chosen.seconds))
        ratio = median(a / b for a, b in zip(rates["SIPAS"], rates["floor"], strict=True))
        floor, ours = (median(rates[name]) for name in ("floor", "SIPAS"))
        print(f"{system:<12}floor {floor:7.0f} rows/s   SIPAS {ours:7.0f} complete responses/s   {ratio:5.2f} of the floor")


def _send(port: int, paths: list[str], *, clients: int, seconds: float) -> float:
    """Responses per second that `clients` get through."""
    end = monotonic() + seconds
    begin = monotonic()
    with ThreadPoolExecutor(clients) as pool:
        counts = pool.map(lambda number: _phone(port, forms(paths, first=7 * number), end), range(clients))
        return sum(counts) / (monotonic() - begin)


def _phone(port: int, sending: Iterator[Sent], end: float) -> int:
    done = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        while monotonic() < end:
            line.sendall(_request(next(sending)))
            _await_answer(line)
            done += 1
    return done


def _request(sent: Sent) -> bytes:
    head = (
        f"POST {sent.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(sent.body)}\r\nX-Forwarded-For: {sent.address}\r\n\r\n"
    )
    return head.encode() + sent.body


def _await_answer(line: socket.socket) -> None:
    """Read one whole answer; RuntimeError unless all is well."""
    head, _, body = _until(line, b"", b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    length = next(int(field.partition(b":")[2]) for field in head.split(b"\r\n") if field.lower().startswith(b"content-length:"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(_receive(line))


def _until(line: socket.socket, got: bytes, mark: bytes) -> tuple[bytes, bytes, bytes]:
    while mark not in got:
        got += _receive(line)
    return got.partition(mark)


def _receive(line: socket.socket) -> bytes:
    part = line.recv(65536)
    if not part:
        raise RuntimeError("The server hung up.")
    return part


@contextmanager
def _server(name: str, url: str, home: str) -> Iterator[int]:
    """The port of a running server, with this name, that ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    commands = {
        "SIPAS": ["sipas", "serve", f"--port={port}", f"--workers={WORKERS}", f"--threads={THREADS}"],
        "floor": [
            "gunicorn", "benchmarks.floor:create_floor()", f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", f"--threads={THREADS}",
            "--worker-class=gthread", "--log-level=warning", "--preload", "--no-control-socket",
        ],
    }  # fmt: skip
    program, *arguments = commands[name]
    environment = {
        **os.environ,
        "SIPAS_HOME": home,
        "SIPAS_TRUSTED_PROXIES": "1",
        "SIPAS_DATABASE_URL": url.replace("+psycopg", "") if name == "SIPAS" else url,
    }
    server = subprocess.Popen([_PROGRAMS / program, *arguments], env=environment)
    try:
        _await_start(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def _await_start(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            sleep(0.1)
    raise RuntimeError("The server did not start.")


if __name__ == "__main__":
    main()
