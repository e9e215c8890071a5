"""Whether a response has arrived."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Response


def is_stored(session: Session, response_id: UUID | None) -> bool:
    return response_id is not None and session.scalar(select(Response.id).where(Response.id == response_id)) is not None
