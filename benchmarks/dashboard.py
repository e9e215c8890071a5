"""How long heads and Sở Nội vụ wait once a year of responses is in.

    .venv/bin/python -m benchmarks.dashboard [--responses 1000000] [--requests 60] [--system sqlite] [--with-responses]

Fills a database (150 agencies, 400 desks, four waves), times the daily refresh of the open wave's scores, then calls the
pages in this process as somebody who is logged in. Wall clock, median and 95th percentile, and the median of the processor's time
that this process took (on a busy machine the clock tells of others); scores are fresh. With responses (their table is filled too) a
closed wave is also analysed, and its frozen pages with ranks and funnel are called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from flask import Flask
from sqlalchemy import delete, select

from benchmarks.databases import SYSTEMS, fresh_database
from benchmarks.machine import describe
from benchmarks.wsgi import call, get
from benchmarks.year import ROOT, WAVES, fill
from survey import create_app
from survey.cli.serve import spare_the_collector
from survey.database import db, transaction
from survey.models import LIVE, Score, Wave
from survey.services.approve_run import publish_wave
from survey.services.refresh_scores import refresh_scores
from survey.services.run_analysis import run_analysis
from survey.settings import read_settings, today
from tests.support.scored_province import log_in

GOAL = 0.15
COMMUNE, DEPARTMENT, FROZEN = "xa-7", "so-3", f"W{WAVES - 1}"
DRILL_DOWN = ("/dimensions/STAFF", "/criteria/C1")
OF_A_HEAD = tuple(
    f"/agencies/{COMMUNE}{page}" for page in ("", *DRILL_DOWN, "/comments", "/actions", "/desks", "/slips", "/invitations", "/export.xlsx")
)
OF_THE_DEPARTMENT = (
    *(f"/agencies/{agency}{page}" for agency in (DEPARTMENT, ROOT) for page in ("", *DRILL_DOWN)), f"/agencies/{ROOT}/desks",
    "/department", "/department/criteria", "/department/trends", "/department/targets", "/department/watch",
    f"/department/watch/{DEPARTMENT}", "/department/waves", f"/department/waves/W{WAVES}", "/department/waves/new", "/department/agencies",
    f"/department/agencies/{ROOT}",
    "/department/questionnaires", "/department/questionnaires/sipas-2017", "/department/agency-import", "/audit",
)  # fmt: skip
FROZEN_PAGES = (
    *(f"/department{page}?wave={FROZEN}" for page in ("", "/trends", "/criteria", "/targets", "/funnel.svg", "/watch")),
    *(f"/agencies/{ROOT}{page}?wave={FROZEN}" for page in ("", *DRILL_DOWN)),
    *(f"/department/waves/{FROZEN}{page}" for page in ("", "/runs/1.json")),
)  # fmt: skip
OF_AN_ADMINISTRATOR = ("/people", "/settings", "/audit", "/account")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=60, help="for each page")
    parser.add_argument("--system", choices=SYSTEMS, action="append")
    parser.add_argument("--with-responses", action="store_true", help="fill the table of responses too, and freeze a wave")
    chosen = parser.parse_args()
    print(describe())
    print(f"method     {chosen.requests} requests a page after 3 to warm up, one at a time, in this process; its clock and CPU\n")
    for system in chosen.system or SYSTEMS:
        with ExitStack() as stack:
            url = stack.enter_context(fresh_database(system))
            home = stack.enter_context(TemporaryDirectory(prefix="sipas-benchmark-"))
            print(system)
            begin = perf_counter()
            filled = fill(url, responses=chosen.responses, today=today(), with_responses=chosen.with_responses)
            took = perf_counter() - begin
            print(f"  filled: {filled.responses:,} responses, {filled.desk_days:,} desk-days, {filled.tallies:,} tallies in {took:.0f} s")
            app = create_app(read_settings({"SIPAS_HOME": str(Path(home)), "SIPAS_DATABASE_URL": url}))
            time_refresh(app)
            if chosen.with_responses:
                time_analysis(app)
                time_approval(app, requests=chosen.requests)
            time_pages(app, requests=chosen.requests, frozen=chosen.with_responses)


def time_refresh(app: Flask) -> None:
    with app.app_context():
        every = _seconds(lambda: refresh_scores(db.session, today=today()))
        with transaction(db.session):
            newest = select(Wave.id).where(Wave.code == f"W{WAVES}").scalar_subquery()
            db.session.execute(delete(Score).where(Score.wave_id == newest, Score.revision == LIVE))
        one = _seconds(lambda: refresh_scores(db.session, today=today()))
    print(f"  refresh: the open wave {one:.1f} s (once a day); all {WAVES} waves {every:.1f} s")


def time_analysis(app: Flask) -> None:
    with app.app_context():
        took = _seconds(lambda: run_analysis(db.session, FROZEN, by="benchmark", today=today()))
    print(f"  analysis of wave {FROZEN}: {took:.1f} s")


def time_approval(app: Flask, *, requests: int) -> None:
    """The page of whoever approves, and then what the others see."""
    approver = _cookie(log_in(app, role="approver"))
    _time_page(app, f"/department/waves/{FROZEN}/publish", approver, "approver", requests=requests)
    with app.app_context():
        publish_wave(db.session, FROZEN, by="a second person", today=today())


def time_pages(app: Flask, *, requests: int, frozen: bool) -> None:
    head = _cookie(log_in(app, role="agency_head", agency=COMMUNE))
    department = _cookie(log_in(app, role="department"))
    administrator = _cookie(log_in(app, role="administrator"))
    visits = [(path, head, "head of a commune") for path in OF_A_HEAD]
    visits += [(path, department, "Sở Nội vụ") for path in (*OF_THE_DEPARTMENT, *(FROZEN_PAGES if frozen else ()))]
    visits += [(path, administrator, "administrator") for path in OF_AN_ADMINISTRATOR]
    spare_the_collector()
    for path, cookie, who in visits:
        _time_page(app, path, cookie, who, requests=requests)
    print()


def _time_page(app: Flask, path: str, cookie: str, who: str, *, requests: int) -> None:
    size = 0
    times, work = [], []
    for number in range(requests + 3):
        environ = get(*path.split("?"), cookie=cookie)
        begin, idle = perf_counter(), process_time()
        answer = call(app, environ)
        if number >= 3:
            times.append(perf_counter() - begin)
            work.append(process_time() - idle)
        if answer.status != "200 OK":
            raise RuntimeError(f"{path} answered {answer.status}.")
        size = len(answer.body)
    middle, late = median(times), quantiles(times, n=20)[-1]
    verdict = "" if middle <= GOAL else f"  MISSED: over {1000 * GOAL:.0f} ms"
    took = f"{1000 * middle:7.1f} ms  p95 {1000 * late:7.1f}  CPU {1000 * median(work):7.1f}"
    print(f"  GET {path:<42}{took} {size:>9,} bytes  {who}{verdict}")


def _cookie(client: Any) -> str:
    cookie = client.get_cookie("session")
    return f"session={cookie.value}"


def _seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


if __name__ == "__main__":
    main()
