"""The agencies that live on a day, as a tree, and one of them with what came before, after and below."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey.domain.plain_letters import plain
from survey.models import Agency, AgencySuccession, Desk, User
from survey.queries.agencies import find_agency
from survey.queries.vietnamese_order import alphabetical

#: Below their parent, agencies stand by kind and then by name.
_ORDER = {kind: place for place, kind in enumerate(("province", "centre", "department", "district", "commune"))}


@dataclass(frozen=True)
class Node:
    """One agency in the tree of a day; `found` where it is what was searched for, `below` holds all its agencies."""

    agency: Agency
    desks: int
    found: bool
    children: tuple[Node, ...]

    @property
    def below(self) -> int:
        return sum(1 + child.below for child in self.children)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Node, ...]], ...]:
        """The children by kind, so that a list of a hundred can be folded."""
        return tuple((kind, tuple(nodes)) for kind, nodes in groupby(self.children, key=lambda node: node.agency.kind))


@dataclass(frozen=True)
class AgencyPage:
    agency: Agency
    parent: Agency | None
    children: tuple[Agency, ...]
    before: tuple[tuple[Agency, date], ...]
    after: tuple[tuple[Agency, date], ...]
    desks: tuple[Desk, ...]
    people: int


def lives(agency: Agency, day: date) -> bool:
    return agency.valid_from <= day and (agency.valid_to is None or agency.valid_to >= day)


def agency_tree(session: Session, *, day: date, search: str = "") -> tuple[Node, ...]:
    """Who is under whom on `day`; with `search`, only what has these letters in name or code, and what stands above it.

    An agency whose parent does not live that day stands at the top.
    """
    agencies = [agency for agency in session.scalars(select(Agency)) if lives(agency, day)]
    is_open = (Desk.closed_on.is_(None)) | (Desk.closed_on > day)
    desks = Counter(dict(session.execute(select(Desk.agency_id, func.count()).where(is_open).group_by(Desk.agency_id)).all()))
    known = {agency.id for agency in agencies}
    below: dict[int | None, list[Agency]] = defaultdict(list)
    for agency in agencies:
        below[agency.parent_id if agency.parent_id in known else None].append(agency)
    return _nodes(None, below, desks, plain(search.strip()))


def _nodes(parent: int | None, below: Mapping[int | None, Sequence[Agency]], desks: Mapping[int, int], search: str) -> tuple[Node, ...]:
    nodes = []
    for agency in in_order(below.get(parent, ())):
        found = bool(search) and any(search in plain(text) for text in (agency.name_vi, agency.name_en, agency.code))
        # What is found is shown with all that is below it.
        children = _nodes(agency.id, below, desks, "" if found else search)
        if found or children or not search:
            nodes.append(Node(agency, desks.get(agency.id, 0), found, children))
    return tuple(nodes)


def in_order(agencies: Iterable[Agency]) -> tuple[Agency, ...]:
    return tuple(sorted(agencies, key=lambda one: (_ORDER[one.kind], alphabetical(one.name_vi), one.valid_from)))


def agency_page(session: Session, code: str) -> AgencyPage | None:
    agency = find_agency(session, code)
    if agency is None:
        return None
    family = session.execute(
        select(AgencySuccession).where(or_(AgencySuccession.predecessor_id == agency.id, AgencySuccession.successor_id == agency.id))
    ).scalars()
    before, after = [], []
    for one in family:
        if one.successor_id == agency.id:
            before.append((session.get_one(Agency, one.predecessor_id), one.succeeded_on))
        else:
            after.append((session.get_one(Agency, one.successor_id), one.succeeded_on))
    return AgencyPage(
        agency=agency,
        parent=session.get(Agency, agency.parent_id) if agency.parent_id is not None else None,
        children=in_order(session.scalars(select(Agency).where(Agency.parent_id == agency.id))),
        before=tuple(sorted(before, key=lambda pair: alphabetical(pair[0].name_vi))),
        after=tuple(sorted(after, key=lambda pair: alphabetical(pair[0].name_vi))),
        desks=tuple(session.scalars(select(Desk).where(Desk.agency_id == agency.id).order_by(Desk.id))),
        people=session.scalar(select(func.count()).select_from(User).where(User.agency_id == agency.id)) or 0,
    )
