"""For the machine room: alive, ready, metrics."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from survey.database import db, is_current
from survey.services.try_intake import try_intake

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether the database can be reached, stands at the newest migration, and takes responses."""
    try:
        current = is_current(db.session.connection())
    except SQLAlchemyError:
        return jsonify(status="unavailable", reason="the database cannot be reached"), 503
    if not current:
        return jsonify(status="unavailable", reason="migrations are missing: run `sipas db upgrade`"), 503
    try:
        try_intake(db.session)
    except SQLAlchemyError:
        return jsonify(status="unavailable", reason="no response can be stored: the database is locked, full or read-only"), 503
    return jsonify(status="ready"), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
