"""From tallies to what may be shown: all agencies of one wave, each with its sub-agencies, in each mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.domain.disclosure import INDEX_FROM, RANK_FROM
from survey.domain.quality import AT_A_DESKS_PACE, SECONDS_PER_ANSWER
from survey.domain.wave import KIOSK, KIOSK_DAYS_LATE
from survey.models import Agency, Tally, Wave
from survey.queries.desk_days import read_desk_days
from survey.queries.desk_fields import fields_in_wave
from survey.queries.open_desk import stored_questionnaire
from survey.queries.own_network_sums import own_network_sums
from survey.queries.province_settings import read_settings
from survey.queries.ratings import read_ratings
from survey.services import find_priorities, place_agencies
from survey.services.add_findings import with_alarms, with_places, with_priorities, with_quality, with_sensitivity, with_speed
from survey.services.check_quality import check_days, check_forms, count_speeds
from survey.services.leave_out import with_enough_left_out
from survey.services.release_days import Release
from survey.services.score_agencies import ALL_RESPONSES, UNMARKED, AgencyScores, Tree, agencies_in, score_agencies
from survey.services.watch_days import watch_days

#: Everything about a run that is a choice; stored with every frozen result.
PARAMETERS: dict[str, Any] = {
    "sampling_unit": "desk and day",
    "strata": "agency of the desk",
    "form_weights": "1/P(asked)",
    "lonely_unit": "adjust",
    "interval": "Wilson on the effective sample size",
    "confidence_level": 0.95,
    "design_effect_pooled_over": "agencies with desks",
    "index_from_respondents": INDEX_FROM,
    "shown_or_hidden_together": "dimensions; criteria of a dimension; months of few with their neighbours",
    "compared_from_respondents": RANK_FROM,
    "rank_draws": place_agencies.DRAWS,
    "rank_seed": place_agencies.SEED,
    "false_discovery_rate": place_agencies.FALSE_DISCOVERY_RATE,
    "priorities_from_at_most": find_priorities.MOST_PEOPLE,
    "too_fast_under_seconds_per_answer": SECONDS_PER_ANSWER,
}
#: Live priorities are left out of a wave with more responses in a mode: they are read one by one, while somebody waits for the page.
MOST_LIVE_RESPONSES = 30_000
#: What is found beside the estimates: nothing, what can wait for a page, or all that is frozen.
Findings = Literal["none", "live", "frozen"]


def score_wave(
    session: Session,
    wave: Wave,
    *,
    before: date | None = None,
    findings: Findings = "none",
    progress: Callable[[float], object] = float,
) -> list[AgencyScores]:
    """Score every agency of `wave` in every mode, on all responses and on the unmarked ones.

    With `before`, the scores are live: of each desk only whole days before it, in batches (see `disclosure`).
    The unmarked basis holds the whole only, and is left out where fewer than `CELL_FROM` responses are marked: the
    difference would tell them. `progress` is called with the share of the work that is done.
    """
    questionnaire = stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire.sha256)
    tree = Tree(dict(session.execute(select(Agency.id, Agency.parent_id)).all()), fields_in_wave(session, wave))
    scores: list[AgencyScores] = []
    modes = session.scalars(select(Tally.mode).where(Tally.wave_id == wave.id).distinct().order_by(Tally.mode)).all()
    for done, mode in enumerate(modes):
        every = received = read_desk_days(session, wave.id, mode, questionnaire)
        release = None if before is None else Release(_settled(mode, before), read_settings(session).live_batches)
        last_days = None if release is None else release.last_days(every)
        every = every if last_days is None else every.through(last_days)
        agencies = agencies_in(every, tree.parents)
        found = list(score_agencies(every, mode, ALL_RESPONSES, agencies, tree))
        progress((done + 0.3) / len(modes))
        if findings == "frozen" or (findings == "live" and every.responses().sum() <= MOST_LIVE_RESPONSES):
            ratings = read_ratings(session, wave.id, mode, every.measures, last_days=last_days)
            found = with_priorities(found, ratings, every.measures, agencies)
            progress((done + 0.6) / len(modes))
            found = with_quality(found, check_forms(ratings, len(every.measures.criteria)))
            found = with_speed(found, count_speeds(ratings))
        if findings != "none":
            own = own_network_sums(session, wave.id, mode, questionnaire)
            found = with_sensitivity(found, every.whole(), own, mode, agencies, tree, release)
            if mode in AT_A_DESKS_PACE:
                found = with_quality(found, check_days(received if before is None else received.until(before)))
            found = with_places(session, found, tree.parents, in_full=findings == "frozen")
            found = with_alarms(found, watch_days(session, wave, mode, every, agencies)) if before is not None else found
        scores += found
        progress((done + 0.8) / len(modes))
        if _any_marked(session, wave.id, mode):
            unmarked = read_desk_days(session, wave.id, mode, questionnaire, unmarked_only=True)
            unmarked = unmarked if last_days is None else unmarked.through(last_days)
            unmarked = unmarked if release is None else release.left_out(every, unmarked)
            scores += score_agencies(unmarked, mode, UNMARKED, with_enough_left_out(agencies, tree.parents, every, unmarked), tree)
    return scores


def _any_marked(session: Session, wave_id: int, mode: str) -> bool:
    return bool(session.scalar(select(exists().where(Tally.wave_id == wave_id, Tally.mode == mode, Tally.marked, Tally.respondents > 0))))


def _settled(mode: str, before: date) -> date:
    """Kiosks wait for their late forms: a day that was already shown must not move by one person."""
    return before - timedelta(days=KIOSK_DAYS_LATE) if mode == KIOSK else before
