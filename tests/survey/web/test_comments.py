"""Comments are read, searched and handled; none is readable before five wait together."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Comment, CommentHandling
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
PATH = "/agencies/yen-son/comments"
WRITTEN = ["Chờ đợi quá lâu", "Cán bộ nhiệt tình", "Chờ lâu nhưng vui vẻ", "Bàn ghế cũ", "Nên mở cửa thứ bảy"]


@pytest.fixture
def comments(session: Session, province: SmallProvince) -> dict[str, Comment]:
    for text in WRITTEN:
        province.answer(session, {"A1": 4}, comment=text)
    province.answer(session, {"A1": 4}, comment="Còn phải đợi")  # the sixth waits for four others
    session.rollback()
    return {comment.text: comment for comment in session.scalars(select(Comment))}


@pytest.fixture
def head(app: Flask, comments: dict[str, Comment]) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


@one_system
def test_words_are_looked_for_without_diacritics(head: FlaskClient) -> None:
    page = words(head.get(f"{PATH}?words=cho+lau"))
    assert "Tìm thấy 2 góp ý" in page
    assert [text in page for text in WRITTEN] == [True, False, True, False, False]


def test_a_comment_that_waits_for_others_is_neither_found_nor_handled(
    head: FlaskClient, comments: dict[str, Comment], session: Session
) -> None:
    assert "Còn phải đợi" not in words(head.get(f"{PATH}?words=phai"))
    assert _handle(head, comments["Còn phải đợi"]).status_code == 404
    assert session.scalars(select(CommentHandling)).all() == []


def test_what_was_done_stands_beside_the_comment_and_can_be_looked_for(head: FlaskClient, comments: dict[str, Comment]) -> None:
    answer = _handle(head, comments["Bàn ghế cũ"], state="done", note="Đã thay 12 ghế")
    assert answer.status_code == 303
    page = words(head.get(f"{PATH}?state=done"))
    assert "Đã thay 12 ghế" in page
    assert "agency_head-yen-son-vi@example.vn" in page
    assert [text in page for text in WRITTEN] == [False, False, False, True, False]
    assert "Bàn ghế cũ" not in words(head.get(f"{PATH}?state=new"))


@one_system
def test_a_note_that_is_too_long_is_given_back_whole(head: FlaskClient, comments: dict[str, Comment], session: Session) -> None:
    answer = _handle(head, comments["Bàn ghế cũ"], state="done", note="ghế " * 200)
    assert answer.status_code == 422
    assert "Ghi chú quá dài" in words(answer)
    assert ("ghế " * 200).strip() in answer.text
    assert session.scalars(select(CommentHandling)).all() == []


@one_system
def test_a_comment_on_another_agency_is_not_handled_under_ones_own_address(
    app: Flask, comments: dict[str, Comment], session: Session
) -> None:
    other = log_in(app, role="agency_head", agency="my-lam")
    token = _token(other, "/agencies/my-lam/comments")
    path = f"/agencies/my-lam/comments/{comments['Bàn ghế cũ'].id}"
    assert other.post(path, data={"state": "done", "csrf_token": token}).status_code == 404
    assert session.scalars(select(CommentHandling)).all() == []


@one_system
def test_sending_twice_changes_nothing_more(head: FlaskClient, comments: dict[str, Comment], session: Session) -> None:
    for _ in range(2):
        assert _handle(head, comments["Bàn ghế cũ"], state="working", note="Đang mua").status_code == 303
    session.rollback()
    (kept,) = session.scalars(select(CommentHandling))
    assert (kept.state, kept.note) == ("working", "Đang mua")


@one_system
def test_an_unknown_comment_state_or_page_does_no_harm(head: FlaskClient, comments: dict[str, Comment]) -> None:
    assert _handle(head, comments["Bàn ghế cũ"], state="deleted").status_code == 422
    assert "Không có" not in words(head.get(f"{PATH}?page=999"))
    token = _token(head, PATH)
    assert head.post(f"{PATH}/{uuid4()}", data={"state": "done", "csrf_token": token}).status_code == 404


def _handle(client: FlaskClient, comment: Comment, *, state: str = "done", note: str = "") -> Any:
    return client.post(f"{PATH}/{comment.id}", data={"state": state, "note": note, "csrf_token": _token(client, PATH)})


def _token(client: FlaskClient, path: str) -> str:
    page = client.get(path).text
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
