from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.models import Response, ResponseMark, Tally
from survey.services.mark_response import mark_response, unmark_response
from survey.services.read_questionnaire import read_questionnaire
from survey.services.recount_tallies import recount_tallies
from tests.support.small_province import SmallProvince

QUESTIONNAIRE = read_questionnaire("sipas-2017")
TODAY = date(2026, 11, 22)
FORMS = st.sampled_from(["full", *(f"short-{i}" for i in range(60))])
ACCEPT = st.tuples(st.just("accept"), FORMS, st.randoms(use_true_random=False))
MOVE = st.tuples(st.sampled_from(["mark", "unmark"]), st.just(""), st.randoms(use_true_random=False))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(ACCEPT, MOVE), min_size=1, max_size=15))
def test_after_any_sequence_of_accept_mark_and_unmark_the_tallies_equal_a_recount(session: Session, province: SmallProvince, steps) -> None:  # type: ignore[no-untyped-def]
    for table in (ResponseMark, Response, Tally):
        session.execute(delete(table))
    session.commit()
    marked: dict[UUID, bool] = {}
    for action, form, chance in steps:
        if action == "accept":
            codes = [*QUESTIONNAIRE.asked(form), "G1"]
            ratings = {code: chance.randint(0, 5) for code in codes if chance.random() < 0.8} or {codes[0]: 5}
            place = chance.choice(["yen-son", "my-lam"])
            response_id = province.answer(session, ratings, agency=place, form=form, day=TODAY - timedelta(days=chance.randint(0, 2)))
            marked[response_id] = False
        else:
            candidates = [key for key, is_marked in marked.items() if is_marked == (action == "unmark")]
            if candidates:
                chosen = chance.choice(candidates)
                if action == "mark":
                    mark_response(session, chosen, reason="thử", by="test", today=TODAY)
                else:
                    unmark_response(session, chosen, by="test", today=TODAY)
                marked[chosen] = not marked[chosen]
    assert recount_tallies(session, repair=False) == []


def test_a_wrong_tally_is_found_and_repaired(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5, "B2": 2})
    session.execute(update(Tally).where(Tally.measure == "A1").values(satisfied=7))
    session.execute(delete(Tally).where(Tally.measure == "B2"))
    session.commit()
    assert {difference.key[-1] for difference in recount_tallies(session, repair=True)} == {"A1", "B2"}
    assert recount_tallies(session, repair=False) == []


def test_a_tally_without_responses_is_taken_away(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5})
    session.execute(delete(Response))
    session.commit()
    assert len(recount_tallies(session, repair=True)) == 3
    assert session.scalars(select(Tally.measure)).all() == []
