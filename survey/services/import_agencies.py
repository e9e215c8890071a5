"""Load agencies, their succession and their desks from table rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.agency_change import Known
from survey.models import Agency, AgencySuccession, Desk, DeskCode
from survey.services.audit import record
from survey.services.change_desk import set_field
from survey.services.import_rows import Source, as_rows
from survey.services.issue_desk_code import new_code
from survey.services.plan_agency_import import ImportPlan, plan_import
from survey.services.read_agency_file import AGENCIES, DESKS, SUCCESSIONS, Tables
from survey.services.row_problems import RowsRefused


def import_agencies(
    session: Session, agencies: Sequence[Source], *, desks: Sequence[Source] = (), successions: Sequence[Source] = (), today: date
) -> None:
    """As `import_tables`, from rows that are at hand. Their columns are those of `read_agency_file.COLUMNS`."""
    sources = {AGENCIES: agencies, DESKS: desks, SUCCESSIONS: successions}
    import_tables(session, {table: tuple(as_rows(rows, table)) for table, rows in sources.items()}, today=today)


def import_tables(session: Session, tables: Tables, *, today: date) -> ImportPlan:
    """Add the agencies that are not there yet, with desks (each with an address) and succession; what was done.

    Of an agency that is there already the names and its last day are brought up to date, of a desk its English name and, where the
    file has that column, its field; it can have no other kind, parent or
    first day, for that would be another agency (design 4.9). An empty English name is the Vietnamese one. All is stored or
    nothing, and the same rows again change nothing. `RowsRefused` names file and line of everything that is wrong.
    """
    with transaction(session):
        plan = plan_import(session, tables)
        if plan.problems:
            raise RowsRefused(plan.problems)
        if plan.is_empty:
            return plan
        known = {agency.code: agency for agency in session.scalars(select(Agency))}
        _store_agencies(session, plan, known)
        _store_desks(session, plan, known, today)
        _store_successions(session, plan, known)
        told = {one.code: _told(one) for one in (*plan.agencies, *(new for _, new in plan.changed.values()))}
        fields = {str(desk): (old.field, new.field) for desk, (old, new) in plan.renamed.items() if old.field != new.field}
        before, after = ({"desks": {desk: both[side] for desk, both in fields.items()}} if fields else {} for side in (0, 1))
        record(
            session, "agencies_changed", f"{len(told)} agencies, {len(plan.desks) + len(plan.renamed)} desks, "
            f"{len(plan.successions) + len(plan.moved)} successions",
            before={code: _told(old) for code, (old, _) in plan.changed.items()} | before, after=told | after,
        )  # fmt: skip
    return plan


def _store_agencies(session: Session, plan: ImportPlan, known: dict[str, Agency]) -> None:
    for code, (_, new) in plan.changed.items():
        known[code].name_vi, known[code].name_en, known[code].valid_to = new.name_vi, new.name_en, new.valid_to
    for new in plan.agencies:
        parent = known[new.parent].id if new.parent else None
        known[new.code] = Agency(
            code=new.code, kind=new.kind, parent_id=parent, name_vi=new.name_vi, name_en=new.name_en,
            valid_from=new.valid_from, valid_to=new.valid_to,
        )  # fmt: skip
        session.add(known[new.code])
        session.flush()


def _store_desks(session: Session, plan: ImportPlan, known: dict[str, Agency], today: date) -> None:
    for desk_id, (_, new) in plan.renamed.items():
        desk = session.get_one(Desk, desk_id)
        desk.name_en = new.name_en
        set_field(session, desk, new.field, today=today)
    desks = [Desk(agency_id=known[new.agency].id, name_vi=new.name_vi, name_en=new.name_en, field=new.field) for new in plan.desks]
    session.add_all(desks)
    session.flush()
    session.add_all(DeskCode(code=new_code(), desk_id=desk.id, issued_on=today) for desk in desks)


def _store_successions(session: Session, plan: ImportPlan, known: dict[str, Agency]) -> None:
    for (old, new), (_, on) in plan.moved.items():
        session.get_one(AgencySuccession, (known[old].id, known[new].id)).succeeded_on = on
    session.add_all(
        AgencySuccession(predecessor_id=known[old].id, successor_id=known[new].id, succeeded_on=on)
        for (old, new), on in plan.successions.items()
    )


def _told(one: Known) -> list[Any]:
    return [one.name_vi, one.name_en, str(one.valid_to)]
