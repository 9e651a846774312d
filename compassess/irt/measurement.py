"""Known items laid out on a grid: the tables that scoring, simulation and a live sitting share.

Made once for a bank; after that an answer is one row of ``table`` added to a log-likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.design import Design, design_of
from compassess.irt.grid import Grid, default_n_nodes
from compassess.irt.items import Items
from compassess.irt.lattice import Lattice
from compassess.irt.layout import Layout, batch_parameters, layout_of, log_probability_table
from compassess.irt.population import Population
from compassess.responses import Responses

__all__ = ["Measurement"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """Items, their population on a grid, and the log-probability of every answer on the nodes.

    Attributes
    ----------
    items : items without finite parameters are carried along and add nothing.
    lattice : the population on the grid.
    layout : where each (item, code) stands in ``table``.
    table : log P, (n_rows, n_nodes).
    """

    items: Items
    lattice: Lattice
    layout: Layout
    table: Floats

    @classmethod
    def create(
        cls,
        items: Items,
        *,
        nodes: int | None = None,
        limit: float | None = None,
        population: Population | None = None,
    ) -> Measurement:
        """Lay out ``items`` on ``nodes`` equally spaced nodes a block on ±``limit`` (6).

        ``population`` replaces the items' own; it must know the items' competencies, in any order.

        Raises
        ------
        InputError : competencies of the items that the population does not know.
        """
        people = population or items.population
        n_nodes = nodes or default_n_nodes(people.n_blocks)
        grid = Grid.create(n_nodes) if limit is None else Grid.create(n_nodes, limit)
        lattice = Lattice(people, grid)
        carriers = lattice.carrier_of_competency[_places(items, people)]
        layout = layout_of(items.category_map(), items.models, carriers, lattice.n_carriers)
        parameters = [batch_parameters(items, batch) for batch in layout.batches]
        table = log_probability_table(layout, parameters, grid.theta)
        table.flags.writeable = False
        return cls(items=items, lattice=lattice, layout=layout, table=table)

    def design(self, responses: Responses) -> Design:
        """The responses matched with the items by name."""
        return design_of(responses, self.items.ids, self.layout)

    def item_log_probability(self) -> Floats:
        """log P by item and code, (n_items, max K, n_nodes); 0 where the item has no such code."""
        padded = np.concatenate([self.table, np.zeros((1, self.table.shape[1]))])
        return padded[self.layout.row_of]


def _places(items: Items, population: Population) -> NDArray[np.intp]:
    """Index of each item's competency in ``population``, found by name, (n_items,)."""
    place = {name: index for index, name in enumerate(population.competencies)}
    raise_if_any(
        [
            Problem(
                where="population",
                what=f"it does not know the items' competency {name!r}",
                expected=f"one of {', '.join(population.competencies)}",
            )
            for name in dict.fromkeys(items.competencies)
            if name not in place
        ]
    )
    return np.array([place[name] for name in items.competencies], dtype=np.intp)
