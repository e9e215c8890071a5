from __future__ import annotations

import pytest
from flask import Flask, g

from survey.domain.audit_chain import ACTIONS, Entry
from survey.web import audit_words
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


def test_everything_that_may_be_recorded_has_words_of_its_own_in_both_languages(app: Flask) -> None:
    for language in ("vi", "en"):
        with app.test_request_context():
            g.language = language
            told = {code: audit_words.action(code) for code in ACTIONS}
            assert {code for code, said in told.items() if said == code.replace("_", " ")} == set(), "see survey/web/audit_words.py"
            assert len(set(told.values())) == len(ACTIONS)
            assert audit_words.action("something_new") == "something new"  # until it has words


def test_only_what_differs_is_told(app: Flask) -> None:
    entry = Entry(1, "", "", "wave_closed", "", '{"a":1,"state":"open","gone":"x"}', '{"a":1,"state":"closed","new":[true,2],"n":null}', "")
    with app.test_request_context():
        g.language = "vi"
        assert audit_words.changes(entry) == [("state", "open", "closed"), ("gone", "x", None), ("new", None, "True, 2")]
        assert audit_words.changes(Entry(1, "", "", "", "", None, '{"active":false}', "")) == [("active", None, "không")]


def test_the_page_tells_them(app: Flask, province: SmallProvince) -> None:
    app.test_client().get("/sign-on/back")
    page = words(log_in(app, role="administrator").get("/audit"))
    assert "administrator-tinh-vi@example.vn Đăng nhập" in page
    assert "logged_in" not in page
