"""Load agencies, their succession and their desks from table rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.agency_tree import KINDS
from survey.models import Agency, AgencySuccession, Desk, DeskCode
from survey.services.audit import record
from survey.services.import_rows import Source, as_rows, day_of, refuse_twice
from survey.services.issue_desk_code import new_code
from survey.services.read_table import Row

AGENCY_COLUMNS = ("code", "kind", "parent", "name_vi", "name_en", "valid_from", "valid_to")
DESK_COLUMNS = ("agency", "name_vi", "name_en")
SUCCESSION_COLUMNS = ("predecessor", "successor", "on")
#: A code stands in addresses of pages and in file names.
CODE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"

Known = dict[str, Agency]


def import_agencies(
    session: Session, agencies: Sequence[Source], *, desks: Sequence[Source] = (), successions: Sequence[Source] = (), today: date
) -> None:
    """Add the agencies that are not there yet, each after its parent, with desks (each with an address) and succession.

    Of an agency that is there already the names and its last day are brought up to date; it can have no other kind, parent or
    first day, for that would be another agency (design 4.9). The columns are `AGENCY_COLUMNS`, `DESK_COLUMNS` and
    `SUCCESSION_COLUMNS`; an empty English name is the Vietnamese one. All is stored or nothing, and the same rows again change
    nothing. `Invalid` names file and line.
    """
    agency_rows, desk_rows = as_rows(agencies, "agencies"), as_rows(desks, "desks")
    refuse_twice(agency_rows, "code")
    refuse_twice(desk_rows, "agency", "name_vi")
    with transaction(session):
        known = {agency.code: agency for agency in session.scalars(select(Agency))}
        before = _changeable(known)
        for row in agency_rows:
            _add_agency(session, row, known)
        for row in as_rows(successions, "successions"):
            _add_succession(session, row, known)
        for row in desk_rows:
            _add_desk(session, row, known, today)
        after = _changeable(known)
        changed = sorted(code for code in after if after[code] != before.get(code))
        record(
            session, "agencies_changed", f"{len(agency_rows)} agencies, {len(desk_rows)} desks, {len(successions)} successions",
            before={code: before[code] for code in changed if code in before}, after={code: after[code] for code in changed},
        )  # fmt: skip


def _changeable(known: Known) -> dict[str, list[str]]:
    return {code: [agency.name_vi, agency.name_en, str(agency.valid_to)] for code, agency in known.items()}


def _add_agency(session: Session, row: Row, known: Known) -> None:
    given = _agency(row, known)
    present = known.get(given.code)
    if present is None:
        known[given.code] = given
        session.add(given)
        session.flush()
        return
    for column in ("kind", "parent_id", "valid_from"):
        if getattr(present, column) != getattr(given, column):
            name = column.removesuffix("_id")
            raise row.refused(f"{given.code} is stored with another {name}; an agency in a new legal form needs a code of its own.")
    present.name_vi, present.name_en, present.valid_to = given.name_vi, given.name_en, given.valid_to


def _agency(row: Row, known: Known) -> Agency:
    if row["kind"] not in KINDS:
        raise row.refused(f"kind is {row['kind']!r}; it must be one of {', '.join(KINDS)}.")
    valid_from, valid_to = day_of(row, "valid_from"), day_of(row, "valid_to") if row["valid_to"] else None
    if valid_to is not None and valid_to < valid_from:
        raise row.refused("valid_to lies before valid_from.")
    return Agency(
        code=row.code("code", CODE),
        kind=row["kind"],
        parent_id=_agency_of(row, "parent", known, " Its row must stand above its children's.").id if row["parent"] else None,
        name_vi=row.needed("name_vi"),
        name_en=row["name_en"] or row["name_vi"],
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _add_succession(session: Session, row: Row, known: Known) -> None:
    old, new = _agency_of(row, "predecessor", known), _agency_of(row, "successor", known)
    if old is new:
        raise row.refused(f"{old.code} cannot follow itself.")
    succeeded_on = day_of(row, "on")
    present = session.get(AgencySuccession, (old.id, new.id))
    if present is None:
        session.add(AgencySuccession(predecessor_id=old.id, successor_id=new.id, succeeded_on=succeeded_on))
    else:
        present.succeeded_on = succeeded_on


def _add_desk(session: Session, row: Row, known: Known, today: date) -> None:
    agency_id, name_vi, name_en = _agency_of(row, "agency", known).id, row.needed("name_vi"), row["name_en"] or row["name_vi"]
    desk = session.scalars(select(Desk).where(Desk.agency_id == agency_id, Desk.name_vi == name_vi)).first()
    if desk is not None:
        desk.name_en = name_en
        return
    desk = Desk(agency_id=agency_id, name_vi=name_vi, name_en=name_en)
    session.add(desk)
    session.flush()
    session.add(DeskCode(code=new_code(), desk_id=desk.id, issued_on=today))


def _agency_of(row: Row, column: str, known: Known, hint: str = "") -> Agency:
    if row[column] not in known:
        raise row.refused(f"the {column} {row[column]!r} is no known agency.{hint}")
    return known[row[column]]
