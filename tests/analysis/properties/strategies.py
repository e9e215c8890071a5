"""Made-up surveys for property tests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from analysis import Design, Domains, IndexTable, Measures, UnitTotals, index_table

MEASURES = Measures.of({"A1": "A", "A2": "A", "B1": "B", "B2": "B", "B3": "B"}, general=("G1",))


@dataclass(frozen=True)
class Survey:
    ratings: np.ndarray
    weights: np.ndarray
    form_weights: np.ndarray
    strata: np.ndarray
    units: np.ndarray
    groups: np.ndarray

    def taken(self, order: np.ndarray) -> Survey:
        return Survey(*(getattr(self, name)[order] for name in self.__dataclass_fields__))

    def table(self) -> IndexTable:
        """By group, from respondents."""
        totals = UnitTotals.from_ratings(MEASURES, self.ratings, form_weights=self.form_weights)
        design = Design.of(len(self.ratings), strata=self.strata, clusters=self.units, weights=self.weights)
        return index_table(totals, measures=MEASURES, design=design, domains=Domains.by(self.groups)[0])

    def times(self, factor: float) -> Survey:
        return replace(self, weights=self.weights * factor)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Up to 60 people in up to 12 units of up to 3 strata; some answer nothing; groups are made of whole units."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people, units = draw(st.integers(1, 60)), draw(st.integers(1, 12))
    unit = rng.integers(0, units, people)
    ratings = rng.integers(1, 6, (people, 6)) * (rng.random((people, 6)) < draw(st.sampled_from([0.1, 0.6, 1.0])))
    return Survey(
        ratings=ratings.astype(float),
        weights=rng.choice([0.5, 1.0, 2.0, 3.7], people),
        form_weights=rng.choice([1.0, 4.0, 5.0, 6.0], (people, 6)),
        strata=unit % draw(st.integers(1, 3)),
        units=unit,
        groups=unit // draw(st.integers(1, 4)),
    )
