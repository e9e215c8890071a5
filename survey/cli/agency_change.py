"""`sipas agency merge`, `split`, `move`, `end`, `rename` and `take-back`: first what it would do, then, with --yes, the change itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from survey.domain.agency_change import END, MERGE, MOVE, SPLIT, Beginning, Plan, plan_change, problems
from survey.domain.agency_tree import KINDS
from survey.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_CLOSE = "close"
_on = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DAY", help="First day of the new state.")
_desk = click.option("--desk", "desks", multiple=True, metavar="ID=CODE", help=f"Where desk ID goes on, or ID={_CLOSE}. May be repeated.")
_yes = click.option("--yes", is_flag=True, help="Do it. Without this it is only shown.")
_name_en = click.option("--name-en", default="", help="English name; without one it is the Vietnamese name.")
_code = click.option("--code", default="", help="Code of the new agency; without one it is made from the name.")


@click.command()
@click.argument("codes", nargs=-1, required=True, metavar="CODE CODE...")
@click.option("--name-vi", required=True, help="Vietnamese name of the new agency.")
@_name_en
@_code
@click.option("--kind", type=click.Choice(KINDS), help="Kind of the new agency; without it that of the first.")
@click.option("--parent", help="Code of the agency above it; without it that of the first.")
@_on
@_desk
@_yes
def merge(codes: Sequence[str], on: datetime, desks: Sequence[str], yes: bool, **new: str | None) -> None:
    """End the agencies CODE CODE... and begin a new one that follows them all."""

    def begins(tree: Mapping[str, Any]) -> list[Beginning]:
        first = tree[codes[0]]
        name_vi, name_en = (" ".join(str(new[name]).split()) for name in ("name_vi", "name_en"))
        return [Beginning(str(new["code"]), new["kind"] or first.kind, new["parent"] or first.parent, name_vi, name_en)]

    _change(MERGE, codes, on.date(), begins, desks=desks, yes=yes)


@click.command()
@click.argument("code")
@click.option(
    "--into", multiple=True, required=True, metavar="CODE=NAME", help="Code and Vietnamese name of a new agency. Give two or more."
)
@click.option("--below", multiple=True, metavar="CHILD=CODE", help="Below which new agency an agency below goes. May be repeated.")
@_on
@_desk
@_yes
def split(code: str, into: Sequence[str], below: Sequence[str], on: datetime, desks: Sequence[str], yes: bool) -> None:
    """End the agency CODE and begin several that follow it."""
    parts, children = _pairs(into, "--into"), _pairs(below, "--below")

    def begins(tree: Mapping[str, Any]) -> list[Beginning]:
        old = tree[code]
        lost = [one.code for one in tree.values() if one.parent == code and one.valid_to is None and children.get(one.code) not in parts]
        if lost:
            raise Invalid(f"Say with --below CHILD=CODE where these go: {', '.join(sorted(lost))}.")
        return [Beginning(part, old.kind, old.parent, name, "") for part, name in parts.items()]

    _change(SPLIT, [code], on.date(), begins, desks=desks, yes=yes, children=children)


@click.command()
@click.argument("code")
@click.option("--parent", required=True, help="Code of the agency below which it goes.")
@click.option("--code", "new_code", default="", help="Code of the agency in its new place; without one it is made from the name.")
@_on
@_desk
@_yes
def move(code: str, parent: str, new_code: str, on: datetime, desks: Sequence[str], yes: bool) -> None:
    """End the agency CODE and begin one of the same name below another agency."""

    def begins(tree: Mapping[str, Any]) -> list[Beginning]:
        old = tree[code]
        return [Beginning(new_code, old.kind, parent, old.name_vi, old.name_en)]

    _change(MOVE, [code], on.date(), begins, desks=desks, yes=yes)


@click.command()
@click.argument("code")
@_on
@_yes
def end(code: str, on: datetime, yes: bool) -> None:
    """End the agency CODE on the day before DAY. Nobody follows it, and its desks are closed."""
    _change(END, [code], on.date(), lambda _: [], desks=(), yes=yes)


@click.command()
@click.argument("code")
@click.option("--name-vi", required=True, help="Vietnamese name.")
@_name_en
def rename(code: str, name_vi: str, name_en: str) -> None:
    """Give the agency CODE another name, at once and everywhere. It stays the same agency."""
    from survey.cli.session import open_session
    from survey.services.change_agencies import rename_agency

    with open_session() as session:
        rename_agency(session, code, name_vi=" ".join(name_vi.split()), name_en=" ".join(name_en.split()))
    click.echo(f"{code} is called {' '.join(name_vi.split())} from now on.")


@click.command("take-back")
@click.argument("code")
@click.option("--reason", required=True, help="The audit log keeps it.")
def take_back(code: str, reason: str) -> None:
    """Take back, before its day, the whole change that is planned for the agency CODE."""
    from survey.cli.session import open_session
    from survey.queries.agencies import get_agency
    from survey.queries.planned_change import read_taking_back
    from survey.services.take_back_change import take_back_change
    from survey.settings import today

    with open_session() as session:
        get_agency(session, code)
        found = read_taking_back(session, code, today=today())
        if found and found.problems:
            raise Conflict(_told(found.problems))
        kept = take_back_change(session, code, seen=found.change.seen if found else "", reason=reason, today=today())
    click.echo(f"Taken back: {', '.join(kept)} go on as before.")


COMMANDS = (merge, split, move, end, rename, take_back)


def _change(
    verb: str, codes: Sequence[str], on: date, begins: Callable[[Mapping[str, Any]], list[Beginning]], *, desks: Sequence[str], yes: bool,
    children: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    from survey.cli.session import open_session
    from survey.queries.agency_change import answered_until, desk_places, open_desks, read_tree
    from survey.services.change_agencies import change_agencies
    from survey.settings import today

    with open_session() as session:
        tree = read_tree(session)
        if unknown := [code for code in codes if code not in tree]:
            raise NotFound(f"There is no agency {unknown[0]!r}. `sipas agency list` shows them.")
        plan = plan_change(verb, tree, on=on, ends=codes, begins=begins(tree), children=children)
        if found := problems(plan, tree, answered_until=answered_until(session, plan.ends, on=on)):
            raise Conflict(_told(found))
        places, undecided = desk_places(plan, open_desks(session, plan.ends, on=on), _chosen(desks))
        if undecided:
            raise Invalid(f"Say with --desk ID=CODE or ID={_CLOSE} what becomes of desk {', '.join(str(desk.id) for desk in undecided)}.")
        _show(session, plan, places)
        if yes:
            change_agencies(session, plan, desks=places, today=today())
    click.echo("Done." if yes else "Nothing is changed yet. Add --yes to do it.")


def _show(session: Session, plan: Plan, places: Mapping[int, str | None]) -> None:
    from survey.models import Desk

    for code in plan.ends:
        click.echo(f"{code} ends: its last day is {plan.last_day}.")
    for one in plan.begins:
        click.echo(f"{one.code} ({one.name_vi}) begins on {plan.on}{f', below {one.parent}' if one.parent else ''}.")
    for desk_id, place in places.items():
        name = session.get_one(Desk, desk_id).name_vi
        click.echo(f"Desk {desk_id} ({name}) {f'goes on at {place} with a new address' if place else 'is closed'}.")


def _chosen(desks: Sequence[str]) -> dict[int, str | None]:
    given = _pairs(desks, "--desk")
    if wrong := [desk_id for desk_id in given if not desk_id.isdecimal()]:
        raise Invalid(f"--desk {wrong[0]!r} is no number of a desk; `sipas desk list` shows them.")
    return {int(desk_id): None if code == _CLOSE else code for desk_id, code in given.items()}


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for one in given:
        left, equals, right = one.partition("=")
        if not (left and equals and right.strip()):
            raise Invalid(f"{option} is {one!r}; write two things with = between them.")
        pairs[left] = " ".join(right.split())
    return pairs


def _told(found: Sequence[Any]) -> str:
    from survey.services.agency_problems import in_english

    return " ".join(dict.fromkeys(map(in_english, found)))
