from __future__ import annotations

from sqlalchemy import text

from survey.database import downgrade, make_engine, upgrade
from survey.domain.slip_code import DESK_DIGITS, is_whole


def test_addresses_that_hang_get_a_short_one_beside_them(empty_database_url: str) -> None:
    upgrade(empty_database_url, "0002")
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO agency (id, code, kind, name_vi, name_en, valid_from) VALUES (1, 'a', 'commune', 'A', 'A', '2025-07-01')")
        )
        connection.execute(text("INSERT INTO desk (id, agency_id, name_vi, name_en) VALUES (1, 1, 'Q', 'D')"))
        for code in ("abc", "def"):
            connection.execute(text("INSERT INTO desk_code (code, desk_id, issued_on) VALUES (:code, 1, '2026-01-01')"), {"code": code})
    upgrade(empty_database_url, "0003")
    with engine.begin() as connection:
        given = dict(connection.execute(text("SELECT code, short_code FROM desk_code")).all())
    assert set(given) == {"abc", "def"}
    assert len(set(given.values())) == 2
    assert all(is_whole(short, DESK_DIGITS) for short in given.values())
    downgrade(empty_database_url, "0002")
    with engine.begin() as connection:
        assert set(connection.scalars(text("SELECT code FROM desk_code"))) == {"abc", "def"}
    engine.dispose()
