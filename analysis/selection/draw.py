"""What a draw is: who was drawn, with what probability, and who comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Selected:
    """One who was drawn.

    Attributes
    ----------
    id : label
    stratum, unit : label or None
        Where the draw has strata or sampling units.
    probability : float
        Chance of being drawn, above 0 and at most 1, over all stages.
    """

    id: Any
    stratum: Any
    unit: Any
    probability: float

    @property
    def weight(self) -> float:
        """1 / probability: how many people this one stands for."""
        return 1 / self.probability


@dataclass(frozen=True, slots=True)
class Reserve:
    """The replacement list of one stratum and unit: whom to ask next, in this order."""

    stratum: Any
    unit: Any
    ids: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as it was made; run again with the same frame and seed it is the same.

    Attributes
    ----------
    seed : int
    selected : tuple of Selected
        Stratum by stratum, unit by unit, in the order drawn (systematic: in the order of the list).
    reserves : tuple of Reserve
        One for each stratum and unit.
    """

    seed: int
    selected: tuple[Selected, ...]
    reserves: tuple[Reserve, ...]

    @property
    def ids(self) -> tuple[Any, ...]:
        return tuple(one.id for one in self.selected)


def joined(seed: int, drawn: list[tuple[tuple[Selected, ...], Reserve]]) -> Draw:
    return Draw(seed, tuple(one for selected, _ in drawn for one in selected), tuple(reserve for _, reserve in drawn))
