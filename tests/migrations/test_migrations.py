from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.database import downgrade, is_current, make_engine, upgrade
from survey.models import Model, QuestionnaireVersion
from survey.services.import_questionnaire import import_questionnaire
from survey.settings import today
from tests.support.small_province import build_small_province


def test_up_down_and_up_again_ends_where_the_models_are(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    downgrade(empty_database_url, "base")
    upgrade(empty_database_url)
    engine = make_engine(empty_database_url)
    with engine.connect() as connection:
        assert is_current(connection)
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
    engine.dispose()


def test_nothing_is_left_after_the_way_down(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    downgrade(empty_database_url, "base")
    engine = make_engine(empty_database_url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE questionnaire SET content = '{}'",
        "UPDATE questionnaire SET code = 'other'",
        "DELETE FROM questionnaire",
        "UPDATE wave SET questionnaire_id = questionnaire_id + 1",
    ],
)
def test_an_answered_questionnaire_cannot_change(session: Session, change: str) -> None:
    province = build_small_province(session)
    if "wave" in change:
        first = session.scalars(select(QuestionnaireVersion)).one()
        session.add(QuestionnaireVersion(code="other", sha256="x", content=first.content, loaded_on=today()))
        session.commit()
    province.answer(session, {"A1": 5})
    with pytest.raises(DBAPIError, match="frozen"):
        session.execute(text(change))


def test_a_questionnaire_that_nobody_answered_may_still_be_mended(session: Session) -> None:
    province = build_small_province(session)
    session.execute(text("UPDATE questionnaire SET sha256 = 'old'"))
    session.commit()
    session.expire_all()
    mended = import_questionnaire(session, province.questionnaire, today=today())
    assert mended.sha256 != "old"
