"""Whatever a member of the staff changes, takes away, or is refused leaves exactly one entry; what a citizen does leaves none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain.agency_change import END, plan_change
from survey.domain.permissions import BOUND, GRANTS, may
from survey.domain.permissions import DEPARTMENT as DEPARTMENT_ROLE
from survey.models import AgencyAction, Comment, LoginSession, SecurityKey, SlipBatch, User, Wave
from survey.queries.agency_change import read_tree
from survey.queries.audit_log import list_entries
from survey.reports.questionnaire_files import questionnaire_zip
from survey.services.change_agencies import change_agencies
from survey.services.change_desk import close_desk
from survey.services.change_wave import close_wave, open_wave
from survey.services.import_questionnaire import import_questionnaire
from survey.services.mark_desk_day import DeskDay, mark_desk_day
from survey.services.read_questionnaire import read_questionnaire
from survey.services.review_flag import Finding, review_flag
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.analyses import finish_analyses
from tests.support.cases import give_case
from tests.support.scored_province import PASSWORD, Cell, give_score, log_in, send
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

Prepare = Callable[[Session, SmallProvince], None]
DEPARTMENT = "department-tinh-vi@example.vn"


def nothing(_session: Session, _province: SmallProvince) -> None: ...


def closed(session: Session, province: SmallProvince) -> None:
    close_wave(session, province.wave.code, today=today())


def analysed(session: Session, province: SmallProvince) -> None:
    closed(session, province)
    run_analysis(session, province.wave.code, by="a", today=today())


def printed(session: Session, province: SmallProvince) -> None:
    session.add(SlipBatch(id=1, desk_id=province.desk_ids["yen-son"], printed_count=10, printed_on=today(), printed_by="x", key_check="x"))
    session.commit()


def shut(session: Session, province: SmallProvince) -> None:
    close_desk(session, province.desk_ids["yen-son"], today=today())


def ending(session: Session, province: SmallProvince) -> None:
    plan = plan_change(END, read_tree(session), on=date(2090, 1, 1), ends=["yen-son"], begins=[])
    change_agencies(session, plan, desks={province.desk_ids["yen-son"]: None}, today=today())


def staffed(session: Session, _province: SmallProvince) -> None:
    session.add(User(id=900, email="x@y.vn", password=None, active=True, fs_uniquifier="x"))
    session.add(LoginSession(id=900, user_id=1, token_sha256="x", began_at=0, seen_at=0))
    session.commit()


def commented(session: Session, province: SmallProvince) -> None:
    session.add(Comment(id=UUID(int=9), wave_id=province.wave.id, agency_id=province.agency_ids["yen-son"], text="x", readable=True))
    session.commit()


def asked(session: Session, province: SmallProvince) -> None:
    give_case(session, province.agency_ids["yen-son"], "x", id=UUID(int=8))


def surveyed(session: Session, _province: SmallProvince) -> None:
    first, last = date(2020, 1, 1), date(2099, 12, 31)
    open_wave(
        session, code="M", name_vi="M", name_en="M", opens_on=first, closes_on=last, questionnaire="sipas-2017", instrument="sample"
    )  # fmt: skip


def invited(session: Session, province: SmallProvince) -> None:
    surveyed(session, province)
    printed(session, province)
    session.execute(update(SlipBatch).values(wave_id=select(Wave.id).where(Wave.code == "M").scalar_subquery()))
    session.commit()


def received(session: Session, province: SmallProvince) -> None:
    for _ in range(6):
        province.answer(session, {"A1": 5}, day=date(2026, 1, 5))


def marked(session: Session, province: SmallProvince) -> None:
    received(session, province)
    unit = DeskDay(province.wave.id, province.desk_ids["yen-son"], date(2026, 1, 5), "open_qr")
    mark_desk_day(session, unit, reason="trial", note="", by="a", today=today())


_A_FLAG = {"wave": "2026-Q4", "desk": "{desk}", "day": "2026-01-05", "mode": "open_qr", "flag": "burst"}


def flagged(session: Session, province: SmallProvince) -> None:
    found = {
        "flag": "burst",
        "desk": province.desk_ids["yen-son"],
        "day": "2026-01-05",
        "n": 20,
        "observed": 41,
        "expected": 5.2,
        "p_value": 8e-7,
    }
    give_score(session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(120), findings={"quality": [found]})


def reviewed(session: Session, province: SmallProvince) -> None:
    flagged(session, province)
    finding = Finding(province.wave.id, province.desk_ids["yen-son"], "open_qr", "burst", date(2026, 1, 5), 41)
    review_flag(session, finding, reason="x", by="a", today=today())


_A_DAY = {"wave": "2026-Q4", "desk": "{desk}", "day": "2026-01-05", "mode": "open_qr"}
NEW_DESK = '{{"desks":[["a.csv",2,{{"agency":"yen-son","name_vi":"X","name_en":""}}]]}}'


def keyed(session: Session, _province: SmallProvince) -> None:
    session.add(SecurityKey(id=900, user_id=1, name="x", credential_id=b"x", public_key=b"x", sign_count=0))
    session.commit()


def acted(session: Session, province: SmallProvince) -> None:
    words = {"said_vi": "a", "said_en": "", "done_vi": "b", "done_en": "", "criterion": None, "done_on": today()}
    session.add(
        AgencyAction(id=1, agency_id=province.agency_ids["yen-son"], state="draft", changed_by="x", changed_on=today(), **words)
    )  # fmt: skip
    session.commit()


def planned(session: Session, province: SmallProvince) -> None:
    import_questionnaire(session, replace(province.questionnaire, code="other"), today=today())
    first, last = date(2098, 1, 1), date(2098, 12, 31)
    open_wave(
        session, code="M", name_vi="M", name_en="M", opens_on=first, closes_on=last, questionnaire="sipas-2017", instrument="sample"
    )  # fmt: skip


PLAN = {
    "code": "N", "name_vi": "N", "instrument": "sample", "questionnaire": "sipas-2017", "modes": "invitation", "opens_on": "2098-01-01",
    "closes_on": "2098-12-31",
}  # fmt: skip
#: endpoint -> the file that its form carries
ATTACHED = {"questionnaires.upload": lambda: (BytesIO(questionnaire_zip(read_questionnaire("sipas-2017"))), "x.zip")}

#: endpoint -> how it is used: what is there before, the address, the form, the action of its entry
USES: dict[str, list[tuple[Prepare, str, dict[str, str], str]]] = {
    "waves.take": [
        (nothing, "/department/waves/2026-Q4/close", {}, "wave_closed"),
        (closed, "/department/waves/2026-Q4/analyse", {}, "wave_analysed"),
        (analysed, "/department/waves/2026-Q4/analyse", {}, "wave_analysed"),
    ],
    "approvals.approve": [(analysed, "/department/waves/2026-Q4/publish", {}, "wave_published")],
    "wave_forms.create": [(nothing, "/department/waves/new", PLAN, "wave_opened")],
    "wave_forms.change": [(nothing, "/department/waves/2026-Q4/edit", {"name_vi": "Tên khác", "closes_on": "2099-12-31"}, "wave_changed")],
    "wave_forms.cancel": [(planned, "/department/waves/M/cancel", {"reason": "Hoãn"}, "wave_cancelled")],
    "questionnaires.upload": [(nothing, "/department/questionnaires", {}, "questionnaire_imported")],
    "questionnaires.activate": [(planned, "/department/questionnaires/other/activate", {"wave": "M"}, "wave_changed")],
    "approvals.return_": [(analysed, "/department/waves/2026-Q4/return", {"reason": "Xem lại"}, "run_returned")],
    "comments.handle": [
        (commented, f"/agencies/yen-son/comments/{UUID(int=9)}", {"state": "done", "note": "Đã thay ghế"}, "comment_handled"),
    ],
    "cases.answer": [
        (asked, f"/agencies/yen-son/cases/{UUID(int=8)}", {"state": "working"}, "case_state"),
        (asked, f"/agencies/yen-son/cases/{UUID(int=8)}", {"state": "answered", "answer": "Cảm ơn"}, "case_answered"),
    ],
    "agencies.import_": [(nothing, "/department/agency-import", {"rows": NEW_DESK, "action": "do"}, "agencies_changed")],
    "agencies.change": [
        (nothing, "/department/agencies/yen-son/rename", {"name_vi": "UBND xã Mới", "action": "do"}, "agencies_changed"),
        (nothing, "/department/agencies/yen-son/end", {"on": "2090-01-01", "action": "do"}, "agencies_changed"),
    ],
    "agencies.take_back": [
        (ending, "/department/agencies/yen-son/take-back", {"seen": "2090-01-01: yen-son > ", "reason": "x"}, "agencies_changed")
    ],
    "desks.add": [(nothing, "/agencies/yen-son/desks", {"name_vi": "Quầy 2"}, "desk_changed")],
    "desks.change": [
        (nothing, "/desks/{desk}/rename", {"name_vi": "Quầy 2"}, "desk_changed"),
        (nothing, "/desks/{desk}/close", {}, "desk_changed"),
        (shut, "/desks/{desk}/open", {}, "desk_changed"),
    ],
    "desks.issue": [(nothing, "/desks/{desk}/issue", {}, "desk_code_issued")],
    "desks.revoke": [(nothing, "/desks/{desk}/revoke", {}, "desk_code_revoked")],
    "desks.issue_screen": [(nothing, "/desks/{desk}/kiosk/issue", {}, "desk_code_issued")],
    "desks.revoke_screen": [(nothing, "/desks/{desk}/kiosk/revoke", {}, "desk_code_revoked")],
    "slip_batches.print_": [(nothing, "/agencies/yen-son/slips", {"desk": "{desk}", "count": "10"}, "slips_printed")],
    "account.end": [(staffed, "/account/sessions/900/end", {}, "sessions_ended")],
    "account.change_password": [
        (nothing, "/account/password", {"password": PASSWORD, "new_password": "bốn từ chẳng liên quan"}, "user_changed"),
    ],
    "targets.save": [(nothing, "/department/targets?wave=2026-Q4", {"target-yen-son": "90"}, "targets_changed")],
    "targets.publish": [
        (
            nothing,
            "/department/benchmarks",
            {"scope": "national", "year": "2025", "measure": "ALL", "percent": "84,5", "method": "2022-", "source": "x"},
            "benchmarks_imported",
        ),
    ],
    "security_keys.remove": [(keyed, "/account/keys/900/remove", {}, "second_factor_changed")],
    "settings.change": [(nothing, "/settings/place", {"value": "Hà Giang"}, "settings_changed")],
    "people.add": [(nothing, "/people", {"email": "moi@y.vn", "role": "agency_head", "agency": "my-lam"}, "user_added")],
    "people.new_password": [(staffed, "/people/900/password", {}, "user_changed")],
    "people.change": [
        (staffed, "/people/900/role", {"role": "agency_viewer", "agency": "my-lam"}, "user_changed"),
        (staffed, "/people/900/disable", {}, "user_changed"),
        (staffed, "/people/900/enable", {}, "user_changed"),
        (staffed, "/people/900/second_factor", {}, "second_factor_changed"),
        (staffed, "/people/900/sign_on", {}, "sign_on_changed"),
        (staffed, "/people/900/sessions", {}, "sessions_ended"),
    ],
    "actions.take": [
        (acted, "/agencies/yen-son/actions/1/publish", {}, "action_published"),
        (acted, "/agencies/yen-son/actions/1/withdraw", {}, "action_withdrawn"),
    ],
    "actions.write": [
        (nothing, "/agencies/yen-son/actions", {"said_vi": "a", "done_vi": "b", "done_on": "2026-10-05"}, "action_written"),
        (
            acted,
            "/agencies/yen-son/actions",
            {"action": "1", "said_vi": "a", "done_vi": "c", "done_on": "2026-10-05"},
            "action_written",
        ),
    ],
    "invitations.make": [
        (
            surveyed,
            "/agencies/yen-son/invitations",
            {"desk": "{desk}", "wave": "M", "count": "10", "format": "csv"},
            "invitations_made",
        )
    ],
    "invitations.withdraw": [(invited, "/invitations/1/withdraw", {"reason": "lost"}, "invitations_withdrawn")],
    "field_watch.mark": [(received, "/department/watch/yen-son/mark", _A_DAY | {"reason": "trial"}, "desk_day_marked")],
    "flag_reviews.review": [(flagged, "/department/watch/yen-son/review", _A_FLAG | {"reason": "Hội trường đông"}, "flag_reviewed")],
    "flag_reviews.undo": [(reviewed, "/department/watch/yen-son/review/undo", _A_FLAG, "flag_review_undone")],
    "field_watch.lift": [
        (marked, "/department/watch/yen-son/lift", _A_DAY | {"marked_for": "trial", "note": "x"}, "desk_day_unmarked"),
    ],
    "slip_batches.withdraw": [(printed, "/slips/1/withdraw", {"reason": "lost"}, "slips_withdrawn")],
}
#: Pages of the library's; what they leave is tested below and in test_log_in.py.
OF_THE_LIBRARY = "security"
#: Pages that want a security key's answer; what they leave is tested in test_security_keys.py.
WITH_A_KEY = {"security_keys.add", "security_keys.sign_in"}
#: A page that opens what the app sealed; what it leaves is tested in test_cases.py.
OF_A_SEAL = {"cases.contact"}


@pytest.fixture
def staff(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="department")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def written(session: Session) -> list[str]:
    session.rollback()  # look anew
    return [f"{entry.who} {entry.action}" for entry in reversed(list_entries(session, limit=1000))]


def action_of(app: Flask, endpoint: str) -> str:
    return getattr(app.view_functions[endpoint], "action", "use_own_account")


def test_every_page_that_changes_something_is_walked_here(app: Flask) -> None:
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if rule.methods and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}}
    assert {endpoint for endpoint in changing if endpoint.split(".")[0] not in ("citizen", OF_THE_LIBRARY)} - WITH_A_KEY - OF_A_SEAL == set(
        USES
    )


@pytest.mark.parametrize(("endpoint", "which"), [(endpoint, which) for endpoint, uses in USES.items() for which in range(len(uses))])
def test_every_change_leaves_one_entry_that_names_its_person(
    app: Flask, session: Session, province: SmallProvince, endpoint: str, which: int
) -> None:
    role = next(
        r for r in (DEPARTMENT_ROLE, "administrator", "agency_head") if may(frozenset(GRANTS[r]), action_of(app, endpoint), own=True)
    )
    agency = "yen-son" if role in BOUND else None
    staff = log_in(app, role=role, agency=agency)
    app.config["WTF_CSRF_ENABLED"] = False
    prepare, path, form, action = USES[endpoint][which]
    prepare(session, province)
    before = written(session)
    desk = str(province.desk_ids["yen-son"])
    attached = {"file": ATTACHED[endpoint]()} if endpoint in ATTACHED else {}
    filled = {name: value.format(desk=desk) for name, value in form.items()}
    answer = staff.post(path.format(desk=desk), data=filled | attached)
    assert answer.status_code < 400, answer.get_data(as_text=True)
    finish_analyses()
    assert written(session)[len(before) :] == [f"{role}-{agency or 'tinh'}-vi@example.vn {action}"]


def test_a_refused_form_leaves_none_for_nothing_was_done(staff: FlaskClient, session: Session, province: SmallProvince) -> None:
    before = written(session)
    desk = str(province.desk_ids["yen-son"])
    assert staff.post("/agencies/yen-son/slips", data={"desk": desk, "count": "1"}).status_code == 422
    assert written(session) == before


def test_looking_leaves_no_entry(staff: FlaskClient, session: Session) -> None:
    before = written(session)
    for path in ("/start", "/department", "/department/waves", "/agencies/yen-son", "/agencies/yen-son/desks"):
        assert staff.get(path).status_code < 400
    assert written(session) == before


def test_a_citizens_response_leaves_none(client: FlaskClient, session: Session, province: SmallProvince) -> None:
    before = written(session)
    url = province.urls["yen-son"]
    client.get(url)
    client.post(url, data={"response_id": str(uuid4()), "A1": "5", "comment": "Cảm ơn"})
    client.post("/s/nowhere", data={"response_id": "x"})
    province.answer(session, {"A1": 5})
    assert written(session) == before


def test_what_is_taken_away_as_a_file_leaves_an_entry(staff: FlaskClient, session: Session, province: SmallProvince) -> None:
    analysed(session, province)
    assert staff.get("/department/waves/2026-Q4/runs/1.json").status_code == 200
    session.rollback()
    newest = list_entries(session)[0]
    assert (newest.who, newest.action, newest.subject) == (DEPARTMENT, "exported", "/department/waves/2026-Q4/runs/1.json")


def test_a_refusal_leaves_an_entry_with_the_page_and_the_action(app: Flask, session: Session, province: SmallProvince) -> None:
    head = log_in(app, role="agency_head", agency="yen-son")
    assert head.get("/agencies/my-lam").status_code == 403
    newest = list_entries(session)[0]
    assert (newest.who, newest.action, newest.subject) == ("agency_head-yen-son-vi@example.vn", "refused", "GET /agencies/my-lam")
    assert newest.after == '{"action":"see_agency"}'


def test_logging_in_and_out_leaves_an_entry_each(app: Flask, session: Session, province: SmallProvince) -> None:
    before = written(session)
    client = log_in(app, role="department")
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/logout").status_code == 302
    client.post("/logout")
    assert written(session)[len(before) :] == ["SIPAS user_added", f"{DEPARTMENT} logged_in", f"{DEPARTMENT} logged_out"]


def test_a_failed_log_in_names_the_account_but_never_what_was_typed_instead_of_one(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince
) -> None:
    log_in(app, role="department")
    send(client, "/login", email=DEPARTMENT, password="sai-mat-khau-roi")
    send(client, "/login", email="mat-khau-cua-toi@bi-mat.vn", password=PASSWORD)
    unknown, known = list_entries(session, limit=2)
    assert (known.who, known.action, known.subject) == ("nobody", "log_in_failed", DEPARTMENT)
    assert (unknown.who, unknown.action, unknown.subject) == ("nobody", "log_in_failed", "an unknown address")


def test_no_entry_holds_an_address_a_password_or_a_key(app: Flask, session: Session, province: SmallProvince) -> None:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    send(client, "/login", email=DEPARTMENT, password=PASSWORD)
    log_in(app, role="department")
    everything = " ".join(str(entry) for entry in list_entries(session, limit=1000))
    assert "203.0.113.77" not in everything
    assert PASSWORD not in everything
    assert "argon2" not in everything
    for url in province.urls.values():
        assert url.removeprefix("/s/") not in everything
