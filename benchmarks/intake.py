"""CPU per complete response beside a bare Flask floor, and the bytes of the citizen's pages.

    .venv/bin/python -m benchmarks.intake [--rounds 15] [--requests 300] [--system sqlite]

One process, no sockets: the WSGI apps are called directly. Rounds of the floor and of SIPAS alternate (A B A B); the ratio
is taken within each pair of rounds, and the median over the pairs is printed, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from flask import Flask
from sqlalchemy import Engine

from benchmarks.databases import SYSTEMS, ServerClock, fresh_database
from benchmarks.floor import create_floor
from benchmarks.machine import describe
from benchmarks.survey_setup import forms, open_survey
from benchmarks.wsgi import App, Environ, call, call_all, get, post
from survey import create_app
from survey.database import db
from survey.settings import read_settings

GOAL = 2.5


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds for one request: of the process, and of the database server where that is another one."""

    process: float
    server: float

    @property
    def together(self) -> float:
        return self.process + self.server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=300, help="in each round")
    parser.add_argument("--system", choices=SYSTEMS, action="append")
    chosen = parser.parse_args()
    print(describe())
    print(f"method     {chosen.rounds} alternating rounds of {chosen.requests} requests each; medians; CPU is user + system\n")
    for number, system in enumerate(chosen.system or SYSTEMS):
        with ExitStack() as stack:
            url = stack.enter_context(fresh_database(system))
            home = Path(stack.enter_context(TemporaryDirectory(prefix="sipas-benchmark-")))
            paths = open_survey(url)
            app = create_app(read_settings({"SIPAS_HOME": str(home), "SIPAS_DATABASE_URL": url}))
            engine = _engine(app)
            stack.callback(engine.dispose)
            if number == 0:
                print_bytes(app, paths)
            print(f"{system}")
            measure(app, create_floor(url), paths, ServerClock(engine), rounds=chosen.rounds, requests=chosen.requests)


def measure(app: App, floor: App, paths: list[str], server: ServerClock, *, rounds: int, requests: int) -> None:
    short, full = forms(paths), forms(paths, full=True)
    work: dict[str, tuple[App, Callable[[], list[Environ]]]] = {
        "floor: POST, one row": (floor, lambda: [post(sent) for sent in islice(short, requests)]),
        "POST short form": (app, lambda: [post(sent) for sent in islice(short, requests)]),
        "POST full form": (app, lambda: [post(sent) for sent in islice(full, requests)]),
        "GET short form": (app, lambda: [get(sent.path) for sent in islice(short, requests)]),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in work}
    for called, prepare in work.values():
        _cost(called, prepare(), server)  # warm: connections, caches, compiled statements
    for _ in range(rounds):
        for name, (called, prepare) in work.items():
            costs[name].append(_cost(called, prepare(), server))
    base, *others = costs
    _print_row(base, costs[base], costs[base])
    for name in others:
        _print_row(name, costs[name], costs[base])
    both = [
        Cost(a.process + b.process, a.server + b.server) for a, b in zip(costs["GET short form"], costs["POST short form"], strict=True)
    ]
    _print_row("GET + POST short form", both, costs[base])
    ratio = median(_ratios(costs["POST short form"], costs[base], lambda cost: cost.process))
    print(f"  goal: POST short form within {GOAL} of the floor: {'reached' if ratio <= GOAL else 'MISSED'} ({ratio:.2f})\n")


def print_bytes(app: App, paths: list[str]) -> None:
    """What a phone loads. Every page is one request: style and faces are inside it."""
    pages = {
        "short form": get(paths[0]),
        "full form": get(paths[0], "form=full"),
        "thank-you": post(next(forms(paths))),
    }
    print(f"{'page':<32}{'bytes':>10}{'gzip -6':>10}")
    for name, environ in pages.items():
        body = call(app, environ).body
        print(f"  {name:<30}{len(body):>10,}{len(gzip.compress(body, 6)):>10,}")
    print()


def _engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def _cost(app: App, environs: list[Environ], server: ServerClock) -> Cost:
    served, used = server.seconds(), process_time()
    call_all(app, environs)
    used = process_time() - used
    return Cost(1000 * used / len(environs), 1000 * (server.seconds() - served) / len(environs))


def _print_row(name: str, costs: list[Cost], floor: list[Cost]) -> None:
    process, server = median(cost.process for cost in costs), median(cost.server for cost in costs)
    ratio, together = (median(_ratios(costs, floor, of)) for of in (lambda cost: cost.process, lambda cost: cost.together))
    line = f"  {name:<24}{process:7.3f} ms CPU  x{ratio:5.2f}"
    if server:
        line += f"   database server {server:6.3f} ms, together x{together:5.2f}"
    print(line)


def _ratios(costs: Iterable[Cost], floor: Iterable[Cost], of: Callable[[Cost], float]) -> Iterator[float]:
    return (of(a) / of(b) for a, b in zip(costs, floor, strict=True))


if __name__ == "__main__":
    main()
