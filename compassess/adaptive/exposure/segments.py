"""Segments of θ: where probabilities and counts are kept apart for people of different ability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.errors import Problem
from compassess.irt.read_only import read_only

__all__ = ["Segments", "edge_problems"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


def edge_problems(edges: object) -> list[Problem]:
    """What keeps ``edges`` from being where segments of θ meet."""
    if isinstance(edges, list | tuple):
        numbers = [e for e in edges if isinstance(e, int | float) and not isinstance(e, bool)]
        finite = len(numbers) == len(edges) and all(map(math.isfinite, numbers))
        if finite and all(low < high for low, high in pairwise(numbers)):
            return []
    return [
        Problem(
            where="edges",
            what="not where segments of θ meet",
            got=repr(edges),
            expected="a list of finite numbers, ascending; none for one segment",
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """The line of θ cut at edges; an estimate at an edge belongs to the upper segment.

    ``of_cell`` is the segment of every cell of the pool: estimates are rounded to cells first, so that a
    segment does not hang on the last bits of a sum. An item stands in the segment of its block's estimate.
    """

    pool: Pool
    edges: tuple[float, ...]
    of_cell: Index

    @classmethod
    def create(cls, pool: Pool, edges: tuple[float, ...]) -> Segments:
        """Segments that meet at ``edges``."""
        of_cell = np.searchsorted(np.asarray(edges, dtype=np.float64), pool.cells, side="right")
        return cls(pool=pool, edges=edges, of_cell=read_only(of_cell))

    @property
    def n_segments(self) -> int:
        """One segment more than there are edges."""
        return len(self.edges) + 1

    def of_items(self, block_theta: Floats) -> Index:
        """The segment of every item by the estimate (n, n_blocks) of its block, (n, n_items)."""
        return np.asarray(self.of_cell[self.pool.cell_of(block_theta)][:, self.pool.block])
