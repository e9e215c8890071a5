"""What is wrong with the rows of a file, in the reader's words: for each the file, the line and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from survey.domain.agency_tree import KINDS
from survey.i18n import day, gettext, number
from survey.reports.column_words import column_name, kind_name
from survey.services.row_problems import SENTENCES, RowProblem

#: So many lines are shown; who has more mistakes than that mends these first.
MOST_PROBLEMS = 200
#: What is a number in which sentence.
_NUMBERS = {"too_many_rows": ("value", "other"), "cells": ("value", "other"), "too_long": ("other",)}


@dataclass(frozen=True)
class Told:
    """`more` is how many are wrong beside those that are told."""

    problems: tuple[tuple[str, int, str], ...] = ()
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.problems) + self.more


def tell(problems: Sequence[RowProblem]) -> Told:
    shown = tuple((one.file, one.line, _sentence(one)) for one in problems[:MOST_PROBLEMS])
    return Told(shown, len(problems) - len(shown))


def _sentence(problem: RowProblem) -> str:
    words = problem.words | {"column": ", ".join(column_name(column) for column in problem.column.split(", "))}
    if problem.what == "kind":
        words["other"] = ", ".join(kind_name(kind) for kind in KINDS)
    if problem.what == "answered_since":
        words["other"] = day(date.fromisoformat(problem.other))
    words |= {name: number(int(words[name])) for name in _NUMBERS.get(problem.what, ())}
    sentence = gettext(SENTENCES[problem.what], **words)
    return sentence[:1].upper() + sentence[1:] + "."
