"""Items of low discrimination first: strata by slope, asked one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.block_counts import items_by_block
from compassess.adaptive.criteria.requirements import locations
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["AStratified", "strata_of"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


def strata_of(a: Floats, n_strata: int, b: Floats | None = None) -> Index:
    """The stratum of every item, 0 the least discriminating, (n_items,).

    Without ``b`` items are ranked by ``a`` and cut into ``n_strata`` parts whose sizes differ by one at most.
    With ``b`` (b-blocking) they are ranked by b first and taken in blocks of ``n_strata`` neighbours, and of
    each block the least discriminating goes to stratum 0, the next to 1 …, so that all strata have about the
    same difficulties. A last block that is not full is spread as evenly as it can be.

    References
    ----------
    Chang & Ying (1999), Applied Psychological Measurement 23, 211-222; Chang, Qian & Ying (2001), Applied
    Psychological Measurement 25, 333-341.
    """
    if b is None:
        return _parts(a, n_strata)
    order = np.argsort(b, kind="stable")
    strata = np.empty(a.size, dtype=np.intp)
    for start in range(0, a.size, n_strata):
        block = order[start : start + n_strata]
        strata[block] = _parts(a[block], n_strata)
    return strata


def _parts(a: Floats, n_strata: int) -> Index:
    """Ranks of ``a`` cut into as many parts."""
    rank = np.empty(a.size, dtype=np.intp)
    rank[np.argsort(a, kind="stable")] = np.arange(a.size)
    return rank * n_strata // max(a.size, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AStratified:
    """The item nearest in difficulty to θ̂ in the stratum whose turn it is.

    Each block is cut into ``strata`` parts by slope (:func:`strata_of`), with ``b_blocking`` such that all
    have like difficulties. Its first ``stage`` items come from the least discriminating one, the next from
    the second, and from ``strata`` × ``stage`` items on the most discriminating one is asked. Where the
    stratum has no item left, the nearest stratum serves. What counts is items of the block that count for the
    blueprint.

    worth = −|s_i − s| − x / (1 + x), x = |b_i − θ̂|: strata first, then difficulty. b_i is the mean of the
    thresholds where there are more than two categories; nominal items have none, and are refused.

    References
    ----------
    Chang & Ying (1999), Applied Psychological Measurement 23, 211-222; Chang, Qian & Ying (2001), Applied
    Psychological Measurement 25, 333-341; Pastor, Dodd & Chang (2002), Applied Psychological Measurement 26,
    147-163, for more than two categories.
    """

    name: ClassVar[str] = "a_stratified"
    version: ClassVar[int] = 1

    stage: int
    strata: int = 4
    b_blocking: bool = False

    def __post_init__(self) -> None:
        numbers = {"stage": self.stage, "strata": self.strata}
        raise_if_any(
            [
                Problem(where=name, what="not a number", got=repr(value), expected="an integer, 1 or more")
                for name, value in numbers.items()
                if isinstance(value, bool) or not isinstance(value, int) or value < 1
            ]
            + (
                []
                if isinstance(self.b_blocking, bool)
                else [Problem(where="b_blocking", what="neither true nor false", got=repr(self.b_blocking))]
            )
        )

    def prepared(self, pool: Pool) -> PreparedAStratified:
        """With the strata of every block; InputError names nominal items."""
        a, b = pool.measurement.items.a, locations(pool, self.name)
        strata = np.zeros(pool.n_items, dtype=np.intp)
        for block in range(pool.lattice.n_blocks):
            own = np.flatnonzero(pool.block == block)
            strata[own] = strata_of(a[own], self.strata, b[own] if self.b_blocking else None)
        return PreparedAStratified(pool, self.stage, self.strata, read_only(strata), read_only(b))


@dataclass(frozen=True, slots=True)
class PreparedAStratified:
    """``strata`` and difficulties ``b`` of the items, (n_items,)."""

    pool: Pool
    stage: int
    n_strata: int
    strata: Index
    b: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        pool = self.pool
        turn = np.minimum(items_by_block(view) // self.stage, self.n_strata - 1)[:, pool.block]
        distance = np.abs(self.b - view.now.theta[:, pool.competency])
        return np.asarray(-np.abs(self.strata - turn) - distance / (1.0 + distance))
