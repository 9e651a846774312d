"""Known items laid out on a grid: the tables that scoring, simulation and a live sitting share.

Made once for a bank; after that an answer is one row of ``table`` added to a log-likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.design import Design, design_of
from compassess.irt.grid import DEFAULT_LIMIT, Grid, default_n_nodes, most_nodes
from compassess.irt.items import Items
from compassess.irt.lattice import Lattice
from compassess.irt.layout import Layout, batch_parameters, layout_of, log_probability_table
from compassess.irt.population import Population
from compassess.responses import Responses

__all__ = ["Measurement", "default_grid"]

Floats = NDArray[np.float64]

_PRIOR_SPACING: Final = 0.86  # of an SD: what five blocks have; such sums of a normal density err by 1e-11

_STEEP: Final = 2.2  # a h: exp(−2π² / 2.2) = 1e-4
_CHEAP_BLOCKS: Final = 2  # whose joint grid can be as fine as is wished for


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
        """Lay out ``items`` on equally spaced nodes, the same for every block and competency.

        They reach to ±``limit``, by default as far as :func:`default_grid` says, ±6 for N(0, 1). There are
        ``nodes`` of them, by default as many as it says. ``population`` replaces the items' own; it must
        know the items' competencies, in any order.

        Raises
        ------
        InputError : competencies of the items that the population does not know.
        """
        people = population or items.population
        grid = default_grid(people, _steepest(items))
        if limit is not None:
            grid = Grid.create(nodes or default_n_nodes(people.n_blocks), limit)
        elif nodes is not None:
            Grid.create(nodes)  # refuses too few
            grid = Grid.between(float(grid.theta[0]), float(grid.theta[-1]), nodes)
        lattice = Lattice(people, grid)
        carriers = lattice.carrier_of_competency[_places(items, people)]
        layout = layout_of(items.category_map(), items.models, carriers, lattice.n_carriers)
        table = _table(items, layout, grid.theta)
        return cls(items=items, lattice=lattice, layout=layout, table=table)

    def on(self, grid: Grid) -> Measurement:
        """The same items and population on other nodes; designs of the one serve the other."""
        table = _table(self.items, self.layout, grid.theta)
        return replace(self, lattice=Lattice(self.lattice.population, grid), table=table)

    def log_probability_at(self, theta: Floats) -> Floats:
        """Rows of the table at any θ, (n_rows,) + those of ``theta`` (m,)."""
        return _table(self.items, self.layout, theta)

    def design(self, responses: Responses) -> Design:
        """The responses matched with the items by name."""
        return design_of(responses, self.items.ids, self.layout)


def default_grid(population: Population, steepest: float = 0.0) -> Grid:
    """Nodes on ±6, and on from there to 6 SD beyond the mean of every block and competency.

    For N(0, 1) there are 61, 41 for three blocks, 21 for four, 15 for five. In narrower populations they lie
    denser, at most 0.86 of the smallest SD apart; in wider ones there are more of them, for three blocks and
    more at as many SD. In one and two blocks the ``steepest`` slope can ask for more: what it makes of a
    posterior is lost by exp(−2π² / (a h)). ±6 stays, because answers may contradict a narrow population.
    """
    n_nodes, n_blocks = default_n_nodes(population.n_blocks), population.n_blocks
    mean = np.concatenate([population.mean, population.competency_mean])
    sd = np.concatenate([np.sqrt(np.diag(population.covariance)), population.competency_sd])
    low = (mean - DEFAULT_LIMIT * sd).min(initial=-DEFAULT_LIMIT)
    high = (mean + DEFAULT_LIMIT * sd).max(initial=DEFAULT_LIMIT)
    spacing = min(2 * DEFAULT_LIMIT / (n_nodes - 1), _PRIOR_SPACING * sd.min())
    if n_blocks > _CHEAP_BLOCKS:
        spacing = min(2 * DEFAULT_LIMIT / (n_nodes - 1) * sd.max(initial=1.0), _PRIOR_SPACING * sd.min())
    elif steepest > 0:
        spacing = min(spacing, _STEEP / steepest)
    wanted = ceil(round((high - low) / spacing, 6)) + 1
    most = most_nodes(n_blocks, competencies=population.has_competency_layer)
    return Grid.between(float(low), float(high), min(wanted, max(most, n_nodes)))


def _steepest(items: Items) -> float:
    """The greatest slope of an item, or difference of slopes of a nominal item; 0 without any."""
    known = np.isfinite(items.slopes)
    spread = np.where(known, items.slopes, -np.inf).max(axis=1) - np.where(known, items.slopes, np.inf).min(
        axis=1
    )
    slopes = np.where(known.any(axis=1), spread, np.abs(items.a))
    return float(np.max(slopes, initial=0.0, where=np.isfinite(slopes)))


def _table(items: Items, layout: Layout, theta: Floats) -> Floats:
    parameters = [batch_parameters(items, batch) for batch in layout.batches]
    table = log_probability_table(layout, parameters, theta)
    table.flags.writeable = False
    return table


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
