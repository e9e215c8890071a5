"""Would another choice change the headline? All responses beside those without the marked, without the offices' own networks, unweighted.

What may be shown was decided when the scores were computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.wave import MODES
from survey.models import Agency, Score
from survey.queries.agency_scores import AgencyScore
from survey.queries.estimates import Estimate, Scored, disclosed, overall
from survey.queries.waves import WaveView

UNMARKED, NOT_OWN_NETWORK, UNWEIGHTED = CHOICES = ("unmarked", "not_own_network", "unweighted")


@dataclass(frozen=True)
class Choice:
    """The headline under one other choice; `estimate` is None where it may not be told, or where nobody would be left out.

    `is_known` is False in results from before the choice was worked out.
    """

    name: str
    estimate: Estimate | None
    everything: Estimate
    is_known: bool = True

    @property
    def difference(self) -> float | None:
        if self.estimate is None or self.estimate.index is None or self.everything.index is None:
            return None
        return self.estimate.index - self.everything.index

    @property
    def matters(self) -> bool:
        """The other index lies outside the interval of the one on all responses."""
        if self.difference is None or self.everything.low is None or self.everything.high is None:
            return False
        index = (self.everything.index or 0.0) + self.difference
        return not self.everything.low <= index <= self.everything.high


@dataclass(frozen=True)
class Sensitivity:
    """One agency in one mode. `main` is the headline of its mode with most responses, where that is another one."""

    names: dict[str, str]
    mode: str
    everything: Estimate
    choices: tuple[Choice, ...]
    main: tuple[str, Estimate] | None = None

    def name(self, language: str) -> str:
        return self.names[language]

    @property
    def from_main(self) -> float | None:
        """The index less that of the mode with most responses."""
        if self.main is None or self.everything.index is None or self.main[1].index is None:
            return None
        return self.everything.index - self.main[1].index

    @property
    def is_apart(self) -> bool:
        """The intervals of the two modes do not meet."""
        if self.main is None:
            return False
        return (self.everything.low or 0.0) > (self.main[1].high or 1.0) or (self.everything.high or 1.0) < (self.main[1].low or 0.0)


def sensitivity_of(names: dict[str, str], scores: Sequence[AgencyScore], *, from_above: bool) -> tuple[Sensitivity, ...]:
    """Of one agency, each mode that shows an index: modes stand side by side and are never added together."""
    stored = {(score.mode, score.basis): score for score in scores}
    wholes = {mode: overall(score.estimates, from_above=from_above) for (mode, basis), score in stored.items() if basis == "all"}
    shown = {mode: whole for mode, whole in wholes.items() if whole is not None and whole.index is not None}
    if not shown:
        return ()
    largest = max(shown, key=lambda mode: shown[mode].respondents)
    return tuple(
        Sensitivity(
            names, mode, shown[mode],
            tuple(_choices(stored[mode, "all"].findings, stored.get((mode, UNMARKED)), shown[mode], from_above=from_above)),
            None if mode == largest else (largest, shown[largest]),
        )
        for mode in MODES if mode in shown
    )  # fmt: skip


def sensitivity(session: Session, wave: WaveView) -> tuple[Sensitivity, ...]:
    """The agencies that are a part of no other one, as those may see them who see all agencies."""
    rows = session.execute(
        select(Agency, Score.mode, Score.basis, Score.as_of, Score.estimates, Score.findings)
        .join(Score, Score.agency_id == Agency.id)
        .where(Score.wave_id == wave.id, Score.revision == wave.revision, Agency.parent_id.is_(None))
        .order_by(Agency.id)
    )
    scores: dict[int, list[AgencyScore]] = {}
    names: dict[int, dict[str, str]] = {}
    for agency, mode, basis, as_of, estimates, findings in rows:
        names[agency.id] = {"vi": agency.name_vi, "en": agency.name_en}
        scores.setdefault(agency.id, []).append(AgencyScore(mode, basis, as_of, list(estimates), findings))
    return tuple(found for agency, own in scores.items() for found in sensitivity_of(names[agency], own, from_above=True))


def _choices(
    findings: Mapping[str, Any] | None, unmarked: AgencyScore | None, everything: Estimate, *, from_above: bool
) -> list[Choice]:  # fmt: skip
    known = (findings or {}).get("sensitivity")
    other: Mapping[str, Scored] = known or {}
    found = {name: disclosed([row], from_above=from_above)[0] for name, row in other.items()}
    without = overall(unmarked.estimates, from_above=from_above) if unmarked else None
    found |= {UNMARKED: without} if without else {}
    told = {name: estimate for name, estimate in found.items() if estimate.index is not None}
    return [Choice(name, told.get(name), everything, is_known=known is not None or name == UNMARKED) for name in CHOICES]
