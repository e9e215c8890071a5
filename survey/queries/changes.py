"""How an agency's indices changed since the last wave that they can be compared with, or why there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis import Change, index_change
from analysis import Estimate as Result
from survey.domain.questionnaire import OVERALL
from survey.models import AgencySuccession
from survey.queries.agency_scores import AgencyScore, agency_scores
from survey.queries.estimates import FEW, SHOWN, Scored, disclosed
from survey.queries.waves import WaveView

#: Why there is nothing to compare with.
FIRST, QUESTIONNAIRE, SUCCESSION, TOO_FEW = "first", "questionnaire", "succession", "too_few"
_FIELDS = tuple(each.name for each in fields(Result))


@dataclass(frozen=True)
class Changes:
    """The change of each measure since `before`, by its key; only of those that the reader sees in both waves.

    `why` there is none: the ``first`` wave, another ``questionnaire``, a ``succession`` in the agency's subtree in between, or
    ``too_few`` responses in this mode before.
    """

    before: WaveView | None
    why: str | None = None
    of: Mapping[str, Change] = field(default_factory=dict)

    @property
    def whole(self) -> Change | None:
        return self.of.get(OVERALL)


def changes_since(
    session: Session,
    now: AgencyScore,
    wave: WaveView,
    waves: Sequence[WaveView],
    below: Collection[int],
    *,
    agency_id: int,
    from_above: bool,
) -> Changes:
    """Compare `now`, the score in `wave`, with the newest earlier wave of the same instrument.

    A wave without enough responses in the mode is passed over; another questionnaire or a succession ends the search, for what lies
    behind is not comparable. `below` is the agency's subtree; `from_above` as in `disclosed`.
    """
    earlier = sorted((w for w in waves if w.instrument == wave.instrument and w.closes_on < wave.opens_on), key=lambda w: w.opens_on)
    crossing = _successions(session, below) if earlier else ()
    why = FIRST
    for before in reversed(earlier):
        if before.questionnaire_id != wave.questionnaire_id:
            return Changes(None, QUESTIONNAIRE)
        if any(before.opens_on < day <= wave.closes_on for day in crossing):
            return Changes(None, SUCCESSION)
        then = next((s for s in agency_scores(session, agency_id, before) if (s.mode, s.basis) == (now.mode, now.basis)), None)
        found = {} if then is None else _changes(then.estimates, now.estimates, from_above=from_above)
        if OVERALL in found:
            return Changes(before, None, found)
        why = TOO_FEW
    return Changes(None, why)


def _successions(session: Session, below: Collection[int]) -> tuple[date, ...]:
    """The days on which something came into the subtree or left it: what it is made of before and after is not the same."""
    rows = session.execute(select(AgencySuccession.predecessor_id, AgencySuccession.successor_id, AgencySuccession.succeeded_on))
    return tuple(day for old, new, day in rows if (old in below) != (new in below))


def _changes(then: Sequence[Scored], now: Sequence[Scored], *, from_above: bool) -> dict[str, Change]:
    before, after = (_shown(scores, from_above=from_above) for scores in (then, now))
    return {key: index_change(before[key], result) for key, result in after.items() if key in before}


def _shown(scores: Sequence[Scored], *, from_above: bool) -> dict[str, Result]:
    pairs = zip(scores, disclosed(scores, from_above=from_above), strict=True)
    return {
        score["key"]: Result(**{name: score[name] for name in _FIELDS})
        for score, estimate in pairs
        if estimate.rule == "pooled" and estimate.state in (SHOWN, FEW)
    }
