"""How many respondents are needed, in whole people."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

#: A size this little above a whole number is that number: noise of binary floating point asks nobody.
NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many respondents are needed.

    Attributes
    ----------
    n : int or None
        `exact`, rounded up; None where no size is enough.
    exact : float or None
        The formula's value.
    why : str or None
        ``first_wave_too_small``: even asking everybody in the second wave would not show the change.
    """

    n: int | None
    exact: float | None
    why: Literal["first_wave_too_small"] | None = None


def rounded_up(exact: float) -> SampleSize:
    return SampleSize(max(ceil(exact - NOISE), 1), exact)
