"""The SE that a block is expected to have after the best of its items that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.expected_variance import (
    MinimumExpectedVariance,
    PreparedMinimumExpectedVariance,
)
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View

__all__ = ["ExpectedError"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedError:
    """min_j √(Var θ_b − Var_x E(θ_b | answers, X_j = x)) over the items j that are left, by block.

    The reduction is that of :class:`~compassess.adaptive.criteria.expected_variance.MinimumExpectedVariance`.
    Where a block has no item left, its SE is what it is now.
    """

    reduction: PreparedMinimumExpectedVariance

    @classmethod
    def of(cls, pool: Pool) -> ExpectedError:
        """Over a pool."""
        return cls(MinimumExpectedVariance().prepared(pool))

    def __call__(self, view: View) -> Floats:
        """(n, n_blocks)."""
        reduction = np.where(view.progress.open_items, self.reduction.worth(view), 0.0)
        best = np.zeros(view.now.block_se.shape)
        for block in range(view.pool.lattice.n_blocks):
            best[:, block] = reduction[:, view.pool.block == block].max(axis=1, initial=0.0)
        return np.sqrt(np.maximum(view.now.block_se**2 - best, 0.0))
