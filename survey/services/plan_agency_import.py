"""What rows of agencies, desks and successions would add and change, and everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.agency_change import CODE, LONGEST_NAME, Known
from survey.domain.agency_tree import KINDS
from survey.domain.desk_field import LONGEST_FIELD, tidy
from survey.models import Agency, AgencySuccession, Desk
from survey.queries.agency_change import answered_until, read_tree
from survey.services.read_agency_file import AGENCIES, DESKS, SUCCESSIONS, Tables
from survey.services.read_table import Row
from survey.services.row_problems import RowProblem, twice, wrong

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True)
class NewDesk:
    agency: str
    name_vi: str
    name_en: str
    field: str | None


@dataclass
class ImportPlan:
    """`agencies` are new ones, parents before those below; `changed` maps a stored one to what it becomes. The same for the rest."""

    agencies: list[Known] = field(default_factory=list)
    changed: dict[str, tuple[Known, Known]] = field(default_factory=dict)
    desks: list[NewDesk] = field(default_factory=list)
    #: Stored desks with another English name or field, by their numbers: before and after.
    renamed: dict[int, tuple[NewDesk, NewDesk]] = field(default_factory=dict)
    successions: dict[tuple[str, str], date] = field(default_factory=dict)
    moved: dict[tuple[str, str], tuple[date, date]] = field(default_factory=dict)  # stored on another day
    same: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.agencies or self.changed or self.desks or self.renamed or self.successions or self.moved)


def plan_import(session: Session, tables: Tables) -> ImportPlan:
    """Compare `tables` with what is stored; nothing is written. Rows may stand in any order."""
    plan, tree = ImportPlan(), read_tree(session)
    agencies = tables.get(AGENCIES, ())
    given = {row["code"]: known for row in agencies if (known := _agency(row, plan.problems))}
    plan.problems += twice(agencies, "code")
    codes = set(tree) | {row["code"] for row in agencies}
    for row in agencies:
        _parent(row, codes, plan.problems)
        if row["code"] in given:
            _compare(session, row, given[row["code"]], tree, plan)
    _sort(plan, agencies, tree)
    _plan_desks(session, tables.get(DESKS, ()), codes, plan)
    _plan_successions(session, tables.get(SUCCESSIONS, ()), codes, plan)
    plan.problems.sort(key=lambda one: (one.file, one.line))
    return plan


def _agency(row: Row, problems: list[RowProblem]) -> Known | None:
    """The agency of a row, if all its cells can be read."""
    found = [*_code(row), *_names(row)]
    if row["kind"] not in KINDS:
        found.append(wrong(row, "kind", "kind", other=", ".join(KINDS)) if row["kind"] else wrong(row, "empty", "kind"))
    first, last = _day(row, "valid_from", found), _day(row, "valid_to", found) if row["valid_to"] else None
    if first and last and last < first:
        found.append(wrong(row, "ends_before", "valid_to"))
    problems += found
    if found or first is None:
        return None
    return Known(row["code"], row["kind"], row["parent"] or None, row["name_vi"], row["name_en"] or row["name_vi"], first, last)


def _code(row: Row) -> Iterator[RowProblem]:
    if not row["code"]:
        yield wrong(row, "empty", "code")
    elif not re.fullmatch(CODE, row["code"]):
        yield wrong(row, "code_letters", "code")


def _names(row: Row) -> Iterator[RowProblem]:
    if not row["name_vi"]:
        yield wrong(row, "empty", "name_vi")
    for column in ("name_vi", "name_en"):
        if len(row[column]) > LONGEST_NAME:
            yield wrong(row, "too_long", column, other=str(LONGEST_NAME))


def _day(row: Row, column: str, problems: list[RowProblem]) -> date | None:
    """A date as 2025-07-01; the other ways to write one are refused, since 01/07 is January to some."""
    found = _DAY.fullmatch(row[column])
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass  # 2025-02-30
    problems.append(wrong(row, "date" if row[column] else "empty", column))
    return None


def _parent(row: Row, codes: set[str], problems: list[RowProblem]) -> None:
    if row["parent"] and row["parent"] not in codes:
        problems.append(wrong(row, "unknown_agency", "parent"))


def _compare(session: Session, row: Row, given: Known, tree: Mapping[str, Known], plan: ImportPlan) -> None:
    """Whether an agency is new, changed or the same; one that is stored keeps its kind, parent and first day (decision 0005)."""
    stored = tree.get(given.code)
    if stored is None:
        plan.agencies.append(given)
        return
    for column in ("kind", "parent", "valid_from"):
        if getattr(stored, column) != getattr(given, column):
            plan.problems.append(RowProblem(row.file, row.line, "another", column, given.code))
    if stored == given:
        plan.same += 1
        return
    plan.changed[given.code] = (stored, given)
    if given.valid_to is not None and given.valid_to != stored.valid_to:
        answered = answered_until(session, [given.code], on=given.valid_to + timedelta(days=1))
        if given.code in answered:
            plan.problems.append(RowProblem(row.file, row.line, "answered_since", "valid_to", given.code, str(answered[given.code])))


def _sort(plan: ImportPlan, rows: Sequence[Row], tree: Mapping[str, Known]) -> None:
    """Put parents first; those who stand above one another in a circle have no order."""
    waiting, sorted_, there = {one.code: one for one in plan.agencies}, [], set(tree)
    while ready := [one for one in waiting.values() if one.parent is None or one.parent in there or one.parent not in waiting]:
        sorted_ += ready
        there |= {one.code for one in ready}
        waiting = {code: one for code, one in waiting.items() if code not in there}
    plan.problems += [wrong(row, "circle", "code") for row in rows if row["code"] in waiting]
    plan.agencies = sorted_


def _plan_desks(session: Session, rows: Sequence[Row], codes: set[str], plan: ImportPlan) -> None:
    stored = {
        (code, name_vi): (desk_id, NewDesk(code, name_vi, name_en, serves))
        for desk_id, code, name_vi, name_en, serves in session.execute(
            select(Desk.id, Agency.code, Desk.name_vi, Desk.name_en, Desk.field).join(Agency, Agency.id == Desk.agency_id)
        )
    }
    plan.problems += twice(rows, "agency", "name_vi")
    for row in rows:
        given = tidy(row.cells.get("field", ""))
        found = [*_known(row, "agency", codes), *_names(row)]
        found += [wrong(row, "too_long", "field", other=str(LONGEST_FIELD))] if len(given or "") > LONGEST_FIELD else []
        plan.problems += found
        desk = NewDesk(row["agency"], row["name_vi"], row["name_en"] or row["name_vi"], given)
        desk_id, present = stored.get((desk.agency, desk.name_vi), (0, desk))
        if "field" not in row.cells:
            desk = replace(desk, field=present.field)
        if found:
            continue
        if not desk_id:
            plan.desks.append(desk)
        elif present != desk:
            plan.renamed[desk_id] = (present, desk)
        else:
            plan.same += 1


def _plan_successions(session: Session, rows: Sequence[Row], codes: set[str], plan: ImportPlan) -> None:
    agencies = dict(session.execute(select(Agency.id, Agency.code)).all())
    stored = {
        (agencies[one.predecessor_id], agencies[one.successor_id]): one.succeeded_on for one in session.scalars(select(AgencySuccession))
    }
    plan.problems += twice(rows, "predecessor", "successor")
    for row in rows:
        found = [*_known(row, "predecessor", codes), *_known(row, "successor", codes)]
        if row["predecessor"] == row["successor"] and not found:
            found.append(RowProblem(row.file, row.line, "itself", "successor", row["successor"]))
        on, key = _day(row, "on", found), (row["predecessor"], row["successor"])
        plan.problems += found
        if found or on is None:
            continue
        if key not in stored:
            plan.successions[key] = on
        elif stored[key] != on:
            plan.moved[key] = (stored[key], on)
        else:
            plan.same += 1


def _known(row: Row, column: str, codes: set[str]) -> Iterator[RowProblem]:
    if row[column] not in codes:
        yield wrong(row, "unknown_agency" if row[column] else "empty", column)
