"""What people wrote, once enough of it waits together, in an order that tells nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Agency, Comment

PAGE = 20


@dataclass(frozen=True)
class CommentView:
    text: str
    agency_names: dict[str, str]


@dataclass(frozen=True)
class CommentPage:
    """One page of comments, counted from 1."""

    comments: tuple[CommentView, ...]
    number: int
    pages: int
    total: int


def readable_comments(session: Session, wave_id: int, agencies: Collection[int], *, page: int = 1) -> CommentPage:
    """The readable comments on `agencies` in one wave, by their random id.

    A comment waits for others of its agency, if need be until the next wave; released, it appears under its own wave.
    """
    here = (Comment.wave_id == wave_id, Comment.agency_id.in_(agencies), Comment.readable.is_(True))
    total = session.execute(select(func.count()).select_from(Comment).where(*here)).scalar_one()
    pages = max(1, -(-total // PAGE))
    number = min(max(1, page), pages)
    rows = session.execute(
        select(Comment.text, Agency.name_vi, Agency.name_en)
        .join(Agency, Agency.id == Comment.agency_id)
        .where(*here)
        .order_by(Comment.id)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
    )
    comments = tuple(CommentView(text, {"vi": name_vi, "en": name_en}) for text, name_vi, name_en in rows)
    return CommentPage(comments, number, pages, total)
