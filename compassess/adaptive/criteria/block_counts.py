"""How many items of each block a sitting has had so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.view import View

__all__ = ["items_by_block"]


def items_by_block(view: View) -> NDArray[np.int64]:
    """Items of every block's competencies that count for the blueprint, (n, n_blocks)."""
    lattice = view.pool.lattice
    counts = np.zeros((len(view.seeds), lattice.n_blocks), dtype=np.int64)
    for competency, block in enumerate(lattice.population.block_of.tolist()):
        counts[:, block] += view.progress.by_competency[:, competency]
    return counts
