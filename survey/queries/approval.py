"""What a second person must see of a frozen run before approving it, read from what was stored with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import subtree
from survey.models import Agency, Desk, Score, Wave
from survey.queries.agencies import parents_of
from survey.queries.agency_scores import AgencyScore, agency_scores
from survey.queries.changes import Changes, changes_since
from survey.queries.compare_agencies import compare_agencies, modes_of
from survey.queries.estimates import FEW, SHOWN, Estimate, overall
from survey.queries.wave_plans import taking_part
from survey.queries.wave_results import EVERYBODY, UNMARKED
from survey.queries.waves import WaveView, all_waves


@dataclass(frozen=True)
class Headline:
    """A whole that is a part of no other agency, in one mode of the run, beside what has been published already.

    `unmarked` is the index without the marked responses, where at least five are marked. `earlier` is the index of the published wave
    that `changes` compares with; `published` that of the revision which would be replaced.
    """

    names: dict[str, str]
    mode: str
    now: Estimate
    unmarked: Estimate | None
    changes: Changes
    earlier: Estimate | None
    published: Estimate | None

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def marked(self) -> int | None:
        """How many responses are marked; None under five, of whom nothing is told."""
        return self.now.respondents - self.unmarked.respondents if self.unmarked else None


@dataclass(frozen=True)
class Told:
    """In one mode, how many agencies show an index, how many one of ``few`` responses, and how many none."""

    mode: str
    shown: int
    few: int
    hidden: int


@dataclass(frozen=True)
class Approval:
    headlines: tuple[Headline, ...]
    told: tuple[Told, ...]
    unanswered: int  # agencies with desks that were asked and received nothing in any mode


def approval_of(session: Session, wave: WaveView, *, revision: int) -> Approval:
    """What `revision` of `wave` would publish, as those see it who see all agencies."""
    run = replace(wave, revision=revision)
    modes = modes_of(session, run)
    published = [each for each in all_waves(session, published_only=True) if each.published_revision is not None]
    parents = parents_of(session)
    wholes = session.scalars(select(Agency).where(Agency.parent_id.is_(None)).order_by(Agency.id)).all()
    return Approval(
        tuple(headline for whole in wholes for headline in _headlines(session, whole, run, published, subtree(whole.id, parents))),
        tuple(_told(session, run, mode) for mode in modes),
        _unanswered(session, run),
    )


def _headlines(
    session: Session, whole: Agency, run: WaveView, published: Sequence[WaveView], below: frozenset[int]
) -> list[Headline]:  # fmt: skip
    scores = {(score.mode, score.basis): score for score in agency_scores(session, whole.id, run)}
    replaced = next((wave for wave in published if wave.id == run.id), None)
    found = []
    for (mode, basis), score in scores.items():
        now = overall(score.estimates, from_above=True)
        if basis != EVERYBODY or now is None:
            continue
        changes = changes_since(session, score, run, published, below, agency_id=whole.id, from_above=True)
        found.append(
            Headline(
                {"vi": whole.name_vi, "en": whole.name_en}, mode, now, _whole(scores.get((mode, UNMARKED))), changes,
                *(_of_wave(session, whole.id, mode, wave) for wave in (changes.before, replaced)),
            )
        )  # fmt: skip
    return found


def _of_wave(session: Session, agency_id: int, mode: str, wave: WaveView | None) -> Estimate | None:
    scores = agency_scores(session, agency_id, wave) if wave else ()
    return _whole(next((score for score in scores if (score.mode, score.basis) == (mode, EVERYBODY)), None))


def _whole(score: AgencyScore | None) -> Estimate | None:
    return overall(score.estimates, from_above=True) if score else None


def _told(session: Session, run: WaveView, mode: str) -> Told:
    states = Counter(row.estimate.state for row in compare_agencies(session, run, mode))
    return Told(mode, states[SHOWN], states[FEW], states.total() - states[SHOWN] - states[FEW])


def _unanswered(session: Session, run: WaveView) -> int:
    scored = select(Score.agency_id).where(Score.wave_id == run.id, Score.revision == run.revision)
    lived = (Agency.valid_from <= run.closes_on, or_(Agency.valid_to.is_(None), Agency.valid_to >= run.opens_on))
    desks = (Desk.agency_id == Agency.id, or_(Desk.closed_on.is_(None), Desk.closed_on > run.opens_on))
    asked = select(Agency.id).where(*lived, exists().where(*desks))
    without = set(session.scalars(asked.where(Agency.id.not_in(scored))))
    part = taking_part(session, session.get_one(Wave, run.id))
    return len(without if part is None else without & part)
