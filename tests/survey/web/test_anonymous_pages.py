from __future__ import annotations

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from survey.web.anonymous_pages import is_anonymous
from tests.support.small_province import SmallProvince


def test_the_addresses_of_citizens_pages_and_no_others_are_known_as_theirs(app: Flask) -> None:
    wrong = [rule.rule for rule in app.url_map.iter_rules() if is_anonymous(rule.rule) != rule.endpoint.startswith("citizen.")]
    assert not wrong, "Add how the citizens' address begins to survey.web.anonymous_pages.CITIZENS, or begin the staff's another way."


def test_nothing_can_be_kept_in_a_session_on_a_citizens_page(app: Flask, province: SmallProvince) -> None:
    with app.test_request_context(province.urls["yen-son"], headers={"Cookie": "session=x"}), pytest.raises(RuntimeError):
        session["seen"] = True


@pytest.mark.parametrize("path", ["/s/a/b/c?lang=en", "/p/1/2?lang=en", "/recordings/x?lang=en", "/citizen-?lang=en"])
def test_an_address_that_is_nearly_a_citizens_page_is_refused_in_the_language_of_the_address(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert '<html lang="en"' in answer.text
    assert "Set-Cookie" not in answer.headers
