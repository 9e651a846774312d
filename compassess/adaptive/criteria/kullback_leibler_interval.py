"""Chang and Ying's global information: Kullback-Leibler over an interval that narrows with the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.block_counts import items_by_block
from compassess.adaptive.criteria.kullback_leibler import global_information
from compassess.adaptive.criteria.maximum_information import share_of_block
from compassess.adaptive.criteria.requirements import positive
from compassess.adaptive.criteria.shelves import Shelf, log_probability_of_cells, on_shelves, shelves_of
from compassess.adaptive.pool import CELL, Pool
from compassess.adaptive.view import View
from compassess.errors import raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["KullbackLeiblerInterval", "running_integral"]

Floats = NDArray[np.float64]


def running_integral(values: Floats, spacing: float) -> Floats:
    """∫ f from the first of equally spaced points to each of them, over axis 0, by the trapezoidal rule.

    Differences of two of its rows are integrals over any interval of points. The error of one is
    h² / 12 times the change of f′ over the interval.
    """
    steps = (values[1:] + values[:-1]) * (0.5 * spacing)
    start = np.zeros((1, *values.shape[1:]))
    return np.concatenate([start, np.cumsum(steps, axis=0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class KullbackLeiblerInterval:
    """∫ over θ̂ ± δ / √n of the Kullback-Leibler information of θ̂ against θ.

    n counts the answers to items of the item's block; before the first of them it is taken for 1. ``delta``
    is δ, 3 by default. The half-width is rounded to cells of θ, at least one. Multiplied by the share that
    the block has in the competency, as in
    :class:`~compassess.adaptive.criteria.kullback_leibler.KullbackLeibler`.

    References
    ----------
    Chang & Ying (1996), Applied Psychological Measurement 20, 213-229.
    """

    name: ClassVar[str] = "kullback_leibler_interval"
    version: ClassVar[int] = 1

    delta: float = 3.0

    def __post_init__(self) -> None:
        raise_if_any(positive(delta=self.delta))

    def prepared(self, pool: Pool) -> PreparedKullbackLeiblerInterval:
        """With log-probabilities and their integrals on the pool's cells."""
        log_cells = log_probability_of_cells(pool)
        return PreparedKullbackLeiblerInterval(
            pool=pool,
            delta=self.delta,
            shelves=shelves_of(pool),
            log_cells=log_cells,
            integral=read_only(running_integral(log_cells, CELL)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedKullbackLeiblerInterval:
    """``log_cells`` and its running ``integral``, (n_cells, n_rows)."""

    pool: Pool
    delta: float
    shelves: tuple[Shelf, ...]
    log_cells: Floats
    integral: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items), about the cell of each competency's posterior mean."""
        pool, now = self.pool, view.now
        centre = pool.cell_of(now.masses @ pool.lattice.grid.theta)
        reach = self._reach(view)
        low, high = np.maximum(centre - reach, 0), np.minimum(centre + reach, pool.cells.size - 1)

        def on_shelf(shelf: Shelf) -> Floats:
            first, last = low[:, shelf.carrier], high[:, shelf.carrier]
            log_at = self.log_cells[centre[:, shelf.carrier], shelf.rows]
            integral = self.integral[last, shelf.rows] - self.integral[first, shelf.rows]
            return global_information(log_at, integral, ((last - first) * CELL)[:, None], shelf.starts)

        told = np.maximum(on_shelves(pool, self.shelves, len(view.seeds), on_shelf), 0.0)
        return told * share_of_block(pool.loading, now.spread[:, pool.competency])

    def _reach(self, view: View) -> NDArray[np.intp]:
        """Half-width in cells by carrier, (n, n_carriers)."""
        radius = self.delta / np.sqrt(np.maximum(items_by_block(view), 1))
        cells = np.maximum(np.rint(radius / CELL), 1.0).astype(np.intp)
        return cells[:, [carrier.block for carrier in self.pool.lattice.carriers]]
