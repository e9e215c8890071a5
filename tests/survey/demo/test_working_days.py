from datetime import date

from survey.demo.working_days import busyness, working_days


def test_weekends_and_holidays_are_left_out() -> None:
    assert working_days(date(2025, 8, 29), date(2025, 9, 4)) == (date(2025, 8, 29), date(2025, 9, 3), date(2025, 9, 4))


def test_a_year_has_about_250_working_days() -> None:
    assert 245 <= len(working_days(date(2025, 7, 1), date(2026, 6, 30))) <= 252


def test_desks_are_closed_at_tet_and_quiet_around_it() -> None:
    assert working_days(date(2026, 2, 16), date(2026, 2, 20)) == ()
    assert busyness(date(2026, 2, 11)) < 0.5 * busyness(date(2026, 3, 18))
