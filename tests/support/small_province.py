"""A province of three agencies with one open wave: enough to walk every way, small enough to know by heart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.questionnaire import FULL_FORM, Questionnaire
from survey.domain.receipt_code import stored_id
from survey.domain.submission import Submission
from survey.models import Agency, Desk, Wave
from survey.queries.agency_list import list_desks
from survey.services.change_wave import open_wave
from survey.services.import_agencies import import_agencies
from survey.services.import_questionnaire import import_questionnaire
from survey.services.read_questionnaire import read_questionnaire
from survey.services.submit_response import Unit, submit_response
from survey.settings import today

AGENCIES = [
    {"code": "tinh", "kind": "province", "parent": "", "name_vi": "Tỉnh Tuyên Quang", "name_en": "Tuyên Quang Province"},
    {"code": "yen-son", "kind": "commune", "parent": "tinh", "name_vi": "UBND xã Yên Sơn", "name_en": "Yên Sơn Commune"},
    {"code": "my-lam", "kind": "commune", "parent": "tinh", "name_vi": "UBND phường Mỹ Lâm", "name_en": "Mỹ Lâm Ward"},
]
DESKS = [{"agency": code, "name_vi": "Bộ phận Một cửa", "name_en": "One-stop desk"} for code in ("yen-son", "my-lam")]


@dataclass(frozen=True)
class SmallProvince:
    questionnaire: Questionnaire
    wave: Wave
    agency_ids: dict[str, int]
    desk_ids: dict[str, int]
    urls: dict[str, str]

    def unit(self, agency: str = "yen-son", *, day: date | None = None, mode: str = "open_qr") -> Unit:
        return Unit(self.wave.id, self.desk_ids[agency], self.agency_ids[agency], day or today(), mode)

    def answer(
        self,
        session: Session,
        ratings: dict[str, int],
        *,
        agency: str = "yen-son",
        day: date | None = None,
        mode: str = "open_qr",
        form: str = FULL_FORM,
        response_id: UUID | None = None,
        comment: str = "",
    ) -> UUID:
        """One person's response, through the service that the form uses; the number under which it is stored."""
        response_id = response_id or uuid4()
        submission = Submission(response_id, form, ratings, {}, comment)
        unit, code = self.unit(agency, day=day, mode=mode), self.urls[agency].removeprefix("/s/")
        submit_response(session, submission, self.questionnaire, unit, code=code, language="vi")
        return stored_id(response_id)


def build_small_province(session: Session, *, first_day: date = date(2020, 1, 1), simulated: bool = False) -> SmallProvince:
    """The wave runs from `first_day` to the end of 2099, so that it is open whenever the tests run."""
    questionnaire = read_questionnaire("sipas-2017")
    import_questionnaire(session, questionnaire, today=today())
    agencies = [row | {"valid_from": "2025-07-01", "valid_to": ""} for row in AGENCIES]
    import_agencies(session, agencies, desks=DESKS, today=date(2025, 7, 1))
    wave = open_wave(
        session,
        code="2026-Q4",
        name_vi="Quý IV/2026",
        name_en="Q4 2026",
        opens_on=first_day,
        closes_on=date(2099, 12, 31),
        questionnaire="sipas-2017",
        simulated=simulated,
    )
    desks = session.execute(select(Agency.code, Agency.id, Desk.id).join(Desk, Desk.agency_id == Agency.id)).all()
    agency_ids = dict(session.execute(select(Agency.code, Agency.id)).all())
    urls = {desk["agency"]: desk["url"] for desk in list_desks(session, today=today())}
    session.commit()
    return SmallProvince(questionnaire, wave, agency_ids, {code: desk for code, _, desk in desks}, urls)
