"""Names of measures that fit on one line of a phone. No part of the frozen questionnaire: nobody was asked in these words."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from survey.domain.questionnaire import Questionnaire, Text

_QUESTIONNAIRES = Path(__file__).parent.parent / "questionnaires"


def short_names(questionnaire: Questionnaire) -> Mapping[str, Text]:
    """By dimension and criterion; where the questionnaire's folder has no short name, the full wording."""
    full: dict[str, Text] = {dimension.code: dimension.text for dimension in questionnaire.dimensions}
    full |= {criterion.code: criterion.text for criterion in (*questionnaire.criteria, questionnaire.general)}
    return full | _written(questionnaire.code)


@cache
def _written(code: str) -> dict[str, Text]:
    try:
        with (_QUESTIONNAIRES / code / "short_names.csv").open(encoding="utf-8", newline="") as file:
            return {row["code"]: {"vi": row["text_vi"], "en": row["text_en"]} for row in csv.DictReader(file)}
    except FileNotFoundError:
        return {}
