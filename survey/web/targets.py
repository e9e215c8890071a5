"""Published values and targets: what the indices of the province are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.questionnaire import OVERALL, Dimension
from survey.domain.target import Distance, read_percent
from survey.errors import NotFound
from survey.queries.benchmarks import NATIONAL, all_benchmarks, by_year, overall_benchmarks
from survey.queries.compare_agencies import AgencyRow, compare_agencies, modes_of
from survey.queries.targets import distance_of, targets_of
from survey.queries.waves import WaveView, all_waves, find_in, pick_wave, questionnaire_of
from survey.services.import_benchmarks import import_benchmarks
from survey.services.refresh_scores import refresh_scores
from survey.services.set_targets import WrongTargets, set_targets
from survey.settings import today
from survey.web import charts, target_words
from survey.web.account import needs
from survey.web.comparison import apart
from survey.web.drawings import folder, svg

blueprint = Blueprint("targets", __name__)
_YEARS = range(2012, 2100)  # SIPAS was first published for 2012


@dataclass(frozen=True)
class Aim:
    """An agency, what it is to reach, and how far it is from there."""

    row: AgencyRow
    target: Decimal | None
    distance: Distance | None

    @property
    def kind(self) -> str:
        return self.row.kind


@blueprint.get("/department/targets")
@needs("see_all_agencies")
def show() -> str:
    refresh_scores(db.session, today=today())
    return _page()


@blueprint.post("/department/targets")
@needs("set_targets")
def save() -> WerkzeugResponse | tuple[str, int]:
    wave = find_in(all_waves(db.session), request.args.get("wave", ""))
    typed = {name.removeprefix("target-"): text for name, text in request.form.items() if name.startswith("target-")}
    try:
        set_targets(db.session, wave.opens_on.year, _filled(typed), by=current_user.email, today=today())
    except WrongTargets as refusal:
        return _page(typed=typed, wrong=refusal.agencies), 422
    return redirect(url_for("targets.show", wave=wave.code, mode=request.args.get("mode")), code=303)


@blueprint.post("/department/benchmarks")
@needs("set_targets")
def publish() -> WerkzeugResponse | tuple[str, int]:
    """Add or correct one published value."""
    row = {name: request.form.get(name, "").strip() for name in ("scope", "year", "measure", "percent", "method", "source")}
    percent = read_percent(row["percent"])
    wrong = [name for name in ("scope", "measure", "method", "source") if not row[name] or len(row[name]) > 300]
    wrong += [] if row["year"].isdecimal() and int(row["year"]) in _YEARS else ["year"]
    wrong += [] if percent is not None else ["percent"]
    if wrong:
        return _page(benchmark=row, wrong=wrong), 422
    import_benchmarks(db.session, [row | {"percent": str(percent)}])
    return redirect(url_for("targets.show", _anchor="published"), code=303)


@blueprint.get("/department/published.svg")
@needs("see_all_agencies")
def published_chart() -> Response:
    values = overall_benchmarks(all_benchmarks(db.session))
    if not values:
        raise NotFound("No published values are stored.")
    return Response(svg(charts.published(values), folder=folder(current_app.instance_path)), content_type="image/svg+xml")


def _page(*, typed: Mapping[str, str] | None = None, benchmark: Mapping[str, str] | None = None, wrong: Collection[str] = ()) -> str:
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    modes = modes_of(db.session, wave) if wave else ()
    mode = request.args.get("mode") if request.args.get("mode") in modes else next(iter(modes), None)
    province, aims = apart(_aims(wave, mode) if wave and mode else ())
    published = all_benchmarks(db.session)
    return render_template(
        "department/targets.html",
        waves=waves, wave=wave, modes=modes, chosen_mode=mode, province=province, aims=aims, verdicts=_verdicts(aims), words=target_words,
        published=by_year(published), values=overall_benchmarks(published),
        dimensions=_dimensions(wave), national=NATIONAL, overall=OVERALL,
        typed=typed or {}, benchmark=benchmark or {}, wrong=wrong,
    )  # fmt: skip


def _aims(wave: WaveView, mode: str) -> tuple[Aim, ...]:
    targets = targets_of(db.session, wave.opens_on.year)
    rows = compare_agencies(db.session, wave, mode)
    return tuple(Aim(row, targets.get(row.id), distance_of(row.estimate, targets.get(row.id))) for row in rows)


def _filled(typed: Mapping[str, str]) -> dict[str, str]:
    """Empty fields get what was typed above the table. If that cannot be read, it alone is refused, under no agency's name."""
    fill = typed.get("", "").strip()
    if fill and read_percent(fill) is None:
        raise WrongTargets([""])
    return {code: text.strip() or fill for code, text in typed.items() if code}


def _verdicts(aims: Collection[Aim]) -> Counter[str]:
    return Counter(aim.distance.verdict for aim in aims if aim.distance is not None)


def _dimensions(wave: WaveView | None) -> tuple[Dimension, ...]:
    return questionnaire_of(db.session, wave).dimensions if wave else ()
