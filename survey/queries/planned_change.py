"""A change of agencies whose day has not come: what it is, what would come back, and what stands against that."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, aliased

from survey.domain.agency_change import Problem
from survey.domain.planned_change import PlannedChange, Succession, against_taking_back, planned_change
from survey.models import Agency, AgencySuccession, Desk, Model
from survey.queries.agency_change import read_tree
from survey.queries.vietnamese_order import alphabetical

#: What a planned agency has of its own from the day it is entered, and loses again.
_ITS_OWN = frozenset({"agency", "agency_succession", "desk", "desk_code", "former_desk_field"})


@dataclass(frozen=True)
class TakingBack:
    """`kept` are desks that go on at agencies that do not end, `dropped` those that never open."""

    change: PlannedChange
    ends: tuple[Agency, ...]
    begins: tuple[Agency, ...]
    kept: tuple[Desk, ...]
    dropped: tuple[Desk, ...]
    problems: tuple[Problem, ...]


def read_taking_back(session: Session, code: str, *, today: date) -> TakingBack | None:
    """What taking back the change that is planned for `code` would do; None where none is planned."""
    tree, successions = read_tree(session), _successions(session)
    change = planned_change(code, tree, successions, today=today)
    if change is None:
        return None
    begins, dropped = _agencies(session, change.begins), _desks(session, change.begins)
    in_use = tuple(Problem("reason", "in_use", table) for table in _used_by(session, begins, dropped))
    kept = tuple(desk for desk in _desks(session, change.ends) if desk.closed_on == change.on)
    problems = (*against_taking_back(change, tree, successions), *in_use)
    return TakingBack(change, _agencies(session, change.ends), begins, kept, dropped, problems)


def _successions(session: Session) -> list[Succession]:
    old, new = aliased(Agency), aliased(Agency)
    rows = session.execute(
        select(old.code, new.code, AgencySuccession.succeeded_on)
        .join(old, old.id == AgencySuccession.predecessor_id)
        .join(new, new.id == AgencySuccession.successor_id)
    )
    return [(one, other, day) for one, other, day in rows]


def _agencies(session: Session, codes: Collection[str]) -> tuple[Agency, ...]:
    return tuple(sorted(session.scalars(select(Agency).where(Agency.code.in_(codes))), key=lambda one: alphabetical(one.name_vi)))


def _desks(session: Session, codes: Collection[str]) -> tuple[Desk, ...]:
    desks = session.scalars(select(Desk).join(Agency).where(Agency.code.in_(codes)))
    return tuple(sorted(desks, key=lambda desk: (alphabetical(desk.agency.name_vi), desk.id)))


def _used_by(session: Session, agencies: Collection[Agency], desks: Collection[Desk]) -> Iterator[str]:
    """The tables in which somebody has already made something of these agencies or desks: an account, a target, slips."""
    ids = {"agency": [one.id for one in agencies], "desk": [one.id for one in desks]}
    for table in Model.metadata.sorted_tables:
        if table.name not in _ITS_OWN and any(_refers(session, table, name, found) for name, found in ids.items()):
            yield table.name


def _refers(session: Session, table: Table, name: str, ids: Collection[int]) -> bool:
    columns = [key.parent for key in table.foreign_keys if key.column.table.name == name]
    return any(session.execute(select(column).where(column.in_(ids)).limit(1)).first() is not None for column in columns if ids)
