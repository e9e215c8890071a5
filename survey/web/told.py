"""What the thank-you tells of an agency's actions, from memory: a citizen's POST asks the database nothing for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from survey.database import db
from survey.queries.agency_actions import Told, told_actions

#: Seconds for which they are known without asking; after them a new one appears and a withdrawn one is gone.
TOLD_FOR = 60.0


@dataclass
class Memory:
    """All published actions of all agencies, as one process last read them."""

    clock: Callable[[], float] = monotonic
    read_at: float = -inf
    actions: Mapping[int, tuple[Told, ...]] = field(default_factory=dict)

    def of(self, agency_id: int) -> tuple[Told, ...]:
        if self.clock() - self.read_at > TOLD_FOR:
            self.read_at = self.clock()
            try:
                self.actions = told_actions(db.session)
            except SQLAlchemyError:  # the response is stored by now: who gave it is thanked, with what was known before
                db.session.rollback()
        return self.actions.get(agency_id, ())


def told_of(agency_id: int) -> tuple[Told, ...]:
    memory: Memory = current_app.extensions.setdefault("told", Memory())
    return memory.of(agency_id)
