"""Set what agencies shall reach in a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.target import read_percent
from survey.errors import Invalid
from survey.models import Agency, Target
from survey.services.audit import record


class WrongTargets(Invalid):
    """`agencies` are the codes whose target could not be read; nothing at all was stored."""

    code = "wrong_targets"

    def __init__(self, agencies: list[str]) -> None:
        super().__init__(f"A target is a percentage above 0 and up to 100 with at most two decimals; look at {', '.join(agencies)}.")
        self.agencies = agencies


def set_targets(session: Session, year: int, typed: Mapping[str, str], *, by: str, today: date) -> int:
    """Store the targets of agencies by their codes, as they were typed; an empty one takes the target away. The number of changes.

    All is stored or nothing: `WrongTargets` names every agency whose target cannot be read.
    """
    wrong = sorted(code for code, text in typed.items() if text.strip() and read_percent(text) is None)
    if wrong:
        raise WrongTargets(wrong)
    with transaction(session):
        ids = dict(session.execute(select(Agency.code, Agency.id).where(Agency.code.in_(typed))).all())
        if unknown := sorted(set(typed) - set(ids)):
            raise Invalid(f"There is no agency {unknown[0]!r}.", code="unknown_agency")
        kept = {target.agency_id: target for target in session.scalars(select(Target).where(Target.year == year))}
        before, after = {}, {}
        for code, text in typed.items():
            old, new = kept.get(ids[code]), read_percent(text)
            if (old.percent if old else None) == new:
                continue
            before[code], after[code] = str(old.percent) if old else None, str(new) if new is not None else None
            if old is not None and new is None:
                session.delete(old)
            elif new is not None:
                session.merge(Target(agency_id=ids[code], year=year, percent=new, set_by=by, set_on=today))
        if after:
            record(session, "targets_changed", str(year), before=before, after=after)
    return len(after)
