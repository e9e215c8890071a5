"""Opened addresses of desks that are good no more, counted in memory and written down once a minute at most: a flood costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from math import inf
from threading import Lock
from time import monotonic

from flask import Flask, Response, after_this_request, current_app
from sqlalchemy.exc import SQLAlchemyError

from survey.database import db
from survey.services.count_dead_codes import count_dead_codes
from survey.settings import today

#: Seconds between two times that one process writes.
EVERY = 60.0


@dataclass
class DeadCodes:
    """What one process has seen since it last wrote. Numbers of desks and days, nothing else is ever here."""

    clock: Callable[[], float] = monotonic
    seen: Counter[tuple[int, date]] = field(default_factory=Counter)
    written_at: float = -inf
    lock: Lock = field(default_factory=Lock)

    def add(self, desk_id: int, day: date) -> Counter[tuple[int, date]]:
        """Count one, and hand out all that is to be written now: nothing, within a minute of the last time."""
        with self.lock:
            self.seen[desk_id, day] += 1
            if self.clock() - self.written_at < EVERY:
                return Counter()
            due, self.seen, self.written_at = self.seen, Counter(), self.clock()
            return due


def init_app(app: Flask) -> None:
    app.extensions["dead_codes"] = DeadCodes()


def count_dead_code(desk_id: int) -> None:
    """Note that an address of this desk was opened although it is good no more. Whatever is written is written after the page is sent."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (Flask's own way)
    due = app.extensions["dead_codes"].add(desk_id, today())
    if due:

        @after_this_request
        def write_when_it_is_sent(response: Response) -> Response:
            response.call_on_close(lambda: _write(app, due))
            return response


def _write(app: Flask, due: Counter[tuple[int, date]]) -> None:
    """A database that is busy, read-only or gone loses these numbers, and nobody notices."""
    with app.app_context(), suppress(SQLAlchemyError):
        count_dead_codes(db.session, due)
