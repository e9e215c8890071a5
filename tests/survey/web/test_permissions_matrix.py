"""Every page asks for an action, and lets in whom the table of actions lets in: every route, role and agency is walked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from survey.domain.permissions import BOUND, GRANTS, OF_AN_AGENCY, TABLE, may
from survey.models import SlipBatch
from survey.settings import today
from survey.web.account import PUBLIC, needs
from tests.support.scored_province import log_in
from tests.support.small_province import SmallProvince

OWN, OTHER = "yen-son", "my-lam"
#: What stands for the arguments of addresses that name no agency.
VALUES: dict[str, Any] = {
    "version": "sipas-2017",
    "other": "sipas-2017",
    "which": "template",
    "measure": "C1",
    "session_id": 999,
    "user_id": 999,
    "key_id": 999,
    "format_": "svg",
    "name": "trend",
    "revision": 1,
    "kind": "kiosk",
    "comment_id": UUID(int=1),
    "case_id": UUID(int=1),
    "action_id": 999,
}

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


def is_public(rule: Rule) -> bool:
    return rule.endpoint in PUBLIC or rule.endpoint.split(".")[0] in PUBLIC


def action_of(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "action", None)


def guarded(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        action = action_of(app, rule)
        if action is not None:
            yield rule, action


@pytest.fixture
def batch_ids(session: Session, province: SmallProvince) -> dict[str, int]:
    """A batch of slips at the desk of each agency."""
    found = {}
    for code, desk_id in province.desk_ids.items():
        batch = SlipBatch(desk_id=desk_id, printed_count=10, printed_on=today(), printed_by="x", key_check="x")
        session.add(batch)
        session.commit()
        found[code] = batch.id
    return found


@one_system
def test_every_page_names_its_action_or_the_reason_for_having_none(app: Flask) -> None:
    undecided = {rule.endpoint for rule in app.url_map.iter_rules() if not is_public(rule) and action_of(app, rule) not in TABLE}
    assert undecided == set()


@one_system
def test_no_page_is_public_and_guarded_at_once(app: Flask) -> None:
    assert {rule.endpoint for rule, _ in guarded(app) if is_public(rule)} == set()


@one_system
def test_the_list_of_public_pages_holds_nothing_that_is_gone(app: Flask) -> None:
    there = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {name for name in PUBLIC if name not in there and not any(e.startswith(f"{name}.") for e in there)} == set()


@one_system
def test_every_action_has_a_page(app: Flask) -> None:
    assert {action for _, action in guarded(app)} == set(TABLE)


@one_system
@pytest.mark.parametrize("grant", [*GRANTS, None])
def test_pages_let_in_whom_the_table_lets_in(app: Flask, batch_ids: dict[str, int], province: SmallProvince, grant: str | None) -> None:
    client = app.test_client() if grant is None else log_in(app, role=grant, agency=OWN if grant in BOUND else None)
    app.config["WTF_CSRF_ENABLED"] = False  # a refusal shall be the table's
    roles = frozenset(GRANTS[grant]) if grant else frozenset()
    wrong = []
    for (rule, action), agency in product(list(guarded(app)), (OWN, OTHER)):
        own = agency == OWN and bool(roles & BOUND)
        expected = may(roles, action, own=own)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            path = address(app, rule, action, agency, batch_ids, province)
            if is_let_in(client, method, path, signed_in=grant is not None) != expected:
                wrong.append(f"{method} {path} ({action}): the table says {expected}")
    assert wrong == []


def address(app: Flask, rule: Rule, action: str, agency: str, batch_ids: dict[str, int], province: SmallProvince) -> str:
    concerned = {"code": agency, "desk_id": province.desk_ids[agency], "batch_id": batch_ids[agency]}
    choices = {name: min(one.items) for name, one in rule._converters.items() if isinstance(one, AnyConverter)}
    values = VALUES | choices | (concerned if action in OF_AN_AGENCY else {"code": province.wave.code})
    with app.test_request_context():
        return app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})


def is_let_in(client: FlaskClient, method: str, path: str, *, signed_in: bool) -> bool:
    answer = client.open(path, method=method)
    assert answer.status_code < 500, (method, path)
    if not signed_in:
        return not (answer.status_code in (302, 401) and answer.headers.get("Location", "/login").startswith("/login"))
    return answer.status_code != 403


def test_an_unknown_action_is_refused_when_the_page_is_written() -> None:
    with pytest.raises(LookupError, match="fly"):
        needs("fly")


def test_an_action_of_an_agency_needs_an_address_that_names_one() -> None:
    with pytest.raises(LookupError, match="argument"):
        needs("see_agency")(lambda: "a page of nobody")
