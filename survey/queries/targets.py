"""Targets of agencies, and how far their indices are from them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.target import Distance, distance
from survey.models import Target
from survey.queries.estimates import FEW, SHOWN, Estimate


def targets_of(session: Session, year: int) -> dict[int, Decimal]:
    """The share that each agency (by id) is to reach in `year`; those without a target are left out."""
    rows = session.execute(select(Target.agency_id, Target.percent).where(Target.year == year))
    return {agency_id: percent / 100 for agency_id, percent in rows}


def distance_of(estimate: Estimate, target: Decimal | None) -> Distance | None:
    """None where there is no target, or no index with an interval to hold against it."""
    if target is None or estimate.state not in (SHOWN, FEW) or estimate.index is None or estimate.low is None or estimate.high is None:
        return None
    return distance(estimate.index, estimate.low, estimate.high, target)
