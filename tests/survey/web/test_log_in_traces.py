"""Of a log-in no address and no browser is kept: not in any column of any table (decision 0076)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from survey.models import Model
from tests.support.scored_province import PASSWORD, log_in, send, words
from tests.support.small_province import SmallProvince

CANARIES = ("203.0.113.77", "198.51.100.7", "canary-browser")


@pytest.fixture
def traced(app: Flask, province: SmallProvince) -> FlaskClient:
    """Logs in, fails, is refused, changes something and takes a file away, always from a place that can be told from all others."""
    log_in(app, role="department")
    client = app.test_client()
    client.environ_base |= {
        "REMOTE_ADDR": CANARIES[0], "HTTP_X_FORWARDED_FOR": CANARIES[1], "HTTP_USER_AGENT": CANARIES[2],
    }  # fmt: skip
    email = "department-tinh-vi@example.vn"
    assert send(client, "/login", email=email, password="sai-mat-khau-roi").status_code == 200
    assert send(client, "/login", email="khong-ai@example.vn", password=PASSWORD).status_code == 200
    assert client.get("/sign-on/back?code=x&state=y").status_code == 404
    assert send(client, "/login", email=email, password=PASSWORD).status_code == 302
    assert client.get("/people").status_code == 403
    assert send(client, "/account", new_password="x", password=PASSWORD).status_code == 405
    return client


def test_no_table_holds_from_where_somebody_logged_in(traced: FlaskClient, session: Session) -> None:
    stored = {
        f"{table.name}.{column.name}: {value}"
        for table in Model.metadata.tables.values()
        for row in session.execute(select(table)).mappings()
        for column, value in ((column, row[column]) for column in table.columns)
    }
    assert any(entry.startswith("login_session.token_sha256") for entry in stored)
    assert {entry for entry in stored for canary in CANARIES if canary in entry} == set()
    assert set(inspect(session.get_bind()).get_table_names()) - {"alembic_version"} == set(Model.metadata.tables)


def test_the_own_account_says_what_is_kept(traced: FlaskClient) -> None:
    assert "không lưu địa chỉ mạng, trình duyệt hay thiết bị" in words(traced.get("/account"))
