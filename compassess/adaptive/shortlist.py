"""The few items of which one will be presented, found without judging all of them.

Where the worth of items of one competency rises with their information at the competency's cell, only the
best of each competency can come first, and they are known beforehand: items stand sorted by information at
every cell, and the first ones that are still open are looked up. What is decided is the same as if all
were judged; where a near-tie could reach beyond the list, the list says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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

    def place(self, view: View, n_eligible: Index, /) -> Index:
        """Which of the best it is where ``n_eligible`` (n,) of them are there, 0 for the best itself, (n,).

        What ``chosen`` takes from worths without ties.
        """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlisted:
    """For n sittings: ``items`` (n, m) and their ``worth``, −∞ where there is no item.

    In falling order of worth, and as many as may be chosen from, where all are clearly apart
    (``is_ranked``); in the bank's order otherwise. ``worth`` is None where there is but one item to choose
    from (m = 1), −1 for none. ``doubtful`` (n,): an item that is not on the list may tie with one that is.
    """

    items: Index
    worth: Floats | None
    doubtful: Flags
    is_ranked: bool


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
        if len(asked) == 1:
            return self._of_one(view, np.flatnonzero(asked[0]).tolist())
        rows, competency = np.nonzero(asked & (self.n_own > 0))
        found, last = self._open_ones(view, rows, competency)
        n = len(asked)
        doubtful = np.zeros(n, dtype=bool)
        doubtful[rows[self.near_tie[last] & (found[:, -1] >= 0)]] = True
        items = np.full((n, self.width, self.depth), -1, dtype=np.intp)
        items[rows, self.place[competency]] = found
        flat = items.reshape(n, -1)
        if flat.shape[1] == 1:  # its worth need not be known
            return Shortlisted(items=flat, worth=None, doubtful=doubtful, is_ranked=True)
        worth = self.criterion.worth_of(view, np.maximum(flat, 0))
        np.copyto(worth, -np.inf, where=flat < 0)
        order = np.argsort(-worth, axis=1)[:, : self.depth + 1]
        order += (np.arange(n) * flat.shape[1])[:, None]
        ranked = worth.reshape(-1).take(order)
        is_ranked = not _any_near(ranked)
        if is_ranked:
            order, ranked = order[:, : self.depth], ranked[:, : self.depth]
        else:
            order = np.argsort(np.where(flat >= 0, flat, self.pool.n_items), axis=1, kind="stable")
            order += (np.arange(n) * flat.shape[1])[:, None]
            ranked = worth.reshape(-1).take(order)
        listed = flat.reshape(-1).take(order)
        return Shortlisted(items=listed, worth=ranked, doubtful=doubtful, is_ranked=is_ranked)

    def _of_one(self, view: View, asked: list[int]) -> Shortlisted:
        """The same for a live sitting, whose few numbers cost less one by one than in arrays."""
        items: list[int] = []
        doubtful, is_open = False, view.progress.open_items[0]
        for competency in asked:
            n_own = int(self.n_own[competency])
            cell = self.pool.cell_of_one(float(view.now.theta[0, competency]))
            first = int(self.start[competency]) + cell * n_own
            wanted = self.depth
            for at in range(first, first + n_own):
                item = int(self.order[at])
                if is_open[item]:
                    items.append(item)
                    wanted -= 1
                    if wanted == 0:
                        doubtful |= bool(self.near_tie[at])
                        break
        listed, is_ranked = np.array([items or [-1]], dtype=np.intp), True
        if not items or self.width * self.depth == 1:
            worth = None if self.width * self.depth == 1 else np.full((1, 1), -np.inf)
            return Shortlisted(items=listed, worth=worth, doubtful=np.array([doubtful]), is_ranked=True)
        values = self.criterion.worth_of(view, listed)[0].tolist()
        order = sorted(range(len(values)), key=lambda k: -values[k])
        best = [values[k] for k in order[: self.depth + 1]]
        if any(lower > higher - 4.0 * TIE * abs(higher) for higher, lower in pairwise(best)):
            is_ranked, order = False, sorted(order, key=lambda k: items[k])
        else:
            order = order[: self.depth]
        return Shortlisted(
            items=np.array([[items[k] for k in order]], dtype=np.intp),
            worth=np.array([[values[k] for k in order]]),
            doubtful=np.array([doubtful]),
            is_ranked=is_ranked,
        )

    def _open_ones(self, view: View, rows: Index, competency: Index) -> tuple[Index, Index]:
        """The first open items of a competency each of some sittings, (n_rows, depth); −1 for none.

        And where in ``order`` the last of them stands, (n_rows,).
        """
        n_own, n_open = self.n_own[competency], view.progress.n_open[rows, competency]
        # Among so many there are enough open ones; mostly they are among the first few already.
        reach = np.minimum(n_own - n_open + self.depth, n_own)
        first = self.start[competency] + self.pool.cell_of(view.now.theta[rows, competency]) * n_own
        within = np.minimum(reach, self.depth + _GLANCE)
        found, last = self._among(view, rows, first, within)
        short = (found[:, -1] < 0) & (reach > within)
        if short.any():
            found[short], last[short] = self._among(view, rows[short], first[short], reach[short])
        return found, last

    def _among(self, view: View, rows: Index, first: Index, reach: Index) -> tuple[Index, Index]:
        """The same among the ``reach`` items from ``first`` on."""
        found, last = np.full((rows.size, self.depth), -1, dtype=np.intp), first.copy()
        if not rows.size:
            return found, last
        steps = np.arange(reach.max())
        # Beyond its own reach a row looks at what is another's, and it does not count.
        candidates = self.order.take(first[:, None] + steps, mode="clip")
        free = view.progress.open_items.reshape(-1).take(rows[:, None] * self.pool.n_items + candidates)
        free &= steps < reach[:, None]
        if self.depth == 1:
            step = free.argmax(axis=1)
            at = step + np.arange(rows.size) * steps.size
            np.copyto(found[:, 0], candidates.reshape(-1).take(at), where=free.reshape(-1).take(at))
            return found, last + step
        count = free.cumsum(axis=1)
        free &= count <= self.depth
        row, step = free.nonzero()
        found[row, count[row, step] - 1] = candidates[row, step]
        last[row] = first[row] + step  # of several the last one stays
        return found, last


def _any_near(falling: Floats) -> bool:
    """Whether neighbours in a row of falling worths may tie, so that the bank's order counts."""
    higher, lower = falling[:, :-1], falling[:, 1:]
    return bool((lower > higher - 4.0 * TIE * np.abs(higher)).any())


def _near_ties(information: Floats) -> Flags:
    """Where the next of values in falling order, (n_cells, n_own), is not clearly less; flat."""
    near = np.zeros(information.shape, dtype=bool)
    near[:, :-1] = information[:, 1:] >= information[:, :-1] * _CLEARLY_APART
    return np.asarray(near.reshape(-1))
