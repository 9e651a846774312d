"""The SE that a block is expected to have after the best of its items that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.read_only import read_only

__all__ = ["ExpectedError"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedError:
    """min_j √(Var θ_b − Var_x E(θ_b | answers, X_j = x)), by the law of total variance.

    With w_q the posterior masses of the carrier on which an item stands and t_q = E(θ_b | θ_c = q, answers),

        Var_x E(θ_b | x) = Σ_x (Σ_q w_q (t_q − t̄) P(x | q))² / Σ_q w_q P(x | q),

    exact on the grid also where an item measures a competency with λ < 1. Where a block has no item left, its
    SE is what it is now.
    """

    probability: tuple[Floats, ...]
    items: tuple[NDArray[np.intp], ...]
    starts: tuple[NDArray[np.intp], ...]

    @classmethod
    def of(cls, pool: Pool) -> ExpectedError:
        """Rows of probabilities by carrier, (n_rows, Q), with the items and where their rows begin."""
        layout, table = pool.measurement.layout, np.exp(pool.measurement.table)
        own = [np.flatnonzero(pool.carrier == index) for index in range(pool.lattice.n_carriers)]
        starts = [
            np.where(pool.row_of[items] >= 0, pool.row_of[items], layout.n_rows).min(axis=1) for items in own
        ]
        order = [np.argsort(one, kind="stable") for one in starts]
        return cls(
            tuple(read_only(table[rows]) for rows in layout.carrier_rows),
            tuple(read_only(items[by]) for items, by in zip(own, order, strict=True)),
            tuple(
                read_only(one[by] - rows.start)
                for one, by, rows in zip(starts, order, layout.carrier_rows, strict=True)
            ),
        )

    def __call__(self, view: View) -> Floats:
        """(n, n_blocks)."""
        lattice, now = view.pool.lattice, view.now
        reduction = np.zeros(now.block_se.shape)
        for index, carrier in enumerate(lattice.carriers):
            items = self.items[index]
            if items.size == 0:
                continue
            block = carrier.block
            deviation = lattice.grid.theta - now.block_theta[:, block, None]
            masses, weighted = now.masses[:, index], now.posterior.blocks[:, block] * deviation
            if carrier.transition is not None:  # from the block's nodes to those of the competency
                without = weighted / now.posterior.messages[:, index]
                weighted = now.likelihood[:, index] * (without @ carrier.transition.T)
            chance = np.maximum(masses @ self.probability[index].T, np.finfo(np.float64).tiny)
            moved = (weighted @ self.probability[index].T) ** 2 / chance
            by_item = np.add.reduceat(moved, self.starts[index], axis=1)
            best = np.where(view.progress.open_items[:, items], by_item, 0.0).max(axis=1)
            reduction[:, block] = np.maximum(reduction[:, block], best)
        return np.sqrt(np.maximum(now.block_se**2 - reduction, 0.0))
