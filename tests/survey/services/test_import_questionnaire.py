from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire_json import to_json
from survey.errors import Conflict
from survey.models import QuestionnaireVersion
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from tests.support.small_province import SmallProvince

TODAY = date(2026, 10, 1)
SIPAS = read_questionnaire("sipas-2017")
REWORDED = replace(SIPAS, text={**SIPAS.text, "vi": "Phiếu mới"})


def test_the_same_version_again_keeps_the_day_on_which_it_was_loaded(session: Session) -> None:
    first = import_questionnaire(session, SIPAS, today=TODAY)
    again = import_questionnaire(session, SIPAS, today=date(2027, 1, 1))
    assert (again.id, again.loaded_on, again.content) == (first.id, TODAY, to_json(SIPAS))


def test_a_version_may_be_corrected_until_somebody_answers_it(session: Session) -> None:
    import_questionnaire(session, SIPAS, today=TODAY)
    import_questionnaire(session, REWORDED, today=TODAY)
    assert session.scalars(select(QuestionnaireVersion.content)).one() == to_json(REWORDED)


def test_an_answered_version_stays_as_it_was_asked(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 4})
    with pytest.raises(Conflict, match="answered and can no longer change"):
        import_questionnaire(session, REWORDED, today=TODAY)
    assert session.scalars(select(QuestionnaireVersion.content)).one() == to_json(SIPAS)
