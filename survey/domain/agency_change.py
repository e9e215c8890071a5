"""What a merger, a split, a move or an end changes in the tree of agencies, and when it may not be (decision 0005).

Agencies are plain data here, by their codes. A plan says which ones end, which begin, and who follows whom; nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from survey.domain.agency_tree import KINDS
from survey.domain.plain_letters import slug

MERGE, SPLIT, MOVE, END = CHANGES = ("merge", "split", "move", "end")
#: A code stands in addresses of pages and in file names.
CODE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
LONGEST_NAME = 200
#: Control characters, which no name has.
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Known:
    """An agency that is stored."""

    code: str
    kind: str
    parent: str | None
    name_vi: str
    name_en: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Beginning:
    """An agency that is to begin."""

    code: str
    kind: str
    parent: str | None
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Plan:
    """`ends` live to the day before `on`, `begins` from `on`, parents before those below; `successions` are (old code, new code)."""

    verb: str
    on: date
    ends: tuple[str, ...]
    begins: tuple[Beginning, ...]
    successions: tuple[tuple[str, str], ...]

    @property
    def last_day(self) -> date:
        return self.on - timedelta(days=1)


@dataclass(frozen=True)
class Problem:
    """Why a plan may not be: the `field` of the form it lies in, what it is, and the agency or day that it is about."""

    field: str
    what: str
    about: str | date = ""


Tree = Mapping[str, Known]


def plan_change(
    verb: str, tree: Tree, *, on: date, ends: Iterable[str], begins: Iterable[Beginning], children: Mapping[str, str] | None = None
) -> Plan:
    """The whole plan: codes are made where none was given, and who lives below an ending agency goes along under a successor.

    `children` names the successor of the parent for each direct child; without it the first one is taken.
    """
    ends, begins = tuple(dict.fromkeys(ends)), list(begins)
    taken = set(tree)
    named = []
    for one in begins:
        code = one.code or free_code(slug(one.name_vi) or one.kind, on, taken)
        taken.add(code)
        named.append(Beginning(code, one.kind, one.parent, one.name_vi, one.name_en or one.name_vi))
    successions = [(old, new.code) for old in ends for new in named]
    carried_ends: list[str] = []
    if named:
        for child in _children(ends, tree, on):
            parent = (children or {}).get(child) or named[0].code
            _carry(child, parent, tree, on, taken, carried_ends, named, successions)
    return Plan(verb, on, (*ends, *carried_ends), tuple(named), tuple(successions))


def free_code(base: str, on: date, taken: Iterable[str]) -> str:
    """A code that nobody has: the base itself, else with the year, else with the year and a number."""
    taken, base = set(taken), re.sub(r"-20\d\d(-\d+)?$", "", base)
    if base not in taken:
        return base
    code, number = f"{base}-{on.year}", 1
    while code in taken:
        number += 1
        code = f"{base}-{on.year}-{number}"
    return code


def _children(parents: Iterable[str], tree: Tree, on: date) -> list[str]:
    """Who stands below `parents` and would outlive them."""
    ending = set(parents)
    return [
        one.code
        for one in tree.values()
        if one.parent in ending and one.code not in ending and (one.valid_to is None or one.valid_to >= on)
    ]


def _carry(
    code: str, parent: str, tree: Tree, on: date, taken: set[str],
    ends: list[str], begins: list[Beginning], successions: list[tuple[str, str]],
) -> None:  # fmt: skip
    old = tree[code]
    new = Beginning(free_code(code, on, taken), old.kind, parent, old.name_vi, old.name_en)
    taken.add(new.code)
    ends.append(code)
    begins.append(new)
    successions.append((code, new.code))
    for child in _children([code], tree, on):
        _carry(child, new.code, tree, on, taken, ends, begins, successions)


def problems(plan: Plan, tree: Tree, *, answered_until: Mapping[str, date] | None = None) -> tuple[Problem, ...]:
    """Everything that stands against `plan`; it may be done where there is nothing.

    `answered_until` tells the last day on which an agency took a response: it lived on that day, whatever is planned.
    """
    return (*_number_of_agencies(plan), *_endings(plan, tree, answered_until or {}), *_beginnings(plan, tree), *_left_below(plan, tree))


def _number_of_agencies(plan: Plan) -> Iterator[Problem]:
    if plan.verb == MERGE and len([1 for _, new in plan.successions if new == plan.begins[0].code]) < 2:
        yield Problem("others", "merge_needs_two")
    if plan.verb == SPLIT and len({new for old, new in plan.successions if old == plan.ends[0]}) < 2:
        yield Problem("parts", "split_needs_two")


def _endings(plan: Plan, tree: Tree, answered_until: Mapping[str, date]) -> Iterator[Problem]:
    for code in plan.ends:
        old = tree[code]
        if old.valid_to is not None:
            yield Problem("others", "has_an_end", old.name_vi)
        elif plan.last_day < old.valid_from:
            yield Problem("on", "not_begun", old.valid_from)
        elif code in answered_until and answered_until[code] >= plan.on:
            yield Problem("on", "answered_since", answered_until[code])
    followed = {old for old, _ in plan.successions}
    chosen = [code for code in plan.ends if code in followed]
    for code in chosen:
        if tree[code].parent in chosen and not _is_carried(plan, code):
            yield Problem("others", "one_below_another", tree[code].name_vi)


def _is_carried(plan: Plan, code: str) -> bool:
    """Whether it goes along with its parent, under a new form of it."""
    begins = {one.code: one for one in plan.begins}
    new = [begins[successor] for old, successor in plan.successions if old == code]
    return len(new) == 1 and new[0].parent in begins


def _beginnings(plan: Plan, tree: Tree) -> Iterator[Problem]:
    codes = [one.code for one in plan.begins]
    for place, one in enumerate(plan.begins):
        if not re.fullmatch(CODE, one.code):
            yield Problem(f"code_{place}", "code_letters", one.code)
        elif one.code in tree or codes.index(one.code) != place:
            yield Problem(f"code_{place}", "code_taken", one.code)
        yield from name_problems(one.name_vi, one.name_en, f"name_vi_{place}", f"name_en_{place}")
        if one.kind not in KINDS:
            yield Problem("kind", "no_kind")
        yield from _parent_problems(plan, tree, one.parent)


def name_problems(name_vi: str, name_en: str, field_vi: str = "name_vi", field_en: str = "name_en") -> Iterator[Problem]:
    """What is wrong with the names of an agency or a desk; the English one may be missing."""
    if not name_vi:
        yield Problem(field_vi, "no_name")
    for field, name in ((field_vi, name_vi), (field_en, name_en)):
        if len(name) > LONGEST_NAME or CONTROL.search(name):
            yield Problem(field, "long_name")


def _parent_problems(plan: Plan, tree: Tree, parent: str | None) -> Iterator[Problem]:
    if parent is None or parent in {one.code for one in plan.begins}:
        return
    above = tree.get(parent)
    if above is None or parent in plan.ends:
        yield Problem("parent", "no_parent")
    elif above.valid_from > plan.on or above.valid_to is not None:
        yield Problem("parent", "parent_not_there", above.name_vi)
    elif plan.verb == MOVE and tree[plan.ends[0]].parent == parent:
        yield Problem("parent", "same_parent", above.name_vi)


def _left_below(plan: Plan, tree: Tree) -> Iterator[Problem]:
    """Who would go on below an agency that has ended."""
    for code in _children(plan.ends, tree, plan.on):
        yield Problem("on", "lives_below", tree[code].name_vi)
