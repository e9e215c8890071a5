"""Store a questionnaire version from the project's data folder."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.questionnaire import Questionnaire
from survey.domain.questionnaire_json import to_json
from survey.errors import Conflict
from survey.models import QuestionnaireVersion, Response, Wave
from survey.services.audit import record


def import_questionnaire(session: Session, questionnaire: Questionnaire, *, today: date) -> QuestionnaireVersion:
    """Store `questionnaire`. The same content again changes nothing; other content under an answered code is a `Conflict`."""
    content = to_json(questionnaire)
    digest = sha256(content.encode()).hexdigest()
    with transaction(session):
        stored = session.scalars(select(QuestionnaireVersion).where(QuestionnaireVersion.code == questionnaire.code)).one_or_none()
        before = {"sha256": stored.sha256} if stored is not None else None
        if stored is None:
            stored = QuestionnaireVersion(code=questionnaire.code, sha256=digest, content=content, loaded_on=today)
            session.add(stored)
        elif stored.sha256 != digest:
            if _is_answered(session, stored.id):
                raise Conflict(
                    f"Questionnaire {questionnaire.code} has been answered and can no longer change. Give the new text a new code.",
                    code="questionnaire_answered",
                )
            stored.sha256, stored.content, stored.loaded_on = digest, content, today
        record(session, "questionnaire_imported", questionnaire.code, before=before, after={"sha256": digest})
    return stored


def _is_answered(session: Session, questionnaire_id: int) -> bool:
    answered = exists().where(Response.wave_id == Wave.id, Wave.questionnaire_id == questionnaire_id)
    return bool(session.scalar(select(answered)))
