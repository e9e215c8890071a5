"""What an agency tells citizens that it did about what they said: its words, and whether they are published."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

DRAFT, PUBLISHED, WITHDRAWN = STATES = ("draft", "published", "withdrawn")
#: Short enough to be read on the thank-you, and for it to stay light.
LONGEST = 160
_TEXTS = ("said_vi", "done_vi", "said_en", "done_en")
_NEEDED = ("said_vi", "done_vi")
#: What is published is not changed any more; whoever wants other words withdraws it and writes anew.
_NEXT = {DRAFT: {PUBLISHED, WITHDRAWN}, PUBLISHED: {WITHDRAWN}, WITHDRAWN: set[str]()}


@dataclass(frozen=True)
class ActionWords:
    """What citizens said and what was done about it since when; English where the agency gives it. `criterion` is its code, or None."""

    said_vi: str
    done_vi: str
    said_en: str
    done_en: str
    criterion: str | None
    done_on: date


def may_become(state: str, following: str) -> bool:
    return following in _NEXT[state]


def read_action(fields: Mapping[str, str], criteria: Collection[str], *, today: date) -> tuple[ActionWords, dict[str, str]]:
    """The words in a form, and what is wrong by field: ``missing``, ``too_long``, ``not_a_day``, ``in_future`` or ``unknown``."""
    texts = {name: " ".join(fields.get(name, "").split()) for name in _TEXTS}
    problems = {name: "too_long" for name, text in texts.items() if len(text) > LONGEST}
    problems |= {name: "missing" for name in _NEEDED if not texts[name]}
    criterion = fields.get("criterion", "")
    if criterion and criterion not in criteria:
        problems["criterion"] = "unknown"
    done_on, problem = _day(fields.get("done_on", ""), today)
    if problem:
        problems["done_on"] = problem
    return ActionWords(**texts, criterion=criterion or None, done_on=done_on), problems


def _day(text: str, today: date) -> tuple[date, str]:
    """Only what has happened is told: a promise is no action."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, "not_a_day"
    return day, "in_future" if day > today else ""
