"""Short forms: variants that ask one criterion of every dimension, all equally often and in mixed company.

Equally often makes each answer's weight 1/P(asked) the same within a dimension; evenly mixed pairs let the short form also tell how
criteria of different dimensions go together. The search runs once, when a questionnaire is written; its file is the authority afterwards.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from math import exp

Column = list[int]


def balanced_short_forms(dimensions: Sequence[Sequence[str]], *, variants: int = 60, seed: int = 2017) -> tuple[tuple[str, ...], ...]:
    """Variants that ask each criterion of a dimension equally often, pairs across dimensions as evenly as simulated annealing finds.

    Parameters
    ----------
    dimensions
        The criterion codes of each dimension.
    variants
        A multiple of every dimension's number of criteria.

    Raises
    ------
    ValueError
        A dimension is empty or its criteria cannot be asked equally often.
    """
    for criteria in dimensions:
        if not criteria or variants % len(criteria):
            raise ValueError(f"{len(criteria)} criteria cannot be asked equally often in {variants} variants")
    chance = random.Random(seed)  # noqa: S311 # nosec B311
    columns = [_shuffled(len(criteria), variants, chance) for criteria in dimensions]
    _anneal(columns, [len(criteria) for criteria in dimensions], chance)
    rows = sorted(zip(*columns, strict=True))
    return tuple(tuple(criteria[place] for criteria, place in zip(dimensions, row, strict=True)) for row in rows)


def pair_counts(variants: Sequence[Sequence[str]]) -> Counter[tuple[str, str]]:
    """How often two criteria stand together in a variant."""
    return Counter(pair for variant in variants for pair in combinations(variant, 2))


def _shuffled(criteria: int, variants: int, chance: random.Random) -> Column:
    column = [row % criteria for row in range(variants)]
    chance.shuffle(column)
    return column


class _Pairs:
    """Counts of pairs between every two columns, and what swapping two rows of one column would change."""

    def __init__(self, columns: list[Column], sizes: Sequence[int]) -> None:
        self.columns = columns
        self.counts = [[[[0] * b for _ in range(a)] for b in sizes] for a in sizes]
        for row in range(len(columns[0])):
            for left in range(len(columns)):
                for right in range(len(columns)):
                    self.counts[left][right][columns[left][row]][columns[right][row]] += 1

    def cost_of_swap(self, column: int, first: int, second: int) -> int:
        """Change of the sum of squared pair counts; taken back by swapping again."""
        before = self._squares(column, first, second)
        self.swap(column, first, second)
        return self._squares(column, first, second) - before

    def swap(self, column: int, first: int, second: int) -> None:
        values = self.columns[column]
        self._add(column, first, -1)
        self._add(column, second, -1)
        values[first], values[second] = values[second], values[first]
        self._add(column, first, 1)
        self._add(column, second, 1)

    def _add(self, column: int, row: int, change: int) -> None:
        own = self.columns[column][row]
        for other, values in enumerate(self.columns):
            if other != column:
                self.counts[column][other][own][values[row]] += change
                self.counts[other][column][values[row]][own] += change

    def _squares(self, column: int, first: int, second: int) -> int:
        values, total = self.columns[column], 0
        for other, others in enumerate(self.columns):
            if other != column:
                cells = {(a, b) for a in (values[first], values[second]) for b in (others[first], others[second])}
                total += sum(self.counts[column][other][a][b] ** 2 for a, b in cells)
        return total


def _anneal(columns: list[Column], sizes: Sequence[int], chance: random.Random, *, steps: int = 60_000) -> None:
    """Swap rows within columns while that evens the pairs out; early on, now and then, although it does not."""
    pairs = _Pairs(columns, sizes)
    variants = len(columns[0])
    for step in range(steps):
        column, first, second = chance.randrange(len(columns)), chance.randrange(variants), chance.randrange(variants)
        if columns[column][first] == columns[column][second]:
            continue
        heat = 4.0 * (1 - step / steps) ** 2 + 1e-9
        change = pairs.cost_of_swap(column, first, second)
        if change > 0 and chance.random() >= exp(-change / heat):
            pairs.swap(column, first, second)
