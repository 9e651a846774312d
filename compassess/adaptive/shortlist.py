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
# Of information. A criterion's worths may lie nearer: maximum information about a block by 1 / (1 + v I).
_CLEARLY_APART: Final = 1.0 - 1e-6
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

    ``worth`` is None where there is but one item to choose from (m = 1), −1 for none. ``doubtful`` (n,): an
    item that is not on the list may tie with one that is.
    """

    items: Index
    worth: Floats | None
    doubtful: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlist:
    """Items of each competency by information.

    Attributes
    ----------
    order : places in the pool, the most informative first: for each competency (n_cells, n_own) of them,
        one after the other in a flat array.
    near_tie : which of them the next one comes so near to that their worths may tie, flat alike.
    start, n_own : where each competency's begin there, and its number of items, (n_competencies,).
    place : of each competency among those of its block, (n_competencies,).
    width : the most competencies that are asked together.
    depth : how many of the best may be chosen from.
    """

    pool: Pool
    criterion: Ranked
    order: NDArray[np.int32]
    near_tie: Flags
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
        order, near_tie = [], []
        for competency in range(home.size):
            own = np.flatnonzero(pool.competency == competency)
            best = np.argsort(-pool.information[:, own], axis=1, kind="stable")
            order.append(own[best].astype(np.int32).reshape(-1))
            near_tie.append(_near_ties(np.take_along_axis(pool.information[:, own], best, axis=1)))
        sizes = np.array([one.size for one in order])
        return cls(
            pool=pool,
            criterion=criterion,
            order=read_only(np.concatenate(order)),
            near_tie=read_only(np.concatenate(near_tie)),
            start=read_only(np.cumsum(sizes) - sizes),
            n_own=read_only(sizes // len(pool.cells)),
            place=read_only(place),
            width=int(place.max(initial=0)) + 1,
            depth=depth,
        )

    def of(self, view: View, asked: Flags) -> Shortlisted:
        """The best open items of the competencies that are ``asked``, (n, n_competencies)."""
        rows, competency = np.nonzero(asked & (self.n_own > 0))
        if self.width == 1 and self.depth == 1:
            return self._sole(view, rows, competency)
        n, per = len(asked), self.depth + 1
        items = np.full((n, self.width, per), -1, dtype=np.intp)
        found, _ = self._open_ones(view, rows, competency, per)
        items[rows, self.place[competency]] = found
        worth = self.criterion.worth_of(view, np.maximum(items, 0).reshape(n, -1)).reshape(items.shape)
        worth = np.where(items >= 0, worth, -np.inf)
        tied = (worth[:, :, -1] >= worth[:, :, -2] * _APART) & (items[:, :, -1] >= 0)
        flat, values = items.reshape(n, -1), worth.reshape(n, -1)
        by_place = np.argsort(np.where(flat >= 0, flat, self.pool.n_items), axis=1, kind="stable")
        by_place += (np.arange(n) * flat.shape[1])[:, None]
        return Shortlisted(
            items=flat.reshape(-1).take(by_place),
            worth=values.reshape(-1).take(by_place),
            doubtful=np.asarray(tied.any(axis=1)),
        )

    def _sole(self, view: View, rows: Index, competency: Index) -> Shortlisted:
        """One competency is asked and the best item taken: its worth need not be known."""
        items, doubtful = np.full((len(view.seeds), 1), -1, dtype=np.intp), np.zeros(len(view.seeds), bool)
        found, place = self._open_ones(view, rows, competency, 1)
        items[rows] = found
        doubtful[rows] = self.near_tie[place[:, 0]] & (found[:, 0] >= 0)
        return Shortlisted(items=items, worth=None, doubtful=doubtful)

    def _open_ones(self, view: View, rows: Index, competency: Index, wanted: int) -> tuple[Index, Index]:
        """The first open items of a competency each of some sittings, and where in ``order`` they stand.

        (n_rows, wanted) both; −1 for no item.
        """
        n_own, n_open = self.n_own[competency], view.progress.n_open[rows, competency]
        # Among so many there are enough open ones; mostly they are among the first few already.
        reach = np.minimum(n_own - n_open + wanted, n_own)
        first = self.start[competency] + self.pool.cell_of(view.now.theta[rows, competency]) * n_own
        within = np.minimum(reach, wanted + _GLANCE)
        found, place = self._among(view, rows, first, within, wanted)
        short = np.flatnonzero((found[:, -1] < 0) & (reach > within))
        if short.size:
            found[short], place[short] = self._among(view, rows[short], first[short], reach[short], wanted)
        return found, place

    def _among(self, view: View, rows: Index, first: Index, reach: Index, wanted: int) -> tuple[Index, Index]:
        """The same among the ``reach`` items from ``first`` on."""
        found = np.full((rows.size, wanted), -1, dtype=np.intp)
        place = np.zeros((rows.size, wanted), dtype=np.intp)
        if not rows.size:
            return found, place
        steps = np.arange(reach.max())
        # Beyond its own reach a row looks at what is another's, and it does not count.
        candidates = self.order.take(first[:, None] + steps, mode="clip")
        free = view.progress.open_items.reshape(-1).take(rows[:, None] * self.pool.n_items + candidates)
        if reach.min() < steps.size:
            free &= steps < reach[:, None]
        if wanted == 1:
            step = free.argmax(axis=1)
            at = step + np.arange(rows.size) * steps.size
            np.copyto(found[:, 0], candidates.reshape(-1).take(at), where=free.reshape(-1).take(at))
            place[:, 0] = first + step
        else:
            row, step = free.nonzero()
            rank = np.arange(row.size) - np.searchsorted(row, np.arange(rows.size))[row]
            among = rank < wanted
            row, step, rank = row[among], step[among], rank[among]
            found[row, rank] = candidates[row, step]
            place[row, rank] = first[row] + step
        return found, np.minimum(place, self.order.size - 1)


def _near_ties(information: Floats) -> Flags:
    """Where the next of values in falling order, (n_cells, n_own), is not clearly less; flat."""
    near = np.zeros(information.shape, dtype=bool)
    near[:, :-1] = information[:, 1:] >= information[:, :-1] * _CLEARLY_APART
    return np.asarray(near.reshape(-1))
