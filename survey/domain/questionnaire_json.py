"""A questionnaire version as canonical JSON: the same version always gives the same bytes, so that its SHA-256 proves it unchanged."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from survey.domain.questionnaire import Answer, Condition, Criterion, Dimension, Level, Question, Questionnaire


def to_json(questionnaire: Questionnaire) -> str:
    """Sorted keys, no spaces, letters as they are; order of questions and answers kept."""
    return json.dumps(asdict(questionnaire), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Questionnaire:
    """The version that `to_json` wrote; ValueError when `text` is not one."""
    try:
        return _questionnaire(json.loads(text))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a questionnaire: {error!r}") from error


def _questionnaire(data: dict[str, Any]) -> Questionnaire:
    parts = {
        "levels": tuple(Level(**level) for level in data["levels"]),
        "dimensions": tuple(Dimension(**dimension) for dimension in data["dimensions"]),
        "criteria": tuple(Criterion(**criterion) for criterion in data["criteria"]),
        "general": Criterion(**data["general"]),
        "questions": tuple(_question(question) for question in data["questions"]),
        "short_forms": tuple(tuple(variant) for variant in data["short_forms"]),
    }
    return Questionnaire(**{**data, **parts})


def _question(data: dict[str, Any]) -> Question:
    condition = data["asked_when"]
    answers = tuple(Answer(**answer) for answer in data["answers"])
    return Question(**{**data, "answers": answers, "asked_when": Condition(**condition) if condition else None})
