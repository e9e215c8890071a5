"""How far an index is from what was aimed at, and how sure that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

#: The whole interval lies at or above the target, below it, or on both sides.
REACHED, MISSED, UNCLEAR = "reached", "missed", "unclear"
_PERCENT = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


@dataclass(frozen=True)
class Distance:
    """Index minus target with the bounds of the index's interval carried along, as shares: a target is a given number without error."""

    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        if self.low >= 0:
            return REACHED
        return MISSED if self.high < 0 else UNCLEAR


def distance(index: float, low: float, high: float, target: Decimal) -> Distance:
    """All four as shares between 0 and 1."""
    aim = float(target)
    return Distance(index - aim, low - aim, high - aim)


def read_percent(text: str) -> Decimal | None:
    """A percentage as people type it, ``90``, ``87,5`` or ``87.50 %``; None when it is none above 0 and up to 100."""
    typed = text.strip().removesuffix("%").strip()
    if not _PERCENT.fullmatch(typed):
        return None
    percent = Decimal(typed.replace(",", "."))
    return percent if 0 < percent <= 100 else None
