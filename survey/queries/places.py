"""Where an agency stands among those of its kind, as stored with its score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """An agency among the `peers` of its kind that can be compared, itself one of them.

    Attributes
    ----------
    target, tau2 : float
        The index of all peers together, each with the weight of its respondents; the variance between them beyond chance.
    n_eff, position
        Where in the funnel it stands (`analysis.FunnelPoint`), with overdispersed limits.
    difference : float
        Its index less `target`, in shares.
    differs : bool or None
        At a false-discovery rate of 5 % over all peers. None in a live result, as is all that follows.
    rank_low, rank_high : int or None
        Ranks that hold its true rank with 95 % confidence.
    all_low, all_high : int or None
        The same for the ranks of all peers at once.
    like : list of agency ids, or None
        From whom it cannot be told, at a false-discovery rate of 5 % over all pairs.
    """

    kind: str
    peers: int
    target: float
    tau2: float
    n_eff: float
    position: str
    difference: float
    differs: bool | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    all_low: int | None = None
    all_high: int | None = None
    like: list[int] | None = None

    @property
    def side(self) -> str:
        """``above`` or ``below`` all together where that is found, ``like`` where it is not, ``untested`` in a live result."""
        if self.differs is None:
            return "untested"
        if not self.differs:
            return "like"
        return "above" if self.difference > 0 else "below"


def place_of(findings: Mapping[str, Any] | None) -> Place | None:
    found = (findings or {}).get("place")
    return Place(**found) if found else None
