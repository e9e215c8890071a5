"""What is on the screen as files to take away: tables as CSV and XLSX, charts as PNG. The audit log tells who took what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, current_app, request

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.questionnaire import OVERALL
from survey.errors import NotFound
from survey.i18n import day, gettext, language, number
from survey.models import Agency
from survey.queries import heat_map as heat_maps
from survey.queries.agencies import get_agency, parents_of
from survey.queries.benchmarks import all_benchmarks, overall_benchmarks
from survey.queries.compare_agencies import compare_agencies, modes_of
from survey.queries.readable_comments import all_comments
from survey.queries.waves import WaveView, all_waves, pick_wave, questionnaire_of
from survey.reports import tables, words
from survey.reports.columns import Origin, standing
from survey.reports.spreadsheet import XLSX_TYPE, Sheet, as_csv, as_xlsx
from survey.settings import today
from survey.web import agency as agency_pages
from survey.web import charts, funnel_chart
from survey.web import comparison as comparisons
from survey.web import trends as trend_pages
from survey.web.account import needs
from survey.web.downloads import download
from survey.web.drawings import Picture, folder, png
from survey.web.drill_down import look_at

blueprint = Blueprint("exports", __name__)


@blueprint.get("/agencies/<code>/export.<any(csv, xlsx):format_>")
@needs("see_agency")
def agency(code: str, format_: str) -> Response:
    """CSV holds one table: the indices, or with ?table= the months or the days."""
    chosen = agency_pages.select(get_agency(db.session, code))
    overview = agency_pages.overview_of(chosen) if chosen is not None else None
    if chosen is None or overview is None:
        raise NotFound("There are no numbers of this agency yet.")
    of = _origin(chosen)
    sheets = {
        "measures": tables.measures(overview, of),
        "months": tables.months(agency_pages.trend_of(chosen), chosen.mode),
        "days": tables.days(agency_pages.received_of(chosen), of),
    }
    if parts := agency_pages.parts_of(chosen):
        sheets["parts"] = tables.agencies(parts, chosen.wave, chosen.mode)
    return _tables(sheets, format_, chosen, about=code)


@blueprint.get("/agencies/<code>/<any(dimensions, criteria):group>/<measure>/export.<any(csv, xlsx):format_>")
@needs("see_agency")
def measure(code: str, group: str, measure: str, format_: str) -> Response:
    """The tables of one dimension or criterion: its indices in one, or with ?table=answers what people answered."""
    look = look_at(code, group, measure)
    if look.found is None:
        raise NotFound("There are no numbers of this agency yet.")
    name, of = look.measure.text[language()], _origin(look.chosen)
    sheets = {"indices": tables.measure(name, measure, look.found, look.criteria, of)}
    if look.found.levels:
        sheets["answers"] = tables.answers(name, measure, look.questionnaire.levels, look.found.levels, of)
    return _tables(sheets, format_, look.chosen, about=f"{code}-{measure}")


@blueprint.get("/agencies/<code>/<any(dimensions, criteria):group>/<measure>/levels.png")
@needs("see_agency")
def levels(code: str, group: str, measure: str) -> Response:
    return _picture(look_at(code, group, measure).picture, f"{code}-{measure}")


@blueprint.get("/agencies/<code>/comments.<any(csv, xlsx):format_>")
@needs("see_agency")
def comments(code: str, format_: str) -> Response:
    agency = get_agency(db.session, code)
    wave = _wave(published_only=not agency_pages.sees_all())
    below = subtree(agency.id, parents_of(db.session))
    found = all_comments(db.session, wave.id, below, wanted=request.args.get("words", ""), state=request.args.get("state") or None)
    return _file([tables.comments(found, wave)], format_, wave, None, about=f"{code}-comments", whom=agency)


@blueprint.get("/agencies/<code>/charts/<name>.png")
@needs("see_agency")
def agency_chart(code: str, name: str) -> Response:
    chosen = agency_pages.select(get_agency(db.session, code))
    picture = agency_pages.CHARTS[name](chosen) if chosen is not None and name in agency_pages.CHARTS else None
    return _picture(picture, f"{code}-{name}")


@blueprint.get("/department/export.<any(csv, xlsx):format_>")
@needs("see_all_agencies")
def comparison(format_: str) -> Response:
    """The agencies as the page shows them: of one kind, beside one agency, in that order."""
    wave = _wave()
    mode = _mode(wave)
    compared = comparisons.compare(compare_agencies(db.session, wave, mode), request.args)
    return _file([tables.agencies(compared.shown, wave, mode)], format_, wave, mode, about="agencies")


@blueprint.get("/department/criteria.<any(csv, xlsx):format_>")
@needs("see_all_agencies")
def heat_map(format_: str) -> Response:
    wave = _wave()
    mode, criteria = _mode(wave), questionnaire_of(db.session, wave).criteria
    rows = heat_maps.heat_map(db.session, wave, mode, (OVERALL, *(criterion.code for criterion in criteria)))
    return _file([tables.heat_map(rows, criteria, wave, mode)], format_, wave, mode, about="criteria")


@blueprint.get("/department/trends.<any(csv, xlsx):format_>")
@needs("see_all_agencies")
def trends(format_: str) -> Response:
    """Every agency in every wave, as the page orders them."""
    found = trend_pages.trends_asked_for()
    if found is None:
        raise NotFound("There is no survey wave yet.")
    listed = [trend for trends in found.shown.values() for trend in trends]
    return _file([tables.wave_trends(listed, found.mode)], format_, found.wave, found.mode, about="trends")


@blueprint.get("/department/trends.png")
@needs("see_all_agencies")
def trends_chart() -> Response:
    return _picture(trend_pages.picture_asked_for(), "trends")


@blueprint.get("/department/funnel.png")
@needs("see_all_agencies")
def funnel() -> Response:
    wave = _wave()
    compared = comparisons.compare(compare_agencies(db.session, wave, _mode(wave)), request.args).compared
    return _picture(funnel_chart.funnel(compared, width=charts.WIDE) if compared else None, "funnel")


@blueprint.get("/department/published.png")
@needs("see_all_agencies")
def published() -> Response:
    values = overall_benchmarks(all_benchmarks(db.session))
    return _picture(charts.published(values) if values else None, "published")


def _origin(chosen: agency_pages.Selection) -> Origin:
    return Origin(chosen.agency.name(language()), chosen.wave, chosen.mode)


def _tables(sheets: Mapping[str, Sheet], format_: str, chosen: agency_pages.Selection, *, about: str) -> Response:
    """A workbook of all tables of a page; as CSV the one that ?table= names, else the first."""
    if format_ == "xlsx":
        return _file(list(sheets.values()), format_, chosen.wave, chosen.mode, about=about, whom=chosen.agency)
    table = request.args.get("table") or next(iter(sheets))
    if table not in sheets:
        raise NotFound(f"There is no table {table!r}.")
    return _file([sheets[table]], format_, chosen.wave, chosen.mode, about=f"{about}-{table}", whom=chosen.agency)


def _file(sheets: Sequence[Sheet], format_: str, wave: WaveView, mode: str | None, *, about: str, whom: Agency | None = None) -> Response:
    name = f"sipas-{wave.code}-{about}{'-mo-phong' if wave.simulated else ''}.{format_}"
    if format_ == "csv":
        return download(as_csv(sheets[0]), "text/csv; charset=utf-8", name)
    workbook = as_xlsx(sheets, title=gettext("Satisfaction with public services"), facts=_facts(wave, mode, whom))
    return download(workbook, XLSX_TYPE, name)


def _facts(wave: WaveView, mode: str | None, whom: Agency | None) -> list[tuple[str, str]]:
    """What has to be known of numbers that travel without their page."""
    facts = [(gettext("Agency"), whom.name(language()))] if whom else []
    facts += [(gettext("Wave"), f"{wave.name(language())} ({wave.code})"), (gettext("Mode"), words.mode(mode) if mode else gettext("all"))]
    facts += [
        (gettext("Revision"), number(wave.revision) if wave.is_frozen else "–"),
        (gettext("Standing"), standing(wave)),
        (gettext("Taken on"), day(today())),
    ]
    facts.append((gettext("Interval"), gettext("95 percent; the page tells how it is made.")))
    if wave.simulated:
        facts.append((gettext("Simulated data"), gettext("no real person answered; the numbers say nothing about a real agency.")))
    return facts


def _picture(picture: Picture | None, about: str) -> Response:
    if picture is None:
        raise NotFound("There is no such chart here.")
    return download(png(picture, folder=folder(current_app.instance_path)), "image/png", f"sipas-{about}.png")


def _wave(*, published_only: bool = False) -> WaveView:
    wave = pick_wave(all_waves(db.session, published_only=published_only), request.args.get("wave"), today=today())
    if wave is None:
        raise NotFound("There is no survey wave yet.")
    return wave


def _mode(wave: WaveView) -> str:
    modes = modes_of(db.session, wave)
    mode = request.args.get("mode") or next(iter(modes), None)
    if mode is None or mode not in modes:
        raise NotFound(f"There are no numbers in mode {mode!r}.")
    return mode
