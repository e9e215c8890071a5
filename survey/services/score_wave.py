"""From tallies to what may be shown: all agencies of one wave, each with its sub-agencies, in each mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from analysis import Estimate, Measures, score_units
from survey.domain.agency_tree import subtree
from survey.domain.desk_field import shared_fields
from survey.domain.disclosure import CELL_FROM, INDEX_FROM, RANK_FROM, Counts, Sum, protected, shows_index
from survey.domain.quality import AT_A_DESKS_PACE, SECONDS_PER_ANSWER
from survey.domain.questionnaire import OVERALL
from survey.domain.tallying import COLUMNS
from survey.domain.wave import KIOSK, KIOSK_DAYS_LATE
from survey.models import Agency, Tally, Wave
from survey.queries.desk_days import DeskDays, read_desk_days
from survey.queries.desk_fields import fields_in_wave
from survey.queries.open_desk import stored_questionnaire
from survey.queries.own_network_sums import own_network_sums
from survey.queries.province_settings import read_settings
from survey.queries.ratings import Ratings, read_ratings
from survey.services import find_priorities, place_agencies
from survey.services.check_quality import check_days, check_forms, count_speeds
from survey.services.place_agencies import Headline
from survey.services.release_days import Release
from survey.services.watch_days import watch_days
from survey.services.withhold import AGENCY, DESK, FIELD, WAVE, People, Place, what_may_be_shown

ALL_RESPONSES, UNMARKED = BASES = ("all", "unmarked")
#: Other choices, of which only the headline is told: in the findings.
UNWEIGHTED, NOT_OWN_NETWORK = ("unweighted", "not_own_network")
#: What is kept of their estimates.
SENSITIVITY = ("level", "key", "rule", "respondents", "answers", "index", "ci_low", "ci_high", "why", "withheld")
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
_HIDDEN = ("index", "se", "deff", "n_eff", "design_effect", "ci_low", "ci_high", "counts")

_OF_A_PART = (
    "level", "key", "rule", "respondents", "answers", "index", "ci_low", "ci_high", "why", "withheld",
)  # fmt: skip

Row = dict[str, Any]
#: What is found beside the estimates: nothing, what can wait for a page, or all that is frozen.
Findings = Literal["none", "live", "frozen"]


@dataclass(frozen=True)
class AgencyScores:
    """The estimates of one agency, ready to be stored and shown.

    An estimate with ``withheld`` may be shown to the agency itself but not to those who also see the agency above it:
    they could subtract it and find a sibling with too few responses.

    `months` tell the whole, month by month; `breakdown` has every measure by ``months``, by the agency's own ``desks`` and,
    where these have any, by their ``fields``.

    `findings` holds ``priorities`` (`find_priorities`), ``place`` (`place_agencies`), ``quality`` and ``speed`` (`check_quality`, of its
    own desks), ``sensitivity`` (the headline under other choices) and, of an open wave, ``alarm`` (`watch_days`): each where something
    is to be told.
    """

    agency_id: int
    mode: str
    basis: str
    estimates: list[Row]
    months: list[Row]
    findings: Row = field(default_factory=dict)
    breakdown: Row = field(default_factory=dict)


@dataclass(frozen=True)
class _Tree:
    """The agency above each agency, and the field of each desk that has one."""

    parents: dict[int, int | None]
    fields: dict[int, str]


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
    tree = _Tree(dict(session.execute(select(Agency.id, Agency.parent_id)).all()), fields_in_wave(session, wave))
    scores: list[AgencyScores] = []
    modes = session.scalars(select(Tally.mode).where(Tally.wave_id == wave.id).distinct().order_by(Tally.mode)).all()
    for done, mode in enumerate(modes):
        every = received = read_desk_days(session, wave.id, mode, questionnaire)
        release = None if before is None else Release(_settled(mode, before), read_settings(session).live_batches)
        last_days = None if release is None else release.last_days(every)
        every = every if last_days is None else every.through(last_days)
        agencies = _agencies(every, tree.parents)
        found = list(_score(every, mode, ALL_RESPONSES, agencies, tree))
        progress((done + 0.3) / len(modes))
        if findings == "frozen" or (findings == "live" and every.responses().sum() <= MOST_LIVE_RESPONSES):
            ratings = read_ratings(session, wave.id, mode, every.measures, last_days=last_days)
            found = _with_priorities(found, ratings, every.measures, agencies)
            progress((done + 0.6) / len(modes))
            found = _with_quality(found, check_forms(ratings, len(every.measures.criteria)))
            found = _with_speed(found, count_speeds(ratings))
        if findings != "none":
            own = own_network_sums(session, wave.id, mode, questionnaire)
            found = _with_sensitivity(found, every.whole(), own, mode, agencies, tree, release)
            if mode in AT_A_DESKS_PACE:
                found = _with_quality(found, check_days(received if before is None else received.until(before)))
            found = _with_places(session, found, tree.parents, in_full=findings == "frozen")
            found = _with_alarms(found, watch_days(session, wave, mode, every, agencies)) if before is not None else found
        scores += found
        progress((done + 0.8) / len(modes))
        if _any_marked(session, wave.id, mode):
            unmarked = read_desk_days(session, wave.id, mode, questionnaire, unmarked_only=True)
            unmarked = unmarked if last_days is None else unmarked.through(last_days)
            unmarked = unmarked if release is None else release.left_out(every, unmarked)
            scores += _score(unmarked, mode, UNMARKED, _with_enough_marked(agencies, tree.parents, every, unmarked), tree)
    return scores


def _with_priorities(
    scores: Sequence[AgencyScores], ratings: Ratings, measures: Measures, agencies: dict[int, frozenset[int]]
) -> list[AgencyScores]:
    estimates = {score.agency_id: score.estimates for score in scores}
    found = find_priorities.find_priorities(ratings, measures, agencies, estimates)
    return [replace(score, findings=score.findings | {"priorities": found[score.agency_id]}) for score in scores]


def _with_sensitivity(
    scores: Sequence[AgencyScores], whole: DeskDays, own: Mapping[tuple[int, date], tuple[int, ...]], mode: str,
    agencies: dict[int, frozenset[int]], tree: _Tree, release: Release | None,
) -> list[AgencyScores]:  # fmt: skip
    """Add what the headline would be if every rating counted alike, and without what came over the offices' own networks."""
    rows: dict[int, Row] = {agency: {} for agency in agencies}
    variants = [(UNWEIGHTED, whole.unweighted(), agencies)]
    if own:
        others = whole.without(own)
        others = others if release is None else release.left_out(whole, others)
        variants.append((NOT_OWN_NETWORK, others, _with_enough_marked(agencies, tree.parents, whole, others)))
    for choice, days, told in variants:
        for score in _score(days, mode, choice, told, tree):
            row = overall(score.estimates)
            rows[score.agency_id][choice] = {name: row[name] for name in SENSITIVITY}
    return [replace(s, findings=s.findings | {"sensitivity": rows[s.agency_id]}) for s in scores]


