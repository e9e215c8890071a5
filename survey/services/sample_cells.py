"""The cells of a file of respondents: ratings, labels and numbers above 0."""

from __future__ import annotations

from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from analysis import Measures
from survey.services.read_respondents import Respondents, WrongCell

#: A rating as programs write it; a program that knows no whole numbers writes 4.0.
_RATINGS = {"": 0} | {f"{rating}{tail}": rating for rating in range(1, 6) for tail in ("", ".0")}


def ratings_of(data: Respondents, measures: Measures) -> NDArray[np.uint8]:
    """(n, R) ratings, 0 for no answer."""
    coded = (data.coded(key, _rating) for key in measures.rated)
    return np.array([np.array(values, dtype=np.uint8)[codes] for codes, values in coded]).T


def _rating(text: str) -> int:
    rating = _RATINGS.get(text)
    if rating is None:
        raise WrongCell(f"{text!r} is no rating; use 1 to 5, and leave the cell empty where there is no answer")
    return rating


def label(text: str) -> str:
    if not text:
        raise WrongCell("the cell is empty; every row needs a value here")
    return text


def positive_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not (isfinite(number) and number > 0):
        raise WrongCell(f"{text!r} is no number above 0; write it like 12.5")
    return number
