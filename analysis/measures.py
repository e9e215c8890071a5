"""What is measured: criteria, the dimensions they belong to, the whole, and general questions beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.results import Level, Rule

OVERALL = "ALL"


class Column(NamedTuple):
    """One estimated number: a measure under a rule. `base` is the measure whose people and answers it rests on."""

    key: str
    level: Level
    rule: Rule
    base: int


@dataclass(frozen=True)
class Measures:
    """The measures of an instrument, in the order in which every array names them.

    Parameters
    ----------
    criteria : tuple of str
        Codes of the K rated criteria.
    dimension_of : tuple of str
        The dimension of each criterion, length K.
    general : tuple of str
        Rated questions shown beside the index and never averaged into it (G1).
    overall : str
        The key of the whole.

    Raises
    ------
    AnalysisError
        No criterion, lengths that differ, or a key that occurs twice.

    Examples
    --------
    >>> m = Measures.of({"A1": "ACCESS", "A2": "ACCESS", "B1": "STAFF"}, general=("G1",))
    >>> m.keys
    ('A1', 'A2', 'B1', 'ACCESS', 'STAFF', 'ALL', 'G1')
    """

    criteria: tuple[str, ...]
    dimension_of: tuple[str, ...]
    general: tuple[str, ...] = ()
    overall: str = OVERALL

    def __post_init__(self) -> None:
        if not self.criteria:
            raise AnalysisError("criteria", got="none", expected="at least one criterion")
        if len(self.criteria) != len(self.dimension_of):
            raise AnalysisError("dimension_of", got=f"{len(self.dimension_of)} entries", expected=f"{len(self.criteria)}, one a criterion")
        twice = sorted({key for key in self.keys if self.keys.count(key) > 1})
        if twice:
            raise AnalysisError("criteria", got=f"the key {twice[0]!r} twice", expected="every key once")

    @classmethod
    def of(cls, dimension_of: Mapping[str, str], *, general: tuple[str, ...] = (), overall: str = OVERALL) -> Self:
        """From a mapping criterion → dimension."""
        return cls(tuple(dimension_of), tuple(dimension_of.values()), general, overall)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.dimension_of))

    @cached_property
    def rated(self) -> tuple[str, ...]:
        """What a person rates: criteria, then general questions. The columns of a matrix of ratings."""
        return self.criteria + self.general

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The M measures, the columns of unit totals: criteria, dimensions, the whole, general questions."""
        return (*self.criteria, *self.dimensions, self.overall, *self.general)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every estimated number: the M pooled measures, then the means of criteria and of dimensions."""
        k, d = len(self.criteria), len(self.dimensions)
        levels: list[Level] = ["criterion" for _ in self.criteria]
        levels += ["dimension" for _ in self.dimensions]
        levels += ["overall"]
        levels += ["general" for _ in self.general]
        pooled = [Column(key, level, "pooled", i) for i, (key, level) in enumerate(zip(self.keys, levels, strict=True))]
        means = [Column(key, "dimension", "criteria", k + i) for i, key in enumerate(self.dimensions)]
        rules: tuple[Rule, ...] = ("criteria", "dimensions", "dimensions_of_criteria")
        return (*pooled, *means, *(Column(self.overall, "overall", rule, k + d) for rule in rules))

    @cached_property
    def sums(self) -> NDArray[np.float64]:
        """(rated, M) zeros and ones: answers @ sums adds criteria up to dimensions and the whole."""
        sums = np.zeros((len(self.rated), len(self.keys)))
        for i, (criterion, dimension) in enumerate(zip(self.criteria, self.dimension_of, strict=True)):
            for key in (criterion, dimension, self.overall):
                sums[i, self.keys.index(key)] = 1
        for i, key in enumerate(self.general, start=len(self.criteria)):
            sums[i, self.keys.index(key)] = 1
        return sums

    @cached_property
    def criteria_in_dimension(self) -> NDArray[np.float64]:
        """(K, D) zeros and ones: which criterion is a part of which dimension."""
        return self.sums[: len(self.criteria), len(self.criteria) : len(self.criteria) + len(self.dimensions)]
