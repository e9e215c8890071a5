"""Load agencies, desks and successions from files: read, show what they would do or what is wrong with them, then load."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from survey.database import db
from survey.domain.audit_chain import EXPORTED
from survey.queries.agency_tables import agency_tables
from survey.reports.agency_workbook import agency_workbook
from survey.reports.column_words import column_name, kinds_explained
from survey.reports.spreadsheet import XLSX_TYPE
from survey.services.audit import record_alone
from survey.services.import_agencies import import_tables
from survey.services.plan_agency_import import plan_import
from survey.services.read_agency_file import AGENCIES, COLUMNS, DESKS, OPTIONAL, Tables, read_agency_files
from survey.services.read_sheets import LARGEST_FILE
from survey.services.read_table import Row
from survey.services.row_problems import RowProblem, RowsRefused
from survey.settings import today
from survey.web.account import needs
from survey.web.agencies import Answer, blueprint
from survey.web.downloads import download
from survey.web.row_words import tell

#: Three files of the largest size, or their rows as text, with what a form adds. Only this page takes so much.
LARGEST_BODY = 3 * LARGEST_FILE + 64 * 1024
MOST_FILES = 3


@blueprint.url_value_preprocessor
def take_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: its token is looked for before the page is asked."""
    if endpoint == "agencies.import_":
        request.max_content_length = request.max_form_memory_size = LARGEST_BODY


@blueprint.route("/department/agency-import", methods=["GET", "POST"])
@needs("manage_agencies")
def import_() -> Answer:
    if request.method == "GET":
        return _page(loaded=[request.args.get(table, 0, type=int) for table in (AGENCIES, DESKS)] if AGENCIES in request.args else [])
    try:
        tables = _rows_of_the_form() if "rows" in request.form else _files()
        if request.form.get("action") != "do":
            plan = plan_import(db.session, tables)
            if plan.problems:
                return _refused(plan.problems)
            return _page(plan=plan, rows=_as_text(tables))
        plan = import_tables(db.session, tables, today=today())
    except RowsRefused as refused:
        return _refused(refused.problems)
    return redirect(url_for("agencies.import_", agencies=len(plan.agencies) + len(plan.changed), desks=len(plan.desks)), code=303)


@blueprint.get("/department/agency-import/<any(template, agencies):which>.xlsx")
@needs("manage_agencies")
def workbook(which: str) -> Response:
    rows = {}
    if which == "agencies":
        rows = agency_tables(db.session, today=today())
        record_alone(db.session, EXPORTED, request.path)
    return download(agency_workbook(dict(rows)), XLSX_TYPE, f"sipas-{which}.xlsx")


def _files() -> Tables:
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        raise RowsRefused([RowProblem("", 0, "no_file")])
    if len(files) > MOST_FILES:
        raise RowsRefused([RowProblem("", 0, "many_files", other=str(MOST_FILES))])
    return read_agency_files((str(file.filename)[:100], file.read(LARGEST_FILE + 1)) for file in files)


def _as_text(tables: Tables) -> str:
    """The rows as they go to the browser and come back: nothing of an upload is kept here."""
    return json.dumps({table: [[row.file, row.line, row.cells] for row in rows] for table, rows in tables.items()}, ensure_ascii=False)


def _rows_of_the_form() -> Tables:
    """The rows that the preview was of. They are checked anew, like any others."""
    try:
        given = json.loads(request.form["rows"])
        return {table: tuple(_row(table, *row) for row in given.get(table, ())) for table in COLUMNS}
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as error:
        raise RowsRefused([RowProblem("", 0, "no_file")]) from error


def _row(table: str, file: Any, line: Any, cells: Any) -> Row:
    return Row(str(file), int(line), {column: str(cells[column]) for column in COLUMNS[table] if column in cells or column not in OPTIONAL})


def _refused(problems: Sequence[RowProblem]) -> Answer:
    return _page(told=tell(problems)), 422


def _page(**values: Any) -> str:
    columns = {table: [column_name(column) for column in names] for table, names in COLUMNS.items()}
    return render_template(
        "department/agency_import.html", columns=columns, kinds=kinds_explained(), largest=LARGEST_FILE // 1024**2, **values
    )  # fmt: skip