def _with_quality(scores: Sequence[AgencyScores], flags: Mapping[int, list[Row]]) -> list[AgencyScores]:
    """Add the flags of an agency's own desks to what was found there."""
    return [replace(s, findings=s.findings | {"quality": [*s.findings.get("quality", ()), *flags.get(s.agency_id, ())]}) for s in scores]


def _with_speed(scores: Sequence[AgencyScores], counts: Mapping[int, list[Row]]) -> list[AgencyScores]:
    """Add how many forms of an agency's own desks were filled in too fast, where any phone told."""
    return [replace(s, findings=s.findings | {"speed": counts[s.agency_id]}) if s.agency_id in counts else s for s in scores]


def _with_places(
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


def _with_alarms(scores: Sequence[AgencyScores], alarms: Mapping[int, Row]) -> list[AgencyScores]:
    """An agency whose index may not be shown has no alarm either."""
    told = {score.agency_id for score in scores if score.agency_id in alarms and overall(score.estimates)["index"] is not None}
    return [replace(s, findings=s.findings | {"alarm": alarms[s.agency_id]}) if s.agency_id in told else s for s in scores]


def _any_marked(session: Session, wave_id: int, mode: str) -> bool:
    return bool(session.scalar(select(exists().where(Tally.wave_id == wave_id, Tally.mode == mode, Tally.marked, Tally.respondents > 0))))


def _settled(mode: str, before: date) -> date:
    """Kiosks wait for their late forms: a day that was already shown must not move by one person."""
    return before - timedelta(days=KIOSK_DAYS_LATE) if mode == KIOSK else before


def _agencies(days: DeskDays, parents: dict[int, int | None]) -> dict[int, frozenset[int]]:
    """Every agency that has units, itself or below it, with its subtree; in the order of the ids."""
    present = set(days.agencies.tolist())
    subtrees = {agency: subtree(agency, parents) for agency in sorted(parents)}
    return {agency: below for agency, below in subtrees.items() if below & present}


def _with_enough_marked(
    agencies: dict[int, frozenset[int]], parents: dict[int, int | None], every: DeskDays, unmarked: DeskDays
) -> dict[int, frozenset[int]]:
    """The agencies where leaving the marked responses out takes away enough people not to tell any one of them."""
    marked = _people_of(every)
    marked.subtract(_people_of(unmarked))
    people = {agency: (sum(marked[part] for part in below),) for agency, below in agencies.items()}
    hidden = protected(people, _sums_between(people, parents), smallest=CELL_FROM)
    return {agency: below for agency, below in agencies.items() if people[agency] != (0,) and agency not in hidden}


def _people_of(days: DeskDays) -> Counter[int]:
    people: Counter[int] = Counter()
    for agency, count in zip(days.agencies.tolist(), days.responses().tolist(), strict=True):
        people[agency] += int(count)
    return people


def _score(days: DeskDays, mode: str, basis: str, agencies: dict[int, frozenset[int]], tree: _Tree) -> Iterator[AgencyScores]:
    if not agencies:
        return
    months = sorted({str(month) for month in days.days.astype("datetime64[M]")}) if basis == ALL_RESPONSES else []
    desks = dict(sorted(zip(days.desks.tolist(), days.agencies.tolist(), strict=True)))
    fields = shared_fields(desks, tree.fields)
    units = dict(_units(days, agencies, desks, fields))
    cells = dict(_domains(days, units, months))
    estimates = score_units(days.totals, measures=days.measures, strata=days.agencies, domains=list(cells.values()))
    rows = {cell: [_row(days, each, cells[cell]) for each in found] for cell, found in zip(cells, estimates, strict=True)}
    hide(rows, days.measures, tree.parents, desks, fields, _months_of_parts(days, units, months))
    for agency in agencies:
        whole = rows[(AGENCY, agency), WAVE]
        if basis != ALL_RESPONSES:  # any more, beside the same number on all responses, would tell single answers of the marked ones
            yield AgencyScores(agency, mode, basis, [overall(whole)], [])
        else:
            monthly = [(month, rows[(AGENCY, agency), month]) for month in months]
            by_month = [{"month": month, "estimates": _in_short(found)} for month, found in monthly]
            own = [desk for desk, of in desks.items() if of == agency]
            by_desk = [{"desk": desk, "estimates": _in_short(rows[(DESK, desk), WAVE])} for desk in own]
            breakdown = {"months": by_month, "desks": by_desk} | _by_field(rows, own, fields, tree.fields)
            months_of_whole = [{"month": month, "estimates": [overall(found)]} for month, found in monthly]
            yield AgencyScores(agency, mode, basis, whole, months_of_whole, breakdown=breakdown)


def _by_field(
    rows: Mapping[tuple[Place, str], Sequence[Row]], own: Sequence[int], fields: Mapping[int, int], names: Mapping[int, str]
) -> Row:
    """The fields of an agency's `own` desks by name; a field with a single desk has the rows of that desk. Without any: nothing."""
    places = {names[desk]: (FIELD, fields[desk]) if desk in fields else (DESK, desk) for desk in own if desk in names}
    found = [{"field": name, "estimates": _in_short(rows[place, WAVE])} for name, place in sorted(places.items())]
    return {"fields": found} if found else {}


def _units(
    days: DeskDays, agencies: dict[int, frozenset[int]], desks: Collection[int], fields: Mapping[int, int]
) -> Iterator[tuple[Place, NDArray[np.int64]]]:
    """For each agency, each desk and each field that desks share the rows of its units."""
    for agency, below in agencies.items():
        yield (AGENCY, agency), np.flatnonzero(np.isin(days.agencies, list(below)))
    for desk in desks:
        yield (DESK, desk), np.flatnonzero(days.desks == desk)
    for number in sorted(set(fields.values())):
        yield (FIELD, number), np.flatnonzero(np.isin(days.desks, [desk for desk, of in fields.items() if of == number]))


def _domains(
    days: DeskDays, units: Mapping[Place, NDArray[np.int64]], months: Sequence[str]
) -> Iterator[tuple[tuple[Place, str], NDArray[np.int64]]]:
    """The units of every place, and of each agency also those of each month."""
    month_of = days.days.astype("datetime64[M]")
    for place, found in units.items():
        yield (place, WAVE), found
        if place[0] == AGENCY:
            for month in months:
                yield (place, month), found[month_of[found] == np.datetime64(month)]


def _row(days: DeskDays, estimate: Estimate, units: NDArray[np.int64]) -> Row:
    row = asdict(estimate)
    if estimate.rule == "pooled":
        counts = days.counts[units, days.measures.keys.index(estimate.key)].sum(axis=0)
        row["counts"] = [int(count) for count in counts]
    return row


def _in_short(rows: Sequence[Row]) -> list[Row]:
    """What a table of parts says of each measure."""
    return [{name: row[name] for name in _OF_A_PART} for row in rows if row["rule"] == "pooled"]


def _months_of_parts(days: DeskDays, units: Mapping[Place, NDArray[np.int64]], months: Sequence[str]) -> People:
    """Respondents of each desk and field in each month, which no page shows."""
    month_of, people = days.days.astype("datetime64[M]"), days.sums[:, :, COLUMNS.index("respondents")]
    return {
        (place, month): dict(zip(days.measures.keys, people[found[in_month]].sum(axis=0).astype(int).tolist(), strict=True))
        for place, found in units.items() if place[0] != AGENCY
        for month, in_month in [(month, month_of[found] == np.datetime64(month)) for month in months]
    }  # fmt: skip


def hide(
    rows: Mapping[tuple[Place, str], Sequence[Row]],
    measures: Measures,
    parents: Mapping[int, int | None],
    desks: Mapping[int, int],
    fields: Mapping[int, int],
    months_of_parts: People,
) -> None:
    """Hide what nobody may see, and mark as withheld what those may not who also see the agency above (design 4.5).

    `months_of_parts` are the respondents of desks and fields by month, which have no rows of their own.
    """
    people = {cell: {row["key"]: row["respondents"] for row in found if row["rule"] == "pooled"} for cell, found in rows.items()}
    shown = what_may_be_shown(people | dict(months_of_parts), measures, parents, desks, fields)
    for (place, period), found in rows.items():
        for row in found:
            row["withheld"] = False
            if not row["respondents"]:
                continue
            rests_on = {(place, key, period) for key in _rests_on(row, measures)}
            row["withheld"] = rests_on <= shown.own and not rests_on <= shown.above
            if not rests_on <= shown.own:
                _hide(row, "few_respondents" if not shows_index(row["respondents"]) else "protects_others")


def _sums_between(people: Mapping[int, Counts], parents: Mapping[int, int | None]) -> Iterator[Sum[int]]:
    """An agency is the sum of those below it and of its own desks, which are shown nowhere by themselves."""
    for agency, (count,) in people.items():
        children = tuple(child for child in people if parents[child] == agency)
        if children:
            yield Sum(agency, children, (count - sum(people[child][0] for child in children),))


def _criteria(measures: Measures, dimension: str) -> list[str]:
    return [code for code, of in zip(measures.criteria, measures.dimension_of, strict=True) if of == dimension]


def _rests_on(row: Row, measures: Measures) -> Sequence[str]:
    """The measures that an estimate is computed from: a mean beside its parts is one more equation for a hidden part."""
    if row["rule"] == "pooled":
        return (row["key"],)
    if row["level"] == "dimension":
        return _criteria(measures, row["key"])
    return measures.dimensions if row["rule"] == "dimensions" else measures.criteria


def _hide(row: Row, why: str = "few_respondents") -> None:
    for name in _HIDDEN:
        if name in row:
            row[name] = None
    row["why"] = why


def for_those_above(rows: Sequence[Row]) -> list[Row]:
    """The same rows as someone may see them who also sees the agency above."""
    seen = [dict(row) for row in rows]
    for row in seen:
        if row.get("withheld"):
            _hide(row, "protects_others")
    return seen


def overall(rows: Sequence[Row]) -> Row:
    """The pooled index of the whole."""
    return next(row for row in rows if row["key"] == OVERALL and row["rule"] == "pooled")
