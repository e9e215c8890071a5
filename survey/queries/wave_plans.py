"""What was decided about waves, and which desks a wave asks."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from survey.domain.agency_tree import subtree
from survey.domain.wave import WavePlan
from survey.models import Agency, Wave, WaveAgency
from survey.queries.agencies import parents_of


def plan_of(wave: Wave) -> WavePlan:
    return WavePlan(
        wave.code, wave.name_vi, wave.name_en, wave.instrument, wave.questionnaire.code, tuple(wave.modes),
        tuple(agency.code for agency in wave.participants), wave.opens_on, wave.closes_on,
    )  # fmt: skip


def wave_plans(session: Session) -> dict[str, WavePlan]:
    """The plan of every wave, by its code."""
    every = select(Wave).options(joinedload(Wave.questionnaire), selectinload(Wave.participants))
    return {wave.code: plan_of(wave) for wave in session.scalars(every)}


def takes_part(session: Session, wave_id: int, agency_id: int) -> bool:
    """Whether a wave that is not for all agencies is for this one: it or one above it was chosen."""
    above = select(Agency.id, Agency.parent_id).where(Agency.id == agency_id).cte("above", recursive=True)
    above = above.union_all(select(Agency.id, Agency.parent_id).where(Agency.id == above.c.parent_id))
    return bool(session.scalar(select(exists().where(WaveAgency.wave_id == wave_id, WaveAgency.agency_id == above.c.id))))


def taking_part(session: Session, wave: Wave) -> frozenset[int] | None:
    """All agencies that a wave asks; None stands for every one."""
    tops, parents = [agency.id for agency in wave.participants], parents_of(session)
    return frozenset().union(*(subtree(top, parents) for top in tops)) if tops else None
