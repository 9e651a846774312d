"""How far apart an item keeps the estimate and all other θ, weighted by how likely those are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import share_of_block
from compassess.adaptive.criteria.shelves import (
    Shelf,
    by_item,
    log_probability_of_cells,
    on_shelves,
    shelves_of,
)
from compassess.adaptive.criteria.weights import WEIGHTS
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.options import refuse_unknown

__all__ = ["KullbackLeibler", "global_information"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


def global_information(log_at: Floats, integral: Floats, width: Floats, starts: Index) -> Floats:
    """∫ w(θ) Σ_x P_i(x | θ̂) log [P_i(x | θ̂) / P_i(x | θ)] dθ, the Kullback-Leibler information.

    The sum over x goes outside: Σ_x P̂_x (W log P̂_x − M_x), with W = ∫ w and M_x = ∫ w(θ) log P_i(x | θ) dθ.

    Shapes: ``log_at`` log P_i(x | θ̂) and ``integral`` M_x, (n, rows), the rows of an item beginning at
    ``starts``; ``width`` W (n, 1); the answer (n, n_items). Limits: never negative (rounding apart); 0 where
    all the weight is at θ̂, and about W times ½ I_i(θ̂) times the mean square distance from θ̂ where it is near.

    References
    ----------
    Chang & Ying (1996), Applied Psychological Measurement 20, 213-229.
    """
    return by_item(np.exp(log_at) * (width * log_at - integral), starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class KullbackLeibler:
    """Kullback-Leibler information of θ̂ against all θ, averaged over ``weight``.

    That is "posterior" (KLP) or "likelihood" (KL).
    θ̂ is the posterior mean of the item's competency. What tells abilities in the competency apart tells those
    in the block apart as far as they move it: the information is multiplied by the square of that,
    :func:`~compassess.adaptive.criteria.maximum_information.share_of_block`.

    References
    ----------
    Chang & Ying (1996), Applied Psychological Measurement 20, 213-229; Barrada, Olea, Ponsoda & Abad (2009),
    Applied Psychological Measurement 33, 58-73 (weighted by the likelihood).
    """

    name: ClassVar[str] = "kullback_leibler"
    version: ClassVar[int] = 1

    weight: str = "posterior"

    def __post_init__(self) -> None:
        refuse_unknown(weight=(self.weight, WEIGHTS))

    def prepared(self, pool: Pool) -> PreparedKullbackLeibler:
        """With log-probabilities on the pool's cells."""
        return PreparedKullbackLeibler(pool, self.weight, shelves_of(pool), log_probability_of_cells(pool))


@dataclass(frozen=True, slots=True)
class PreparedKullbackLeibler:
    """``log_cells`` (n_cells, n_rows)."""

    pool: Pool
    weight: str
    shelves: tuple[Shelf, ...]
    log_cells: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items), from the cell of each competency's posterior mean."""
        pool, now, weights = self.pool, view.now, WEIGHTS[self.weight]
        cells = pool.cell_of(now.masses @ pool.lattice.grid.theta)
        width = np.ones((len(view.seeds), 1))

        def on_shelf(shelf: Shelf) -> Floats:
            log_at = self.log_cells[cells[:, shelf.carrier], shelf.rows]
            integral = weights(now, shelf.carrier) @ shelf.log_probability.T
            return global_information(log_at, integral, width, shelf.starts)

        told = np.maximum(on_shelves(pool, self.shelves, len(view.seeds), on_shelf), 0.0)
        return told * share_of_block(pool.loading, now.spread[:, pool.competency])
