from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from survey.models import CaseContact, Comment, FeedbackCase, Response, ResponseMark
from survey.web.kept_fields import kept_of_case, kept_of_comment, kept_of_contact, kept_of_mark, kept_of_response
from tests.support.databases import SqliteDatabases


@pytest.fixture
def database_system(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    return sqlite_databases


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_on_privacy_tells_every_stored_field(client: FlaskClient, language: str) -> None:
    page = client.get(f"/privacy?lang={language}").text
    lists = [re.findall(r"<li>(.+?)</li>", part, re.DOTALL) for part in re.findall(r"<ul>(.*?)</ul>", page, re.DOTALL)]
    tables = [len(table.__table__.columns) for table in (Response, Comment, FeedbackCase, CaseContact, ResponseMark)]
    assert [len(items) for items in lists[:5]] == tables
    assert len({*lists[0]}) == tables[0]


def test_each_field_has_a_sentence_of_its_own() -> None:
    for told in (kept_of_response(), kept_of_comment(), kept_of_case(), kept_of_contact(), kept_of_mark()):
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("words", ["91/2025/QH15", "356/2025/NĐ-CP", "Sở Nội vụ", "bộ nhớ tạm", "tự nguyện", "dưới 10 người"])
def test_the_page_names_law_office_limits_and_rights(client: FlaskClient, words: str) -> None:
    assert words in client.get("/privacy").text
