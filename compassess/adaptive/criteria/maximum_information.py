"""Maximum information about the block, through the competency that an item measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View

__all__ = ["MaximumInformation", "information_about_block", "share_of_block"]

Floats = NDArray[np.float64]


def information_about_block(information: Floats, loading: Floats, spread: Floats) -> Floats:
    """What an item with information I about θ_c adds to the information about θ_b.

    λ² (v / (1 − λ²))² I / (1 + v I),     v = E Var(θ_c | θ_b, answers) = ``spread``,

    because a competency that is known well already has little left to tell about its block; for λ = 1 this
    is I itself. It follows from the information λ² J / (1 + (1 − λ²) J) that J units about θ_c carry, under a
    normal likelihood; derived in docs/criteria.md. All arguments broadcast.
    """
    unknown = np.where(loading**2 < 1.0, spread, 0.0)
    return np.asarray(share_of_block(loading, spread) * information / (1.0 + unknown * information))


def share_of_block(loading: Floats, spread: Floats) -> Floats:
    """The square of how far a competency moves with its block, given the answers so far.

    (λ v / (1 − λ²))², v = E Var(θ_c | θ_b, answers) = ``spread``: the slope of E(θ_c | θ_b, answers) in θ_b
    under a normal likelihood. 1 for λ = 1. What is quadratic in small differences of θ_c (information, KL
    information, a variance) is by so much that of θ_b. All arguments broadcast.
    """
    unique = 1.0 - loading**2
    left = np.where(unique > 0, spread / np.where(unique > 0, unique, 1.0), 1.0)
    return np.asarray((loading * left) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumInformation:
    """Fisher's information at θ̂ about the item's block, :func:`information_about_block`.

    References
    ----------
    Lord (1980), Applications of item response theory, ch. 10.
    """

    name: ClassVar[str] = "maximum_information"
    version: ClassVar[int] = 1

    def prepared(self, pool: Pool) -> PreparedMaximumInformation:
        """For a pool, whose cells hold the information."""
        return PreparedMaximumInformation(pool)


@dataclass(frozen=True, slots=True)
class PreparedMaximumInformation:
    """Maximum information over a pool."""

    pool: Pool
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items), at the cell of each competency's posterior mean."""
        pool, now = self.pool, view.now
        spread = now.spread[:, pool.competency]
        return information_about_block(pool.information_at(now.theta), pool.loading, spread)

    def worth_of(self, view: View, items: NDArray[np.intp]) -> Floats:
        """Of some items, (n, m) places in the pool: within a competency it rises with information."""
        pool, now = self.pool, view.now
        competency, rows = pool.competency[items], np.arange(len(items))[:, None]
        cells = pool.cell_of(now.theta)
        information = pool.information.reshape(-1).take(cells[rows, competency] * pool.n_items + items)
        if not pool.lattice.has_layer:
            return information
        return information_about_block(information, pool.loading[items], now.spread[rows, competency])
