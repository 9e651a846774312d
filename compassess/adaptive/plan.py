"""An assessment laid out in arrays: what the rules of a sitting look up at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.strategies import Criterion, StoppingRule, criterion_named, stopping_named
from compassess.bank import Blueprint
from compassess.irt import information
from compassess.irt.lattice import Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.read_only import read_only
from compassess.scoring import lowest_categories

__all__ = ["CELL", "Plan"]

Floats = NDArray[np.float64]
Array = TypeVar("Array", bound=NDArray[Any])

#: θ is rounded to cells of this width before an item is chosen: information hardly changes within
#: one, and a choice cannot hang on the last bits of a sum.
CELL: Final = 0.02
_NO_MAXIMUM: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Read-only arrays over the operational items, in the bank's order.

    Attributes
    ----------
    measurement : items, lattice and log-probabilities.
    competency, block, carrier : indices of each item's, (n_items,).
    row_of : row of the table of log-probabilities by item and code, (n_items, max K).
    lowest : the category of each item that speaks for the lowest ability, (n_items,).
    cells, information : θ of the cells, (n_cells,), and items' information there, (n_cells, n_items).
    minimum, maximum : items of each competency, (n_competencies,).
    shortest, longest : length of a sitting.
    targets : standard error wanted in each block, (n_blocks,).
    randomesque : an item is drawn from so many best.
    """

    measurement: Measurement
    competency: NDArray[np.intp]
    block: NDArray[np.intp]
    carrier: NDArray[np.intp]
    row_of: NDArray[np.intp]
    lowest: NDArray[np.intp]
    cells: Floats
    information: Floats
    minimum: NDArray[np.int64]
    maximum: NDArray[np.int64]
    shortest: int
    longest: int
    targets: Floats
    randomesque: int
    criterion: Criterion
    stopping: StoppingRule

    @property
    def n_items(self) -> int:
        """Operational items."""
        return len(self.competency)

    @property
    def lattice(self) -> Lattice:
        """The population on the grid."""
        return self.measurement.lattice

    @classmethod
    def create(cls, measurement: Measurement, blueprint: Blueprint) -> Plan:
        """Lay out ``blueprint`` over the measurement's items; names of strategies are looked up here."""
        items, people = measurement.items, measurement.items.population
        limits = [blueprint.competencies[name] for name in people.competencies]
        limit = float(measurement.lattice.grid.theta[-1])
        cells = np.linspace(-limit, limit, round(2 * limit / CELL) + 1)
        maxima = [_NO_MAXIMUM if one.maximum is None else one.maximum for one in limits]
        return cls(
            measurement=measurement,
            competency=read_only(items.competency_index),
            block=read_only(items.block_index),
            carrier=read_only(measurement.layout.carrier_of_item),
            row_of=read_only(measurement.layout.row_of),
            lowest=read_only(lowest_categories(items)),
            cells=read_only(cells),
            information=read_only(np.ascontiguousarray(information(items, cells).T)),
            minimum=read_only(np.array([one.minimum for one in limits], dtype=np.int64)),
            maximum=read_only(np.array(maxima, dtype=np.int64)),
            shortest=blueprint.length.minimum,
            longest=blueprint.length.maximum,
            targets=read_only(np.array([blueprint.stopping.target_for(name) for name in people.blocks])),
            randomesque=blueprint.selection.randomesque,
            criterion=criterion_named(blueprint.selection.criterion),
            stopping=stopping_named(blueprint.stopping.rule),
        )
