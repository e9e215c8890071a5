"""Store a questionnaire version that somebody uploads as a ZIP of its CSV files or as a workbook."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from survey.models import QuestionnaireVersion
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire_file


def upload_questionnaire(session: Session, name: str, content: bytes, *, today: date) -> QuestionnaireVersion:
    """Read the five tables and store the version. Nothing is stored where anything is wrong.

    Raises
    ------
    RowsRefused
        It is no such file, or tables in it are malformed: everything that is wrong, with table, line and column.
    Conflict
        The version's code belongs to one that has been answered.
    """
    return import_questionnaire(session, read_questionnaire_file(name, content), today=today)
