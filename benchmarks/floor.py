"""The floor: what a plain Flask developer would write to parse the same form and commit one row."""

from __future__ import annotations

import os
from uuid import UUID

from flask import Flask, request
from sqlalchemy import JSON, Column, MetaData, String, Table, Uuid, create_engine, insert

from survey.database import engine_options, prepare

metadata = MetaData()
answer = Table(
    "floor_answer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("desk", String, nullable=False),
    Column("form", String, nullable=False),
    Column("ratings", JSON, nullable=False),
)
_OTHER_FIELDS = ("response_id", "form", "O1")


def create_floor(url: str | None = None) -> Flask:
    """One route. Engine options and durability are those of SIPAS; nothing else of it is used."""
    engine = prepare(create_engine(**engine_options(url or os.environ["SIPAS_DATABASE_URL"])))
    metadata.create_all(engine)
    engine.dispose()  # gunicorn forks after this, and two workers may not share a connection
    app = Flask("floor", static_folder=None)

    @app.post("/s/<desk>")
    def send(desk: str) -> str:
        ratings = {field: int(value) for field, value in request.form.items() if field not in _OTHER_FIELDS}
        row = {"id": UUID(request.form["response_id"]), "desk": desk, "form": request.form["form"], "ratings": ratings}
        with engine.begin() as connection:
            connection.execute(insert(answer), row)
        return "<!doctype html><title>Thank you</title><p>Thank you."

    return app
