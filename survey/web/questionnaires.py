"""Sở Nội vụ's pages of the questionnaire versions: what they ask, how they differ, their translations, and the upload of the next one."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.questionnaire import FULL_FORM, short_form
from survey.domain.questionnaire_difference import differences
from survey.domain.wave import PLANNED
from survey.errors import Conflict, Invalid, NotFound
from survey.i18n import LANGUAGES, gettext, language
from survey.queries.questionnaire_versions import find_version, questionnaire_versions
from survey.queries.waves import all_waves
from survey.reports.questionnaire_files import count_texts, questionnaire_workbook, questionnaire_zip
from survey.reports.spreadsheet import XLSX_TYPE
from survey.services.change_wave import change_wave
from survey.services.read_questionnaire import read_questionnaire
from survey.services.row_problems import RowProblem, RowsRefused
from survey.services.upload_questionnaire import upload_questionnaire
from survey.settings import today
from survey.web import citizen_page
from survey.web.account import needs
from survey.web.downloads import download
from survey.web.row_words import tell

blueprint = Blueprint("questionnaires", __name__)
_NOBODY = UUID(int=0)
#: The version that comes with SIPAS.
SHIPPED = "sipas-2017"


@blueprint.get("/department/questionnaires")
@needs("see_waves")
def show_all() -> str:
    return _list()


@blueprint.post("/department/questionnaires")
@needs("run_waves")
def upload() -> WerkzeugResponse | tuple[str, int]:
    try:
        stored = upload_questionnaire(db.session, *_sent(), today=today())
    except RowsRefused as refused:
        return _list(told=tell(refused.problems)), 422
    except Conflict:
        return _list(is_answered=True), 422
    return redirect(url_for("questionnaires.show", version=stored.code), code=303)


@blueprint.get("/department/questionnaires/<version>")
@needs("see_waves")
def show(version: str) -> str:
    found = find_version(db.session, version)
    others = [each.code for each in questionnaire_versions(db.session) if each.code != found.code]
    texts = {code: count_texts(found.questionnaire, code) for code in dict.fromkeys((*LANGUAGES, *found.questionnaire.languages))}
    planned = [w for w in all_waves(db.session) if w.stage(today()) == PLANNED]
    return render_template(
        "department/questionnaire.html",
        version=found, others=others, texts=texts, planned=[w for w in planned if w.questionnaire_code == found.code],
        to_choose=[w for w in planned if w.questionnaire_code != found.code],
    )  # fmt: skip


@blueprint.post("/department/questionnaires/<version>/activate")
@needs("run_waves")
def activate(version: str) -> WerkzeugResponse:
    """Ask this version in a wave that is still planned."""
    change_wave(db.session, request.form.get("wave", ""), today=today(), questionnaire=version)
    return redirect(url_for("questionnaires.show", version=version), code=303)


@blueprint.get("/department/questionnaires/<version>/preview")
@needs("see_waves")
def preview(version: str) -> str:
    """The citizen's form as it will be, in either language, with every field switched off."""
    found = find_version(db.session, version)
    form = FULL_FORM if request.args.get("form") == FULL_FORM else short_form(0)
    spoken = request.args.get("in", language())
    if spoken not in found.questionnaire.languages or spoken not in LANGUAGES:
        raise NotFound(f"{version} is not asked in {spoken!r}.")
    g.language = spoken  # of this page only: the reader's own language stays
    looks = citizen_page.Look(found.questionnaire, form, spoken, pictures=False, simulated=False, kiosk=False, comments=True)
    place = citizen_page.Place(gettext("One-stop desk"), gettext("Name of the agency"), url_for("questionnaires.preview", version=version))
    return citizen_page.preview(looks, place, _NOBODY, back=url_for("questionnaires.show", version=version))


@blueprint.get("/department/questionnaires/template.xlsx")
@needs("see_waves")
def template() -> Response:
    """What the next version can be made from: the newest one, or the one that comes with SIPAS while none is loaded."""
    stored = questionnaire_versions(db.session)
    newest = stored[-1].questionnaire if stored else read_questionnaire(SHIPPED)
    return _file(questionnaire_workbook(newest), f"mau-{newest.code}.xlsx")


@blueprint.get("/department/questionnaires/<version>/files.<any(zip, xlsx):format_>")
@needs("see_waves")
def files(version: str, format_: str) -> Response:
    """All texts as a workbook or as CSV files, for the next version or, with ?to=, for a translator, with an empty column for each text."""
    wanted = request.args.get("to", "")
    if wanted and not re.fullmatch(r"[a-z]{2,3}", wanted):
        raise Invalid(f"{wanted!r} is no language; hmn is Hmong, for example.")
    draw = questionnaire_workbook if format_ == "xlsx" else questionnaire_zip
    content = draw(find_version(db.session, version).questionnaire, translate_to=wanted or None)
    return _file(content, f"{version}{'-' + wanted if wanted else ''}.{format_}")


def _sent() -> tuple[str, bytes]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise RowsRefused([RowProblem("", 0, "no_file")])
    return sent.filename[:100], sent.read()


def _file(content: bytes, name: str) -> Response:
    return download(content, "application/zip" if name.endswith(".zip") else XLSX_TYPE, name)


@blueprint.get("/department/questionnaires/<version>/against/<other>")
@needs("see_waves")
def compare(version: str, other: str) -> str:
    """What became other from `other` to `version`, side by side."""
    new, old = (find_version(db.session, code) for code in (version, other))
    return render_template(
        "department/questionnaire_difference.html", new=new, old=old, found=differences(old.questionnaire, new.questionnaire)
    )  # fmt: skip


def _list(**values: Any) -> str:
    return render_template("department/questionnaires.html", versions=questionnaire_versions(db.session), **values)
