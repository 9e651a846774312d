"""The operational items laid out in arrays: what every strategy may look up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.item_sets import ItemSets
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.read_only import read_only
from compassess.scoring import lowest_categories

__all__ = ["CELL", "Pool"]

Floats = NDArray[np.float64]

#: θ is rounded to cells of this width before an item is chosen: information hardly changes within
#: one, and a choice cannot hang on the last bits of a sum.
CELL: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """Read-only arrays over the operational items, in the bank's order.

    Attributes
    ----------
    measurement : items, lattice and log-probabilities.
    competency, block, carrier : indices of each item's, (n_items,).
    loading : λ of each item's competency, (n_items,).
    row_of : row of the table of log-probabilities by item and code, (n_items, max K).
    probability : that of every answer on the nodes, rows as in the measurement's ``table``, (n_rows, Q).
    lowest : the category of each item that speaks for the lowest ability, (n_items,).
    sets : items that share a stimulus and are presented together; None where none are.
    keeps_codes : whether a sitting keeps the category of every answer, for a rule that asks for it.
    cells, information : θ of the cells, (n_cells,), and items' information there, (n_cells, n_items).
    """

    measurement: Measurement
    competency: NDArray[np.intp]
    block: NDArray[np.intp]
    carrier: NDArray[np.intp]
    loading: Floats
    row_of: NDArray[np.intp]
    probability: Floats
    lowest: NDArray[np.intp]
    cells: Floats
    information: Floats
    sets: ItemSets | None = None
    keeps_codes: bool = False

    @classmethod
    def create(
        cls, measurement: Measurement, sets: ItemSets | None = None, *, keeps_codes: bool = False
    ) -> Pool:
        """Lay out the items of ``measurement``."""
        items, people = measurement.items, measurement.items.population
        limit = float(measurement.lattice.grid.theta[-1])
        cells = np.linspace(-limit, limit, round(2 * limit / CELL) + 1)
        return cls(
            measurement=measurement,
            competency=read_only(items.competency_index),
            block=read_only(items.block_index),
            carrier=read_only(measurement.layout.carrier_of_item),
            loading=read_only(people.loadings[items.competency_index]),
            row_of=read_only(measurement.layout.row_of),
            probability=read_only(np.exp(measurement.table)),
            lowest=read_only(lowest_categories(items)),
            cells=read_only(cells),
            information=read_only(np.ascontiguousarray(measurement.information(cells).T)),
            sets=sets,
            keeps_codes=keeps_codes,
        )

    @property
    def n_items(self) -> int:
        """Operational items."""
        return len(self.competency)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their names."""
        return self.measurement.items.ids

    @property
    def lattice(self) -> Lattice:
        """The population on the grid."""
        return self.measurement.lattice

    def cell_of(self, theta: Floats) -> NDArray[np.intp]:
        """The nearest cell of every θ; beyond the grid its end counts."""
        limit = self.cells[-1]
        within = np.minimum(np.maximum(theta, -limit), limit)  # np.clip takes longer on a few numbers
        return np.rint((within + limit) / CELL).astype(np.intp)

    def cell_of_one(self, theta: float) -> int:
        """The same of one θ."""
        limit = float(self.cells[-1])
        return round((min(max(theta, -limit), limit) + limit) / CELL)

    def information_at(self, theta: Floats) -> Floats:
        """Items' information at the cell of θ (n, n_competencies) of their competency, (n, n_items)."""
        return np.asarray(self.information[self.cell_of(theta)[:, self.competency], np.arange(self.n_items)])
