"""Add to the scores of one mode what was found beside the estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis import Measures
from survey.models import Agency
from survey.queries.desk_days import DeskDays
from survey.queries.ratings import Ratings
from survey.services import find_priorities, place_agencies
from survey.services.hide_numbers import Row, for_those_above
from survey.services.leave_out import with_enough_left_out
from survey.services.place_agencies import Headline
from survey.services.release_days import Release
from survey.services.score_agencies import AgencyScores, Tree, overall, score_agencies

#: Other choices, of which only the headline is told: in the findings.
UNWEIGHTED, NOT_OWN_NETWORK = ("unweighted", "not_own_network")
#: What is kept of their estimates.
SENSITIVITY = ("level", "key", "rule", "respondents", "answers", "index", "ci_low", "ci_high", "why", "withheld")


def with_priorities(
    scores: Sequence[AgencyScores], ratings: Ratings, measures: Measures, agencies: dict[int, frozenset[int]]
) -> list[AgencyScores]:
    estimates = {score.agency_id: score.estimates for score in scores}
    found = find_priorities.find_priorities(ratings, measures, agencies, estimates)
    return [replace(score, findings=score.findings | {"priorities": found[score.agency_id]}) for score in scores]


def with_sensitivity(
    scores: Sequence[AgencyScores], whole: DeskDays, own: Mapping[tuple[int, date], tuple[int, ...]], mode: str,
    agencies: dict[int, frozenset[int]], tree: Tree, release: Release | None,
) -> list[AgencyScores]:  # fmt: skip
    """Add what the headline would be if every rating counted alike, and without what came over the offices' own networks."""
    rows: dict[int, Row] = {agency: {} for agency in agencies}
    variants = [(UNWEIGHTED, whole.unweighted(), agencies)]
    if own:
        others = whole.without(own)
        others = others if release is None else release.left_out(whole, others)
        variants.append((NOT_OWN_NETWORK, others, with_enough_left_out(agencies, tree.parents, whole, others)))
    for choice, days, told in variants:
        for score in score_agencies(days, mode, choice, told, tree):
            row = overall(score.estimates)
            rows[score.agency_id][choice] = {name: row[name] for name in SENSITIVITY}
    return [replace(s, findings=s.findings | {"sensitivity": rows[s.agency_id]}) for s in scores]


def with_quality(scores: Sequence[AgencyScores], flags: Mapping[int, list[Row]]) -> list[AgencyScores]:
    """Add the flags of an agency's own desks to what was found there."""
    return [replace(s, findings=s.findings | {"quality": [*s.findings.get("quality", ()), *flags.get(s.agency_id, ())]}) for s in scores]


def with_speed(scores: Sequence[AgencyScores], counts: Mapping[int, list[Row]]) -> list[AgencyScores]:
    """Add how many forms of an agency's own desks were filled in too fast, where any phone told."""
    return [replace(s, findings=s.findings | {"speed": counts[s.agency_id]}) if s.agency_id in counts else s for s in scores]


def with_places(
    session: Session, scores: Sequence[AgencyScores], parents: dict[int, int | None], *, in_full: bool
) -> list[AgencyScores]:  # fmt: skip
    kinds = dict(session.execute(select(Agency.id, Agency.kind)).all())
    wholes = {score.agency_id: overall(for_those_above(score.estimates)) for score in scores}
    headlines = [
        Headline(agency, kinds[agency], parents[agency], whole["respondents"], whole["index"], whole["n_eff"])
        for agency, whole in wholes.items()
        if whole["index"] is not None and whole["n_eff"]
    ]
    places = place_agencies.place_agencies(headlines, in_full=in_full)
    return [replace(s, findings=s.findings | {"place": places[s.agency_id]}) if s.agency_id in places else s for s in scores]


def with_alarms(scores: Sequence[AgencyScores], alarms: Mapping[int, Row]) -> list[AgencyScores]:
    """An agency whose index may not be shown has no alarm either."""
    told = {score.agency_id for score in scores if score.agency_id in alarms and overall(score.estimates)["index"] is not None}
    return [replace(s, findings=s.findings | {"alarm": alarms[s.agency_id]}) if s.agency_id in told else s for s in scores]
