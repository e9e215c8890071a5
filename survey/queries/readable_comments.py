"""What people wrote, once enough of it waits together, in an order that tells nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from survey.domain.comment import NEW, STATES, holds
from survey.models import Agency, Comment, CommentHandling

PAGE = 20


@dataclass(frozen=True)
class CommentView:
    """`changed_on` and `changed_by` are None while nobody has touched it."""

    id: UUID
    text: str
    agency_names: dict[str, str]
    state: str
    note: str
    changed_by: str | None
    changed_on: date | None


@dataclass(frozen=True)
class CommentPage:
    """One page of the comments that were asked for, counted from 1, and how many there are in each state among all."""

    comments: tuple[CommentView, ...]
    number: int
    pages: int
    found: int
    in_state: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.in_state.values())


def readable_comments(
    session: Session,
    wave_id: int,
    agencies: Collection[int],
    *,
    page: int = 1,
    wanted: str = "",
    state: str | None = None,
) -> CommentPage:
    """The readable comments on `agencies` in one wave, by their random id; those that hold the words `wanted` and are in `state`.

    A comment waits for others of its agency, if need be until the next wave; released, it appears under its own wave. Words are looked
    for here and not in the database: no collation that SQLite and PostgreSQL share knows that `cho doi` finds `Chờ đợi`.
    """
    handled = func.coalesce(CommentHandling.state, NEW)
    every = session.execute(
        select(Comment.id, handled, Comment.text if wanted.strip() else literal(""))
        .outerjoin(CommentHandling, CommentHandling.comment_id == Comment.id)
        .where(*_here(wave_id, agencies))
        .order_by(Comment.id)
    ).all()
    counts = Counter(found for _, found, _ in every)
    ids = [row[0] for row in every if (state is None or row[1] == state) and (not wanted.strip() or holds(row[2], wanted))]
    pages = max(1, -(-len(ids) // PAGE))
    number = min(max(1, page), pages)
    views = _views(session, Comment.id.in_(ids[(number - 1) * PAGE : number * PAGE])) if ids else ()
    return CommentPage(views, number, pages, len(ids), {name: counts[name] for name in STATES})


def all_comments(
    session: Session, wave_id: int, agencies: Collection[int], *, wanted: str = "", state: str | None = None
) -> tuple[CommentView, ...]:
    """The same comments, all of them, to take away."""
    views = _views(session, *_here(wave_id, agencies))
    return tuple(view for view in views if state in (None, view.state) and holds(view.text, wanted))


def _here(wave_id: int, agencies: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return Comment.wave_id == wave_id, Comment.agency_id.in_(agencies), Comment.readable.is_(True)


def _views(session: Session, *which: ColumnElement[bool]) -> tuple[CommentView, ...]:
    rows = session.execute(
        select(Comment, Agency.name_vi, Agency.name_en, CommentHandling)
        .join(Agency, Agency.id == Comment.agency_id)
        .outerjoin(CommentHandling, CommentHandling.comment_id == Comment.id)
        .where(*which)
        .order_by(Comment.id)
    )
    return tuple(_view(comment, {"vi": name_vi, "en": name_en}, handling) for comment, name_vi, name_en, handling in rows)


def _view(comment: Comment, names: dict[str, str], handling: CommentHandling | None) -> CommentView:
    if handling is None:
        return CommentView(comment.id, comment.text, names, NEW, "", None, None)
    return CommentView(comment.id, comment.text, names, handling.state, handling.note, handling.changed_by, handling.changed_on)
