"""Comments that want an answer, as the agencies see them: what waits longest first, and how many wait."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import predecessors, subtree
from survey.domain.feedback_case import ANSWERED, GIVEN, WAITING, WORKING
from survey.models import Agency, AgencySuccession, CaseContact, FeedbackCase
from survey.queries.agencies import parents_of

PAGE = 20
_WEEK = 7


@dataclass(frozen=True)
class CaseView:
    """`week_on` is the Monday of the week in which it came, `answered_on` the day of the first answer."""

    id: UUID
    agency_names: dict[str, str]
    week_on: date
    text: str
    state: str
    answer: str
    answered_on: date | None
    has_contact: bool

    @property
    def is_answered(self) -> bool:
        return self.state == ANSWERED


@dataclass(frozen=True)
class CasesOfAgency:
    """How many cases an agency has in each state, and the oldest week of those without an answer.

    Not among these are cases whose words are no more: withdrawn or answered long ago (`gone`), or `never_answered`.
    """

    id: int
    code: str
    names: dict[str, str]
    in_state: dict[str, int]
    gone: int
    never_answered: int
    oldest: date | None

    @property
    def unanswered(self) -> int:
        return self.in_state[WAITING] + self.in_state[WORKING]


@dataclass(frozen=True)
class CasePage:
    """One page of the cases that were asked for, counted from 1; the rest tells of all of them, in whatever state."""

    cases: tuple[CaseView, ...]
    number: int
    pages: int
    found: int
    agencies: tuple[CasesOfAgency, ...]  # who lets people wait longest first

    @property
    def in_state(self) -> dict[str, int]:
        return {state: sum(agency.in_state[state] for agency in self.agencies) for state in GIVEN}

    @property
    def total(self) -> int:
        return sum(self.in_state.values())

    @property
    def gone(self) -> int:
        return sum(agency.gone for agency in self.agencies)

    @property
    def never_answered(self) -> int:
        return sum(agency.never_answered for agency in self.agencies)


def answered_for(session: Session, agency_id: int, *, today: date) -> frozenset[int]:
    """Whose cases an agency answers: its own, those of all below it, and those of ended agencies that any of these followed."""
    below = subtree(agency_id, parents_of(session))
    done = AgencySuccession.succeeded_on <= today
    pairs = session.execute(select(AgencySuccession.predecessor_id, AgencySuccession.successor_id).where(done)).all()
    before = frozenset[int]().union(*(predecessors(one, pairs) for one in below)) if pairs else frozenset[int]()
    ended = session.scalars(select(Agency.id).where(Agency.id.in_(before - below), Agency.valid_to < today)) if before else ()
    return below | frozenset(ended)


def feedback_cases(session: Session, agencies: Collection[int], *, page: int = 1, state: str | None = None) -> CasePage:
    """The readable cases of `agencies`, those without an answer first, of these the oldest week; within a week by their random id."""
    counted = _counted(session, agencies)
    states = tuple(one for one in GIVEN if state in (None, one))  # whatever else an address asks for never reaches the database
    found = sum(agency.in_state[one] for agency in counted for one in states)
    pages = max(1, -(-found // PAGE))
    number = min(max(1, page), pages)
    rows = session.execute(
        select(FeedbackCase, Agency.name_vi, Agency.name_en, CaseContact.case_id)
        .join(Agency, Agency.id == FeedbackCase.agency_id)
        .outerjoin(CaseContact, CaseContact.case_id == FeedbackCase.id)
        .where(*_here(agencies), _HAS_WORDS, FeedbackCase.state.in_(states))
        .order_by(FeedbackCase.state == ANSWERED, FeedbackCase.week_on, FeedbackCase.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    views = tuple(_view(case, {"vi": vi, "en": en}, has_contact=contact is not None) for case, vi, en, contact in rows)
    return CasePage(views, number, pages, found, counted)


def count_unanswered(session: Session, agency_id: int, *, today: date) -> int:
    """How many readable cases wait for an answer of the agency. Asked on every page of a head: mostly one small question."""
    everywhere = (
        select(FeedbackCase.agency_id, func.count())
        .where(FeedbackCase.readable.is_(True), _HAS_WORDS, FeedbackCase.state.in_((WAITING, WORKING)))
        .group_by(FeedbackCase.agency_id)
    )
    waiting = dict(session.execute(everywhere).all())
    agencies = answered_for(session, agency_id, today=today) if waiting else frozenset()
    return sum(count for agency, count in waiting.items() if agency in agencies)


def weeks_waited(case: CaseView, *, today: date) -> int:
    """Whole weeks since the Monday of its week."""
    return (today - case.week_on).days // _WEEK


_OLDEST = func.min(FeedbackCase.week_on)
_HAS_WORDS = and_(FeedbackCase.text != "", FeedbackCase.state.in_(GIVEN))


def _here(agencies: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return FeedbackCase.agency_id.in_(agencies), FeedbackCase.readable.is_(True)


def _counted(session: Session, agencies: Collection[int]) -> tuple[CasesOfAgency, ...]:
    rows = session.execute(
        select(Agency.id, Agency.code, Agency.name_vi, Agency.name_en, FeedbackCase.state, _HAS_WORDS, func.count(), _OLDEST)
        .join(Agency, Agency.id == FeedbackCase.agency_id)
        .where(*_here(agencies))
        .group_by(Agency.id, Agency.code, Agency.name_vi, Agency.name_en, FeedbackCase.state, _HAS_WORDS)
    )
    found: dict[int, CasesOfAgency] = {}
    for id_, code, name_vi, name_en, state, has_words, count, week_on in rows:
        one = found.get(id_) or CasesOfAgency(id_, code, {"vi": name_vi, "en": name_en}, dict.fromkeys(GIVEN, 0), 0, 0, None)
        found[id_] = _with(one, state, count, week_on) if has_words else _without_words(one, state, count)
    return tuple(sorted(found.values(), key=lambda one: (one.oldest or date.max, -one.unanswered, one.code)))


def _without_words(one: CasesOfAgency, state: str, count: int) -> CasesOfAgency:
    if state in (WAITING, WORKING):
        return replace(one, never_answered=one.never_answered + count)
    return replace(one, gone=one.gone + count)


def _with(one: CasesOfAgency, state: str, count: int, week_on: date) -> CasesOfAgency:
    """With `count` more cases in `state`."""
    oldest = one.oldest if state == ANSWERED else min(one.oldest or week_on, week_on)
    return replace(one, in_state=one.in_state | {state: count}, oldest=oldest)


def _view(case: FeedbackCase, names: dict[str, str], *, has_contact: bool) -> CaseView:
    return CaseView(case.id, names, case.week_on, case.text, case.state, case.answer, case.answered_on, has_contact)
