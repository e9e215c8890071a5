"""What the roles of the staff are called."""

from __future__ import annotations

from survey.domain.permissions import ADMINISTRATOR, AGENCY_HEAD, AGENCY_VIEWER, ANALYST, APPROVER, DEPARTMENT
from survey.i18n import gettext


def role_names() -> dict[str, str]:
    """By what can be asked for when an account is made (`permissions.GRANTS`), the roles among it."""
    return {
        AGENCY_VIEWER: gettext("Viewer of an agency"), AGENCY_HEAD: gettext("Head of an agency"),
        ANALYST: gettext("Analyst, Department of Home Affairs"), APPROVER: gettext("Approver, Department of Home Affairs"),
        ADMINISTRATOR: gettext("Administrator"), DEPARTMENT: gettext("Analyst and approver, Department of Home Affairs"),
    }  # fmt: skip


def role_name(role: str) -> str:
    return role_names()[role]
