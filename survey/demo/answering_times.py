"""How long each simulated person took, as far as a phone would tell it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey.domain.submission import ANSWERING_TIMES

#: Half of honest people take longer for an answer after the first one; people, and the desks that they come to, differ.
SECONDS_AN_ANSWER, PEOPLE_DIFFER, DESKS_DIFFER = 7.0, 0.5, 0.1
#: Who has a pile to send taps through the forms.
FORGED_SECONDS_AN_ANSWER = 1.2
#: Phones without script, or that deny storage. A kiosk always tells.
UNKNOWN_SHARE = 0.12
_ENDS = (15, 60, 300)


def answering_times(
    answers: NDArray[np.int64], desk: NDArray[np.intp], *, kiosk: NDArray[np.bool_], stuffed: NDArray[np.bool_], chance: np.random.Generator
) -> list[str | None]:
    """One of `ANSWERING_TIMES` for each person, or None where the phone told nothing; counted from the first of the `answers`."""
    of_desk = DESKS_DIFFER * chance.standard_normal(int(desk.max(initial=0)) + 1)
    pace = SECONDS_AN_ANSWER * np.exp(of_desk[desk] + PEOPLE_DIFFER * chance.standard_normal(len(desk)))
    seconds = np.where(stuffed, FORGED_SECONDS_AN_ANSWER, pace) * np.maximum(answers - 1, 1)
    known = kiosk | (chance.random(len(desk)) >= UNKNOWN_SHARE)
    places = np.searchsorted(_ENDS, seconds, side="right")
    return [ANSWERING_TIMES[place] if told else None for place, told in zip(places.tolist(), known.tolist(), strict=True)]
