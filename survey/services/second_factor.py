"""The second factor at a log-in: none of its codes works twice, not even at the same time; and giving it up."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.models import User
from survey.services.audit import record
from survey.services.security_keys import forget_keys


def check_code(session: Session, user: User, is_right: Callable[[User], bool]) -> bool:
    """Whether `is_right` takes the code. It is asked with the account's row as it now is, which stays locked until it has answered."""
    with transaction(session):
        return is_right(_locked(session, user))


def use_recovery_code(session: Session, user: User, code_hash: str) -> bool:
    """Whether a code on paper with this keyed hash was left; one that was is used up."""
    with transaction(session):
        owner = _locked(session, user)
        left = list(owner.mf_recovery_codes or ())
        if code_hash not in left:
            return False
        left.remove(code_hash)
        owner.mf_recovery_codes = left
        record(session, "second_factor_changed", owner.email, after={"recovery_codes": len(left)})
    return True


def give_up_second_factor(session: Session, user: User) -> None:
    """The app is given up, and with it the keys, which stand beside it only."""
    with transaction(session):
        forget_keys(session, user)
        record(session, "second_factor_changed", user.email, after={"second_factor": False})


def _locked(session: Session, user: User) -> User:
    return session.get_one(User, user.id, with_for_update=True, populate_existing=True)
