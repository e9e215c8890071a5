"""Who may do what: one table of role, action and scope."""

from __future__ import annotations

AGENCY_VIEWER, AGENCY_HEAD, ANALYST, APPROVER, ADMINISTRATOR = ROLES = (
    "agency_viewer", "agency_head", "analyst", "approver", "administrator",
)  # fmt: skip
#: Roles that mean nothing without the agency that they are for: it and those below it are the person's own.
BOUND = frozenset({AGENCY_VIEWER, AGENCY_HEAD})
#: Who sees or changes the work of others proves by a second factor who it is.
SECOND_FACTOR = frozenset({ANALYST, APPROVER, ADMINISTRATOR})

DEPARTMENT = "department"
#: What may be asked for when an account is made. "department" is one person with both desks of Sở Nội vụ, as in the demo.
GRANTS = {role: (role,) for role in ROLES} | {DEPARTMENT: (ANALYST, APPROVER)}

ANY, OWN = "any", "own"  # any agency, or only the own one with its sub-agencies

#: action -> role -> scope. Every page names one of these actions; what is not in the table is not allowed.
TABLE: dict[str, dict[str, str]] = {
    "use_own_account": dict.fromkeys(ROLES, ANY),
    "see_agency": {AGENCY_VIEWER: OWN, AGENCY_HEAD: OWN, ANALYST: ANY, APPROVER: ANY},
    "handle_comments": {AGENCY_HEAD: OWN},
    "answer_cases": {AGENCY_HEAD: OWN},
    "manage_desks": {AGENCY_HEAD: OWN, ANALYST: ANY},
    "invite": {AGENCY_HEAD: OWN, ANALYST: ANY},
    "tell_actions": {AGENCY_HEAD: OWN},
    "see_all_agencies": {ANALYST: ANY, APPROVER: ANY},
    "manage_agencies": {ANALYST: ANY},
    "see_waves": {ANALYST: ANY, APPROVER: ANY},
    "run_waves": {ANALYST: ANY},
    "publish_waves": {APPROVER: ANY},
    "set_targets": {ANALYST: ANY},
    "watch_field": {ANALYST: ANY, APPROVER: ANY},
    "mark_responses": {ANALYST: ANY},
    "manage_people": {ADMINISTRATOR: ANY},
    "manage_settings": {ADMINISTRATOR: ANY},
    "see_audit_log": {APPROVER: ANY, ADMINISTRATOR: ANY},
}
#: Actions that concern one agency each.
OF_AN_AGENCY = frozenset(action for action, scopes in TABLE.items() if OWN in scopes.values())


def may(roles: frozenset[str], action: str, *, own: bool = False) -> bool:
    """Whether any of `roles` allows `action`; `own` tells that it concerns the person's own agency or one below it."""
    scopes = {TABLE.get(action, {}).get(role) for role in roles}
    return ANY in scopes or (own and OWN in scopes)
