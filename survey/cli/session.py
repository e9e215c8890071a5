"""A database session for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextmanager
def open_session() -> Iterator[Session]:
    """The same session that the pages use, inside an application context."""
    from survey import create_app
    from survey.database import db

    app = create_app()
    with app.app_context():
        try:
            yield db.session
        finally:
            db.session.rollback()
            for engine in db.engines.values():
                engine.dispose()
