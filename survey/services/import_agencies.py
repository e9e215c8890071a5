"""Load agencies, their succession and their desks from table rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.agency_tree import KINDS
from survey.errors import Invalid
from survey.models import Agency, AgencySuccession, Desk, DeskCode
from survey.services.issue_desk_code import new_code

Row = Mapping[str, str]


def import_agencies(
    session: Session, agencies: Sequence[Row], *, desks: Sequence[Row] = (), successions: Sequence[Row] = (), today: date
) -> None:
    """Add the agencies that are not there yet, each after its parent, with desks (each with an address) and succession.

    Rows have the columns code, kind, parent, name_vi, name_en, valid_from, valid_to; agency, name_vi, name_en;
    and predecessor, successor, on. All is stored or nothing. `Invalid` names the file's line.
    """
    with transaction(session):
        known = {agency.code: agency for agency in session.scalars(select(Agency))}
        for line, row in enumerate(agencies, start=2):
            if row["code"] not in known:
                known[row["code"]] = _agency(row, known, line)
                session.add(known[row["code"]])
                session.flush()
        for line, row in enumerate(successions, start=2):
            _add_succession(session, row, known, line)
        for line, row in enumerate(desks, start=2):
            _add_desk(session, row, known, line, today)


def _agency(row: Row, known: Mapping[str, Agency], line: int) -> Agency:
    if row["kind"] not in KINDS:
        raise Invalid(f"agencies, line {line}: kind is {row['kind']!r}; it must be one of {', '.join(KINDS)}.")
    if row["parent"] and row["parent"] not in known:
        raise Invalid(f"agencies, line {line}: the parent {row['parent']!r} is not known; list a parent before its children.")
    valid_from, valid_to = _day(row, "valid_from", line), _day(row, "valid_to", line) if row["valid_to"] else None
    if valid_to is not None and valid_to < valid_from:
        raise Invalid(f"agencies, line {line}: valid_to lies before valid_from.")
    return Agency(
        code=row["code"],
        kind=row["kind"],
        parent_id=known[row["parent"]].id if row["parent"] else None,
        name_vi=row["name_vi"],
        name_en=row["name_en"],
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _add_succession(session: Session, row: Row, known: Mapping[str, Agency], line: int) -> None:
    for column in ("predecessor", "successor"):
        if row[column] not in known:
            raise Invalid(f"successions, line {line}: the {column} {row[column]!r} is not known.")
    old, new = known[row["predecessor"]], known[row["successor"]]
    if session.get(AgencySuccession, (old.id, new.id)) is None:
        session.add(AgencySuccession(predecessor_id=old.id, successor_id=new.id, succeeded_on=_day(row, "on", line)))


def _add_desk(session: Session, row: Row, known: Mapping[str, Agency], line: int, today: date) -> None:
    if row["agency"] not in known:
        raise Invalid(f"desks, line {line}: the agency {row['agency']!r} is not known.")
    agency_id = known[row["agency"]].id
    if session.scalars(select(Desk.id).where(Desk.agency_id == agency_id, Desk.name_vi == row["name_vi"])).first() is None:
        desk = Desk(agency_id=agency_id, name_vi=row["name_vi"], name_en=row["name_en"])
        session.add(desk)
        session.flush()
        session.add(DeskCode(code=new_code(), desk_id=desk.id, issued_on=today))


def _day(row: Row, column: str, line: int) -> date:
    try:
        return date.fromisoformat(row[column])
    except ValueError as error:
        raise Invalid(f"line {line}: {column} is {row[column]!r}; write a date as 2025-07-01.") from error
