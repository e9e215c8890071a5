"""Sums and variances inside domains: from rows to units to strata, for all domains and measures at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from analysis.coding import BoolArray, FloatArray, IntArray
from analysis.design import Design, Stage
from analysis.domains import Domains


@dataclass(frozen=True, eq=False)
class Layer:
    """One stage's units as seen by the domains. A cell is a unit's members of one domain; a group, a stratum's cells.

    Attributes
    ----------
    domain_of_cell, group_of_cell : (C,) int arrays
    by_group : (S, C) sparse array
        Sums cells over (domain, stratum).
    by_domain : (G, S) sparse array
        Sums groups over domains.
    factor : (S,) float array
        What the group's stratum multiplies its squares with (`Stage.factor`).
    sample_size, absent : (S,) float arrays
        Units sampled in the group's stratum; how many of them have no member in the domain.
    """

    domain_of_cell: IntArray
    group_of_cell: IntArray
    by_group: csr_array
    by_domain: csr_array
    factor: FloatArray
    sample_size: FloatArray
    absent: FloatArray

    @classmethod
    def of(cls, stage: Stage, *, unit_of_cell: IntArray, domain_of_cell: IntArray, domains: int) -> Self:
        stratum_of_cell = stage.stratum_of_unit[unit_of_cell]
        key, group_of_cell = np.unique(domain_of_cell * len(stage.sample_size) + stratum_of_cell, return_inverse=True)
        domain_of_group, stratum_of_group = np.divmod(key, len(stage.sample_size))
        size = stage.sample_size[stratum_of_group]
        return cls(
            domain_of_cell,
            group_of_cell,
            _sums(group_of_cell, len(key)),
            _sums(domain_of_group, domains),
            stage.factor[stratum_of_group],
            size,
            size - np.bincount(group_of_cell, minlength=len(key)),
        )

    def variance(self, z: FloatArray) -> FloatArray:
        """(G, T) variance of the domain totals of z (C, T). Units without members stand at 0; a lonely unit deviates from 0."""
        mean = self.by_group @ z / self.sample_size[:, None]
        mean[self.sample_size == 1] = 0
        squares = self.by_group @ (z - mean[self.group_of_cell]) ** 2 + self.absent[:, None] * mean**2
        variance: FloatArray = self.by_domain @ (self.factor[:, None] * squares)
        return variance

    def units_and_strata(self, present: BoolArray) -> tuple[IntArray, IntArray]:
        """(G, M) How many units, and how many strata, have a cell that is present (C, M)."""
        cells = self.by_group @ present.astype(float)
        units, strata = self.by_domain @ cells, self.by_domain @ (cells > 0).astype(float)
        return units.astype(np.int64), strata.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows gathered into the finest units inside each domain, and the layers above.

    Attributes
    ----------
    weighted, counted : (C, n) sparse arrays
        Sum rows into cells, with and without weights.
    totalled : (G, C) sparse array
        Sums cells into domains.
    domain_of_cell : (C,) int array
    coarser : (C1, C) sparse array or None
        Sums second-stage cells into first-stage cells.
    layers : tuple of Layer
        First stage first.
    """

    weighted: csr_array
    counted: csr_array
    totalled: csr_array
    domain_of_cell: IntArray
    coarser: csr_array | None
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, design: Design, domains: Domains) -> Self:
        finest = design.stages[-1]
        key, cell = np.unique(domains.domain * len(finest.stratum_of_unit) + finest.unit_of_row[domains.row], return_inverse=True)
        domain_of_cell, unit_of_cell = np.divmod(key, len(finest.stratum_of_unit))
        layer = Layer.of(finest, unit_of_cell=unit_of_cell, domain_of_cell=domain_of_cell, domains=domains.count)
        coarser: csr_array | None = None
        layers: tuple[Layer, ...] = (layer,)
        if len(design.stages) == 2:
            coarser, first = _first_stage(design, layer, unit_of_cell=unit_of_cell, domains=domains.count)
            layers = (first, layer)
        shape = (len(key), design.rows)
        return cls(
            csr_array((design.weights[domains.row], (cell, domains.row)), shape=shape),
            csr_array((np.ones(len(cell)), (cell, domains.row)), shape=shape),
            _sums(domain_of_cell, domains.count),
            domain_of_cell,
            coarser,
            layers,
        )

    def variance(self, z: FloatArray) -> FloatArray:
        """(G, T) linearised variance from the cells' weighted scores z (C, T), over all stages."""
        if self.coarser is None:
            return self.layers[0].variance(z)
        return self.layers[0].variance(self.coarser @ z) + self.layers[1].variance(z)

    def units_and_strata(self, valid: FloatArray) -> tuple[IntArray, IntArray]:
        """(G, M) first-stage units and strata with a positive valid total (C, M)."""
        present = valid if self.coarser is None else self.coarser @ valid
        return self.layers[0].units_and_strata(present > 0)


def _first_stage(design: Design, second: Layer, *, unit_of_cell: IntArray, domains: int) -> tuple[csr_array, Layer]:
    """A second-stage group is a first-stage cell: a first-stage unit inside a domain."""
    cells = len(second.sample_size)
    unit_of_group, domain_of_group = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    unit_of_group[second.group_of_cell] = design.stages[1].stratum_of_unit[unit_of_cell]
    domain_of_group[second.group_of_cell] = second.domain_of_cell
    first = Layer.of(design.stages[0], unit_of_cell=unit_of_group, domain_of_cell=domain_of_group, domains=domains)
    return second.by_group, first


def _sums(target: IntArray, size: int) -> csr_array:
    """(size, len(target)) sparse array that adds entry i to target[i]."""
    return csr_array((np.ones(len(target)), (target, np.arange(len(target)))), shape=(size, len(target)))
