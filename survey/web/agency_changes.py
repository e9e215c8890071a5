"""Rename, merge, split, move and end agencies: a form, then a page that shows what it would change, then the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, render_template, request, url_for

from survey.database import db
from survey.domain.agency_change import (
    END,
    MERGE,
    SPLIT,
    Beginning,
    Known,
    Plan,
    Problem,
    name_problems,
    plan_change,
    problems,
)
from survey.domain.agency_tree import KINDS
from survey.errors import Conflict
from survey.models import Agency
from survey.queries.agencies import get_agency
from survey.queries.agency_change import Preview, answered_until, desk_places, open_desks, preview, read_tree
from survey.queries.vietnamese_order import alphabetical
from survey.services.change_agencies import change_agencies, desk_names, rename_agency
from survey.settings import today
from survey.web.account import needs
from survey.web.agencies import Answer, blueprint, day_of
from survey.web.agency_words import why

RENAME = "rename"
_FEWEST_PARTS, _MOST_PARTS = 2, 8
#: What a select sends for a desk that is to be closed.
_CLOSE = "-"

Tree = Mapping[str, Known]


@dataclass(frozen=True)
class Asked:
    """What the form was filled in with."""

    plan: Plan
    desks: Mapping[int, str | None]
    problems: tuple[Problem, ...]
    undecided: bool  # whether it is still open what becomes of a desk or of an agency below


@blueprint.route("/department/agencies/<code>/<any(rename,merge,split,move,end):step>", methods=["GET", "POST"])
@needs("manage_agencies")
def change(code: str, step: str) -> Answer:
    agency = get_agency(db.session, code)
    if request.method == "GET" or request.form.get("action") == "back":
        return _form(agency, step)
    return _rename(agency) if step == RENAME else _change(agency, step)


def _rename(agency: Agency) -> Answer:
    name_vi, name_en = _name("name_vi"), _name("name_en")
    found = tuple(name_problems(name_vi, name_en))
    if not found and (name_vi, name_en or name_vi) == (agency.name_vi, agency.name_en):
        found = (Problem("name_vi", "same_names"),)
    if found:
        return _form(agency, RENAME, found), 422
    if request.form.get("action") != "do":
        return render_template("department/agency_rename.html", agency=agency, name_vi=name_vi, name_en=name_en or name_vi)
    rename_agency(db.session, agency.code, name_vi=name_vi, name_en=name_en)
    return redirect(url_for("agencies.show", code=agency.code, done=RENAME), code=303)


def _change(agency: Agency, step: str) -> Answer:
    on, tree = day_of(request.form.get("on", "")), read_tree(db.session)
    if on is None:
        return _form(agency, step, (Problem("on", "no_day"),)), 422
    asked = _asked(agency, step, on, tree)
    if asked.problems:
        return _form(agency, step, asked.problems), 422
    if request.form.get("action") != "do":
        return _preview(agency, step, asked, preview(db.session, asked.plan, tree), tree)
    if asked.undecided:
        return _preview(agency, step, asked, preview(db.session, asked.plan, tree), tree, Problem("desks", "no_choice")), 422
    try:
        change_agencies(db.session, asked.plan, desks=asked.desks, today=today())
    except Conflict as refusal:
        db.session.expire_all()
        return _form(agency, step, (Problem("on", refusal.code),)), 409
    return redirect(url_for("agencies.show", code=agency.code, done=step), code=303)


def _asked(agency: Agency, step: str, on: date, tree: Tree) -> Asked:
    others = [code for code in request.form.getlist("others") if code in tree and code != agency.code] if step == MERGE else []
    ends = [agency.code, *others]
    children = {code: request.form.get(f"child_{code}", "") for code, one in tree.items() if one.parent == agency.code}
    first = plan_change(step, tree, on=on, ends=ends, begins=_begins(agency, step))
    codes = [one.code for one in first.begins[: _wanted(step)]]
    places = {child: code for child, code in children.items() if code in codes}
    plan = plan_change(step, tree, on=on, ends=ends, begins=_begins(agency, step), children=places)
    found = problems(plan, tree, answered_until=answered_until(db.session, plan.ends, on=on))
    desks, undecided = _desks(plan)
    carried = {old for old in plan.ends if old not in ends and tree[old].parent in ends}
    return Asked(plan, desks, found, undecided or (step == SPLIT and not carried <= set(places)))


def _begins(agency: Agency, step: str) -> list[Beginning]:
    """The agencies that the form names; in a split, rows without a name are passed over."""
    if step == END:
        return []
    parent = _parent_code(agency) if step == SPLIT else (request.form.get("parent") or None)
    kind = request.form.get("kind", agency.kind) if step == MERGE else agency.kind
    begins = [Beginning(_name(f"code_{n}"), kind, parent, _name(f"name_vi_{n}"), _name(f"name_en_{n}")) for n in range(_wanted(step))]
    return begins if step != SPLIT else [one for one in begins if one.name_vi or one.name_en or one.code]


def _wanted(step: str) -> int:
    """How many new agencies the form asks for."""
    if step != SPLIT:
        return 0 if step == END else 1
    return min(max(request.values.get("parts", _FEWEST_PARTS, type=int), _FEWEST_PARTS), _MOST_PARTS)


def _desks(plan: Plan) -> tuple[dict[int, str | None], bool]:
    """What becomes of each desk, and whether somebody has to decide that yet."""
    desks = open_desks(db.session, plan.ends, on=plan.on)
    given = {desk.id: request.form.get(f"desk_{desk.id}") for desk in desks}
    chosen = {desk_id: None if code == _CLOSE else code for desk_id, code in given.items() if code}
    places, undecided = desk_places(plan, desks, chosen)
    return places, bool(undecided)


def _preview(agency: Agency, step: str, asked: Asked, shown: Preview, tree: Tree, problem: Problem | None = None) -> str:
    no_place_yet = {desk.id: "" for desk in shown.desks if desk.id not in asked.desks}
    fields = [(name, value) for name, value in request.form.items(multi=True) if not name.startswith(("desk_", "child_", "csrf", "action"))]
    successors = {old: [new for before, new in asked.plan.successions if before == old] for old in asked.plan.ends}
    return render_template(
        "department/agency_preview.html", agency=agency, step=step, shown=shown, plan=asked.plan, places=asked.desks,
        fields=fields, tree=tree, successors=successors, new={one.code: one for one in asked.plan.begins}, today=today(),
        desk_names=desk_names(shown.desks, {**asked.desks, **no_place_yet}),
        problem=problem and why(problem), close=_CLOSE, given=request.form,
    )  # fmt: skip


def _form(agency: Agency, step: str, found: tuple[Problem, ...] = ()) -> str:
    tree = read_tree(db.session)
    others = sorted((one for one in tree.values() if one.valid_to is None), key=lambda one: alphabetical(one.name_vi))
    # Those that are like this one stand first: mergers are mostly among siblings.
    own = tree[agency.code]
    others.sort(key=lambda one: (one.kind, one.parent) != (own.kind, own.parent))
    return render_template(
        "department/agency_change.html", agency=agency, own=own, step=step, others=others, kinds=KINDS,
        parts=_wanted(step), most_parts=_MOST_PARTS, tomorrow=today() + timedelta(days=1),
        problems={one.field: why(one) for one in reversed(found)}, given=request.form, chosen=request.form.getlist("others"),
    )  # fmt: skip


def _name(field: str) -> str:
    return " ".join(request.form.get(field, "").split())


def _parent_code(agency: Agency) -> str | None:
    parent = db.session.get(Agency, agency.parent_id) if agency.parent_id is not None else None
    return parent.code if parent else None
