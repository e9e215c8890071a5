from __future__ import annotations

import pytest

from survey.domain.permissions import AGENCY_HEAD, DEPARTMENT, may


@pytest.mark.parametrize(
    ("role", "action", "own", "allowed"),
    [
        (AGENCY_HEAD, "see_agency", True, True),
        (AGENCY_HEAD, "see_agency", False, False),
        (AGENCY_HEAD, "see_all_agencies", True, False),
        (AGENCY_HEAD, "run_waves", True, False),
        (DEPARTMENT, "see_agency", False, True),
        (DEPARTMENT, "see_all_agencies", False, True),
        (DEPARTMENT, "run_waves", False, True),
        (DEPARTMENT, "an action that nobody defined", False, False),
    ],
)
def test_each_role_may_do_what_the_table_says(role: str, action: str, *, own: bool, allowed: bool) -> None:
    assert may(frozenset({role}), action, own=own) is allowed


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not may(frozenset(), "see_agency", own=True)
