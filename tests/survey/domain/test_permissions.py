from __future__ import annotations

import pytest

from survey.domain.permissions import BOUND, GRANTS, OF_AN_AGENCY, ROLES, SECOND_FACTOR, TABLE, may

VIEWER, HEAD, ANALYST, APPROVER, ADMINISTRATOR = ROLES


@pytest.mark.parametrize(
    ("role", "action", "own", "allowed"),
    [
        (VIEWER, "see_agency", True, True),
        (VIEWER, "see_agency", False, False),
        (VIEWER, "manage_desks", True, False),
        (HEAD, "see_agency", True, True),
        (HEAD, "see_agency", False, False),
        (HEAD, "manage_desks", True, True),
        (HEAD, "see_all_agencies", True, False),
        (HEAD, "run_waves", True, False),
        (ANALYST, "see_agency", False, True),
        (ANALYST, "see_all_agencies", False, True),
        (ANALYST, "run_waves", False, True),
        (ANALYST, "publish_waves", False, False),
        (APPROVER, "publish_waves", False, True),
        (APPROVER, "run_waves", False, False),
        (APPROVER, "manage_desks", False, False),
        (ADMINISTRATOR, "manage_people", False, True),
        (ADMINISTRATOR, "see_agency", True, False),
        (ANALYST, "an action that nobody defined", False, False),
    ],
)
def test_each_role_may_do_what_the_table_says(role: str, action: str, *, own: bool, allowed: bool) -> None:
    assert may(frozenset({role}), action, own=own) is allowed


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not any(may(frozenset(), action, own=True) for action in TABLE)


def test_a_name_that_is_no_role_allows_nothing() -> None:
    assert not any(may(frozenset({"department", "root"}), action, own=True) for action in TABLE)


def test_the_table_speaks_of_known_roles_only() -> None:
    assert {role for scopes in TABLE.values() for role in scopes} == set(ROLES)
    assert {role for roles in GRANTS.values() for role in roles} == set(ROLES)


def test_only_roles_of_an_agency_have_an_own_one() -> None:
    assert {role for action in OF_AN_AGENCY for role, scope in TABLE[action].items() if scope == "own"} == BOUND


def test_whoever_sees_or_changes_the_work_of_others_needs_a_second_factor() -> None:
    reaching = {
        role for action, scopes in TABLE.items() for role, scope in scopes.items() if scope == "any" and action != "use_own_account"
    }
    assert reaching == SECOND_FACTOR
