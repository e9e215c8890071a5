"""Where each agency stands among those of its kind: funnel, difference from all of them, rank set, and whom it cannot be told from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import compare, covariance_with_whole, funnel_points, indistinguishable, interval_variance, overdispersion, rank_sets
from survey.domain.disclosure import RANK_FROM
from survey.queries.places import Place

#: Fewer agencies of a kind have no common level that they could stand out from.
LEAST_PEERS = 3
CONFIDENCE_LEVEL = 0.95
FALSE_DISCOVERY_RATE = 0.05
DRAWS, SEED = 20_000, 2021

Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Headline:
    """An agency's overall index as everybody may see it who sees all agencies."""

    agency_id: int
    kind: str
    parent_id: int | None
    respondents: int
    index: float
    n_eff: float


def place_agencies(headlines: Sequence[Headline], *, in_full: bool) -> dict[int, Row]:
    """Place the agencies that can be compared: from 30 respondents on, and of each branch of the tree the topmost of a kind.

    Everything rests on numbers that all who see these agencies may see, and on nothing else. Without `in_full` there are neither
    tests nor ranks, which take a second or two for 150 agencies.
    """
    kinds: dict[str, list[Headline]] = {}
    for headline in sorted(_comparable(headlines), key=lambda h: h.agency_id):
        kinds.setdefault(headline.kind, []).append(headline)
    return {
        agency: asdict(place)
        for peers in kinds.values()
        if len(peers) >= LEAST_PEERS
        for agency, place in _places(peers, in_full=in_full).items()
    }


def _comparable(headlines: Sequence[Headline]) -> list[Headline]:
    """Those with enough respondents that are not a part of another one of their kind."""
    of = {headline.agency_id: headline for headline in headlines}
    return [h for h in headlines if h.respondents >= RANK_FROM and not _is_part(h, of)]


def _is_part(headline: Headline, of: Mapping[int, Headline]) -> bool:
    above = of.get(headline.parent_id) if headline.parent_id is not None else None
    while above is not None:
        if above.kind == headline.kind:
            return True
        above = of.get(above.parent_id) if above.parent_id is not None else None
    return False


def _places(peers: Sequence[Headline], *, in_full: bool) -> dict[int, Place]:
    shares, n_eff = np.array([h.index for h in peers]), np.array([h.n_eff for h in peers])
    parts = np.array([h.respondents for h in peers], dtype=float)
    parts /= parts.sum()
    target = float(np.clip(parts @ shares, 0, 1))
    tau2 = overdispersion(shares, n_eff=n_eff, target=target).tau2
    funnel = funnel_points(shares, n_eff=n_eff, target=target, tau2=tau2)
    found = [
        Place(peer.kind, len(peers), target, tau2, peer.n_eff, point.position, peer.index - target)
        for peer, point in zip(peers, funnel, strict=True)
    ]
    if in_full:
        se = np.sqrt(interval_variance(shares, n_eff=n_eff))
        tests, ranks = _differs(shares, se, parts, target), _ranks(peers, shares, se)
        found = [replace(place, differs=test, **rank) for place, test, rank in zip(found, tests, ranks, strict=True)]
    return {peer.agency_id: place for peer, place in zip(peers, found, strict=True)}


def _differs(shares: Floats, se: Floats, parts: Floats, target: float) -> list[bool]:
    """Each agency against all of them together, of which it is a part."""
    covariance = covariance_with_whole(se=se, parts=parts, whole_se=float(np.sqrt(parts**2 @ se**2)))
    against = compare([*shares, target], covariance=covariance, against=len(shares))
    return [row.p_bh is not None and row.p_bh <= FALSE_DISCOVERY_RATE for row in against]


def _ranks(peers: Sequence[Headline], shares: Floats, se: Floats) -> list[Row]:
    sets = rank_sets(shares, se=se, confidence_level=CONFIDENCE_LEVEL, draws=DRAWS, seed=SEED)
    like = indistinguishable(compare(shares, se=se), count=len(peers), false_discovery_rate=FALSE_DISCOVERY_RATE)
    bounds = (sets.marginal_low, sets.marginal_high, sets.simultaneous_low, sets.simultaneous_high)
    names = ("rank_low", "rank_high", "all_low", "all_high")
    return [
        {name: int(bound[i]) for name, bound in zip(names, bounds, strict=True)} | {"like": [peers[j].agency_id for j in sorted(like[i])]}
        for i in range(len(peers))
    ]
