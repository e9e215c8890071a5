"""Desks as their kiosks and screens know them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from survey.models import DISPLAY, KIOSK, DeskCode
from survey.queries.open_desk import DeskView, desk_view, select_desk

_BY_DISPLAY = (
    select_desk(DeskCode, DeskCode.desk_id, DeskCode.revoked_on)
    .add_columns(DeskCode.code)
    .where(DeskCode.desk_id == bindparam("desk_id"), DeskCode.kind == DISPLAY, DeskCode.revoked_on.is_(None))
)


def find_display(session: Session, desk_id: int, *, today: date) -> tuple[str, DeskView] | None:
    """The code of the desk's screen, and the desk; None when it has no screen (any more)."""
    row = session.connection().execute(_BY_DISPLAY, {"desk_id": desk_id, "today": today}).one_or_none()
    return None if row is None else (row.code, desk_view(session, row, today=today))


def list_screens(session: Session, desk_ids: list[int]) -> dict[tuple[int, str], str]:
    """The codes in use, by desk and kind."""
    present = DeskCode.desk_id.in_(desk_ids) & DeskCode.kind.in_([KIOSK, DISPLAY]) & DeskCode.revoked_on.is_(None)
    rows = session.execute(select(DeskCode.desk_id, DeskCode.kind, DeskCode.code).where(present))
    return {(desk_id, kind): code for desk_id, kind, code in rows}
