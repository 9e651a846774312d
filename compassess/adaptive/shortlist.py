"""The few items of which one will be presented, found without judging all of them.

Where the worth of items of one competency rises with their information at the competency's cell, only the
best of each competency can come first, and they are known beforehand: items stand sorted by information at
every cell, and the first ones that are still open are looked up. What is decided is the same as if all
were judged; where a near-tie could reach beyond the list, the list says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import TIE
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.read_only import read_only

__all__ = ["FewBest", "Ranked", "Shortlist", "Shortlisted"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

_GLANCE: Final = 6  # items beyond those that are wanted, looked at first
_APART: Final = 1.0 - 4.0 * TIE  # what is so much less cannot tie


@runtime_checkable
class Ranked(Protocol):
    """A prepared criterion whose worths within a competency rise with information at its cell."""

    def worth_of(self, view: View, items: Index, /) -> Floats:
        """The worths of some items, (n, m) places in the pool, in any order."""


@runtime_checkable
class FewBest(Protocol):
    """A prepared exposure control that looks at no more than the ``depth`` best items."""

    @property
    def depth(self) -> int:
        """How many of the best it can choose from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlisted:
    """For n sittings: ``items`` (n, m) in the bank's order and their ``worth``, −∞ where there is none.

    ``doubtful`` (n,): an item that is not on the list may tie with one that is.
    """

    items: Index
    worth: Floats
    doubtful: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlist:
    """Items of each competency by information.

    Attributes
    ----------
    order : places in the pool, the most informative first: for each competency (n_cells, n_own) of them,
        one after the other in a flat array.
    start, n_own : where each competency's begin there, and its number of items, (n_competencies,).
    place : of each competency among those of its block, (n_competencies,).
    width : the most competencies that are asked together.
    depth : how many of the best may be chosen from.
    """

    pool: Pool
    criterion: Ranked
    order: NDArray[np.int32]
    start: Index
    n_own: Index
    place: Index
    width: int
    depth: int

    @classmethod
    def create(cls, pool: Pool, criterion: Ranked, depth: int, *, across_blocks: bool) -> Shortlist:
        """Sort the pool's items; the competencies of one block are asked together, or of all."""
        block_of = pool.lattice.population.block_of
        home = np.zeros_like(block_of) if across_blocks else block_of
        place = np.array([np.sum(home[:c] == home[c]) for c in range(home.size)], dtype=np.intp)
        order = []
        for competency in range(home.size):
            own = np.flatnonzero(pool.competency == competency)
            best = np.argsort(-pool.information[:, own], axis=1, kind="stable")
            order.append(own[best].astype(np.int32).reshape(-1))
        sizes = np.array([one.size for one in order])
        return cls(
            pool=pool,
            criterion=criterion,
            order=read_only(np.concatenate(order)),
            start=read_only(np.cumsum(sizes) - sizes),
            n_own=read_only(sizes // len(pool.cells)),
            place=read_only(place),
            width=int(place.max(initial=0)) + 1,
            depth=depth,
        )

    def of(self, view: View, asked: Flags) -> Shortlisted:
        """The best open items of the competencies that are ``asked``, (n, n_competencies)."""
        n, per = len(asked), self.depth + 1
        items = np.full((n, self.width, per), -1, dtype=np.intp)
        rows, competency = np.nonzero(asked & (self.n_own > 0))
        items[rows, self.place[competency]] = self._open_ones(view, rows, competency)
        worth = self.criterion.worth_of(view, np.maximum(items, 0).reshape(n, -1)).reshape(items.shape)
        worth = np.where(items >= 0, worth, -np.inf)
        tied = (worth[:, :, -1] >= worth[:, :, -2] * _APART) & (items[:, :, -1] >= 0)
        flat, values = items.reshape(n, -1), worth.reshape(n, -1)
        doubtful = np.asarray(tied.any(axis=1))
        if (
            self.width == 1 and self.depth == 1
        ):  # nothing ties but what is in doubt: the order does not matter
            return Shortlisted(items=flat, worth=values, doubtful=doubtful)
        by_place = np.argsort(np.where(flat >= 0, flat, self.pool.n_items), axis=1, kind="stable")
        return Shortlisted(
            items=np.take_along_axis(flat, by_place, axis=1),
            worth=np.take_along_axis(values, by_place, axis=1),
            doubtful=doubtful,
        )

    def _open_ones(self, view: View, rows: Index, competency: Index) -> Index:
        """The first open items of a competency each of some sittings, (n_rows, depth + 1); −1 for none."""
        n_own, n_open = self.n_own[competency], view.progress.n_open[rows, competency]
        # Among so many there are enough open ones; mostly they are among the first few already.
        reach = np.minimum(n_own - n_open + self.depth + 1, n_own)
        first = self.start[competency] + self.pool.cell_of(view.now.theta[rows, competency]) * n_own
        within = np.minimum(reach, self.depth + 1 + _GLANCE)
        found = self._among(view, rows, first, within)
        short = np.flatnonzero((found[:, -1] < 0) & (reach > within))
        if short.size:
            found[short] = self._among(view, rows[short], first[short], reach[short])
        return found

    def _among(self, view: View, rows: Index, first: Index, reach: Index) -> Index:
        """The open ones among the ``reach`` items from ``first`` on, (n_rows, depth + 1); −1 for none."""
        found = np.full((rows.size, self.depth + 1), -1, dtype=np.intp)
        if not rows.size:
            return found
        steps = np.arange(reach.max())
        # Beyond its own reach a row looks at what is another's, and it does not count.
        candidates = self.order.take(first[:, None] + steps, mode="clip")
        free = view.progress.open_items.reshape(-1).take(rows[:, None] * self.pool.n_items + candidates)
        free &= steps < reach[:, None]
        each = np.arange(rows.size)
        for rank in range(min(self.depth + 1, steps.size)):
            place = free.argmax(axis=1)
            is_open = free[each, place]
            found[:, rank] = np.where(is_open, candidates[each, place], -1)
            free[each, place] = False
        return found
