"""A database session for one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextmanager
def open_session() -> Iterator[Session]:
    """The same session that the pages use, inside an application context."""
    from survey import create_app
    from survey.database import db
    from survey.services.audit import works_for

    app = create_app()
    with app.app_context():
        try:
            works_for(db.session, f"command line ({_user()})")
            yield db.session
        finally:
            db.session.rollback()
            for engine in db.engines.values():
                engine.dispose()


def _user() -> str:
    """Who is logged in to this machine; a number in a container that knows no names."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
