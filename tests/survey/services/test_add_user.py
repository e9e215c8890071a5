from __future__ import annotations

from unicodedata import normalize

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey.errors import Conflict, Invalid, NotFound
from survey.services.add_user import add_user
from tests.support.small_province import SmallProvince

PASSWORD = "một mật khẩu đủ dài"


def test_the_password_is_stored_as_an_argon2_hash(full_price: None, app: Flask, session: Session, province: SmallProvince) -> None:
    with app.app_context():
        user = add_user(session, email=" Head@YenSon.vn ", password=PASSWORD, role="agency_head", agency_code="yen-son")
    assert user.email == "head@yenson.vn"
    assert user.password is not None
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in user.password
    assert PASSWORD not in user.password
    assert user.agency is not None
    assert user.agency.code == "yen-son"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"role": "king"}, Invalid, "role"),
        ({"agency_code": None}, Invalid, "needs an agency"),
        ({"role": "department"}, Invalid, "department, have none"),
        ({"password": "ngắn"}, Invalid, "12 characters"),
        ({"email": "head"}, Invalid, "e-mail"),
        ({"agency_code": "nowhere"}, NotFound, "nowhere"),
    ],
)
def test_a_wrong_account_is_refused_with_the_reason(
    app: Flask, session: Session, province: SmallProvince, change: dict[str, str], error: type[Exception], words: str
) -> None:
    account = {"email": "head@yenson.vn", "password": PASSWORD, "role": "agency_head", "agency_code": "yen-son"}
    with app.app_context(), pytest.raises(error, match=words):
        add_user(session, **account | change)


def test_an_address_has_one_account(app: Flask, session: Session, province: SmallProvince) -> None:
    with app.app_context():
        add_user(session, email="a@b.vn", password=PASSWORD, role="department")
        with pytest.raises(Conflict):
            add_user(session, email="A@b.vn", password=PASSWORD, role="department")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_vietnamese_password_logs_in_in_whichever_form_the_keyboard_writes_its_letters(
    app: Flask, session: Session, province: SmallProvince, form: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        add_user(session, email="a@b.vn", password=PASSWORD, role="department", second_factor_waived=True)
    answer = app.test_client().post("/login", data={"email": "a@b.vn", "password": normalize(form, PASSWORD)})
    assert (answer.status_code, answer.location) == (302, "/start")
