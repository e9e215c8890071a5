"""`sipas demo`: everything a newcomer needs, with one command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from survey.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from survey.services.build_demo import Login
    from survey.settings import Settings

_ROLES = {
    "agency_head": "Thủ trưởng cơ quan / agency head",
    "department": "Sở Nội vụ / department",
    "approver": "Người phê duyệt / approver",
}


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--no-serve", is_flag=True, help="Set it up and print the addresses, but do not start the server.")
def command(port: int, no_serve: bool) -> None:
    """Set up the Tuyên Quang demonstration on the embedded database and start it.

    The data are simulated and every page that shows them says so. The data folder is ./instance (SIPAS_HOME changes it).
    """
    from survey.cli.serve import check_free, choose_base_url, run_server

    if os.environ.get("SIPAS_DATABASE_URL"):
        raise Invalid("The demo uses the embedded database only. Unset SIPAS_DATABASE_URL, or choose another place with SIPAS_HOME.")
    if not no_serve:
        check_free("127.0.0.1", port)
    choose_base_url(port)
    logins = _ensure_built()
    _announce(_with_approver(logins))
    if not no_serve:
        click.echo("Dừng bằng Ctrl+C. Stop with Ctrl+C.")
        sys.stdout.flush()
        run_server(host="127.0.0.1", port=port)


def _ensure_built() -> list[dict[str, str]]:
    """The log-ins of the demo, which is built at the first call. A half-built one is never left behind."""
    from survey.database import is_empty, upgrade
    from survey.settings import make_home, read_settings

    settings = read_settings()
    make_home(settings.home)
    database, marker = settings.home / "sipas.sqlite3", settings.home / "demo.json"
    if database.exists() and is_empty(database):
        database.unlink()  # some command looked for a database here and SQLite made a file
    if database.exists() and not marker.exists():
        raise Conflict(f"{settings.home} already holds data that is not the demo's. Choose another folder with SIPAS_HOME.")
    if not database.exists():
        marker.unlink(missing_ok=True)
        logins = _build(settings, database)
        marker.touch(mode=0o600)
        marker.write_text(json.dumps([asdict(login) for login in logins], indent=2), encoding="utf-8")
    upgrade(settings.database_url)
    logins_read: list[dict[str, str]] = json.loads(marker.read_text(encoding="utf-8"))
    return logins_read


def _with_approver(logins: list[dict[str, str]]) -> list[dict[str, str]]:
    """A demo that was built before publishing needed a second person gets the log-in now."""
    from survey.cli.session import open_session
    from survey.services.build_demo import ensure_approver
    from survey.settings import read_settings

    with open_session() as session:
        added = [asdict(login) for login in ensure_approver(session)]
    if added:
        logins = [*logins, *added]
        (read_settings().home / "demo.json").write_text(json.dumps(logins, indent=2), encoding="utf-8")
    return logins


def _build(settings: Settings, database: Path) -> list[Login]:
    from survey.database import upgrade
    from survey.services.build_demo import build_demo
    from survey.settings import today

    unfinished = database.with_name("demo-unfinished.sqlite3")
    for leftover in database.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    building = replace(settings, database_url=f"sqlite:///{unfinished}")
    upgrade(building.database_url)
    with _session(building) as session:
        logins = build_demo(session, today=today(), home=settings.home, secret=settings.secret_key, progress=_bar)
    unfinished.rename(database)
    return logins


@contextmanager
def _session(settings: Settings) -> Iterator[Any]:
    from survey import create_app
    from survey.database import db

    app = create_app(settings)
    with app.app_context():
        yield db.session
        db.session.rollback()
        db.engine.dispose()


def _bar(what: str, total: int) -> Callable[[int], object]:
    from tqdm import tqdm

    bar = tqdm(total=total, desc=what, unit="", leave=True, file=sys.stderr, mininterval=0.5)

    def step(size: int) -> None:
        bar.update(size)
        if bar.n >= total:
            bar.close()

    return step


def _announce(logins: list[dict[str, str]]) -> None:
    from survey.cli.session import open_session
    from survey.qr_code import draw_text
    from survey.queries.agency_list import list_desks
    from survey.services.build_demo import ensure_open_wave
    from survey.services.change_user import find_user
    from survey.settings import read_settings, today

    base = read_settings().base_url
    with open_session() as session:
        ensure_open_wave(session, today=today())
        agency = find_user(session, logins[0]["email"]).agency
        agency_code, agency_name = (agency.code, agency.name_vi) if agency else ("", "")
        desk = next(desk for desk in list_desks(session, today=today()) if desk["agency"] == agency_code)
    click.echo(draw_text(base + desk["url"]))
    click.echo(f"Phiếu của một quầy / the form of one desk:  {base}{desk['url']}")
    click.echo(f"    {desk['desk']}, {agency_name}")
    click.echo(f"Trang quản lý / staff pages:                {base}/login")
    for login in logins:
        click.echo(f"    {_ROLES[login['role']]}: {login['email']}  {login['password']}")
    click.echo("Dữ liệu mô phỏng. All data are simulated; the truth behind them is in demo_truth.csv of the data folder.")
