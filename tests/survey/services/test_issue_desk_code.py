from __future__ import annotations

from datetime import date
from math import log2

import pytest
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.queries.open_desk import find_desk
from survey.services.issue_desk_code import issue_desk_code, new_code, revoke_desk_code
from tests.support.small_province import SmallProvince

TODAY = date(2026, 11, 22)


def is_open(session: Session, code: str) -> bool:
    desk = find_desk(session, code, today=TODAY)
    assert desk is not None
    return desk.is_open


def test_a_new_address_ends_the_old_one(session: Session, province: SmallProvince) -> None:
    old = province.urls["yen-son"].removeprefix("/s/")
    new = issue_desk_code(session, province.desk_ids["yen-son"], today=TODAY)
    assert (is_open(session, old), is_open(session, new)) == (False, True)


def test_a_revoked_address_is_still_known_but_closed(session: Session, province: SmallProvince) -> None:
    code = province.urls["yen-son"].removeprefix("/s/")
    revoke_desk_code(session, code, today=TODAY)
    assert not is_open(session, code)


def test_an_unknown_address_or_desk_is_not_found(session: Session, province: SmallProvince) -> None:
    assert find_desk(session, "x" * 27, today=TODAY) is None
    with pytest.raises(NotFound):
        revoke_desk_code(session, "x" * 27, today=TODAY)
    with pytest.raises(NotFound):
        issue_desk_code(session, 999, today=TODAY)


def test_an_address_carries_at_least_128_random_bits() -> None:
    codes = {new_code() for _ in range(2000)}
    letters = {letter for code in codes for letter in code}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {27}
    assert 27 * log2(len(letters)) >= 128
