"""Change one of the province's settings."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.province_settings import Value, default_of
from survey.models import Setting
from survey.services.audit import record


def change_setting(session: Session, name: str, value: Value) -> bool:
    """Store a value that `province_settings.check` has passed; whether that changed anything. The default is stored by storing nothing."""
    default = default_of(name)
    with transaction(session):
        stored = session.get(Setting, name, with_for_update=True, populate_existing=True)
        before = default if stored is None else stored.value
        if before == value:
            return False
        if stored is None:
            session.add(Setting(name=name, value=value))
        elif value == default:
            session.delete(stored)
        else:
            stored.value = value
        record(session, "settings_changed", name, before={name: before}, after={name: value})
    return True
