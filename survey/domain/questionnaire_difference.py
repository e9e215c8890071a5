"""What differs between two questionnaire versions, question by question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from survey.domain.questionnaire import Condition, Questionnaire, Text

ADDED, REMOVED, REWORDED, CHANGED = "added", "removed", "reworded", "changed"


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `aspect` says what about it: ``text``, or what else was ``changed``; sides that are not there are None.

    A text is told by language; everything else as it is.
    """

    what: str
    kind: str
    code: str
    aspect: str
    before: Any
    after: Any


def differences(before: Questionnaire, after: Questionnaire) -> tuple[Difference, ...]:
    """Levels, dimensions, criteria, other questions and their answers, in the order of the later version; what was removed stands last."""
    return tuple(
        difference
        for kind, old, new in zip(_KINDS, _parts(before), _parts(after), strict=True)
        for difference in _of_kind(kind, old, new)
    )  # fmt: skip


_KINDS = ("title", "level", "dimension", "criterion", "general", "question", "answer")
#: A text and everything else that matters, by code.
_Part = Mapping[str, tuple[Text, Mapping[str, Any]]]


def _parts(version: Questionnaire) -> tuple[_Part, ...]:
    weights = version.short_form_weights
    return (
        {"": (version.text, {"order": tuple(each.rating for each in version.levels)})},
        {str(each.rating): (each.text, {}) for each in version.levels},
        {each.code: (each.text, {}) for each in version.dimensions},
        {
            each.code: (each.text, {"dimension": each.dimension, "weight": str(weights.get(each.code, "–"))})
            for each in version.criteria
        },
        {version.general.code: (version.general.text, {})},
        {
            each.code: (
                each.text,
                {
                    "kind": each.kind, "dimension": each.dimension, "most_choices": each.most_choices,
                    "asked_when": _written(each.asked_when), "asked_by_default": each.asked_by_default,
                },
            )
            for each in version.questions
        },
        {f"{each.code}={answer.code}": (answer.text, {}) for each in version.questions for answer in each.answers},
    )  # fmt: skip


def _of_kind(kind: str, old: _Part, new: _Part) -> Iterator[Difference]:
    for code, (text, facts) in new.items():
        if code not in old:
            yield Difference(ADDED, kind, code, "text", None, text)
            continue
        text_before, facts_before = old[code]
        if text_before != text:
            yield Difference(REWORDED, kind, code, "text", text_before, text)
        for aspect, value in facts.items():
            if facts_before[aspect] != value:
                yield Difference(CHANGED, kind, code, aspect, facts_before[aspect], value)
    yield from (Difference(REMOVED, kind, code, "text", text, None) for code, (text, _) in old.items() if code not in new)


def _written(condition: Condition | None) -> str | None:
    return f"{condition.question}={condition.answer}" if condition else None
