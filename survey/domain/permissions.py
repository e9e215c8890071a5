"""Who may do what: one table of role, action and scope."""

from __future__ import annotations

DEPARTMENT, AGENCY_HEAD = ROLES = ("department", "agency_head")

ANY, OWN = "any", "own"  # any agency, or only the own one with its sub-agencies

_SCOPES = {
    DEPARTMENT: {"see_agency": ANY, "see_all_agencies": ANY, "run_waves": ANY, "manage_desks": ANY},
    AGENCY_HEAD: {"see_agency": OWN, "manage_desks": OWN},
}


def may(roles: frozenset[str], action: str, *, own: bool = False) -> bool:
    """Whether any of `roles` allows `action`; `own` tells that it concerns the person's own agency or one below it."""
    scopes = {_SCOPES.get(role, {}).get(action) for role in roles}
    return ANY in scopes or (own and OWN in scopes)
