"""The first items of a sitting, where the blueprint does not leave them to the criterion.

It stands around the exposure control, so that live sittings and simulations start alike: while a sitting has
had fewer items than the start asks for, the start narrows down what may come, and then the control is as it
was.

Rules: (1) named items come in their order, whatever block is in need; one that is closed (a first sitting had
it, it was withdrawn) is passed over, and the criterion chooses in its place; (2) a range draws evenly from
the items that count, that are open, and that are most informative within it; where there is none, from all
that count; (3) at a θ the items that count are compared by their information there, and the control chooses
as ever; (4) minima and maxima hold throughout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.order import first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.adaptive.strategies import PreparedControl
from compassess.adaptive.view import View
from compassess.bank import Start
from compassess.irt.read_only import read_only

__all__ = ["START", "Opening"]

Floats = NDArray[np.float64]

#: What a log says of a start among the strategies; the number is raised when the same start opens otherwise.
START: Final = "start@1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opening:
    """A start over a pool, around the exposure control.

    Attributes
    ----------
    n_items : so many items are chosen by it.
    named : indices of named items, (n_items,); empty otherwise.
    in_range : items that a range allows, (pool.n_items,); None otherwise.
    at_theta : information of every item at the starting θ, θ_c = λ_c θ, (pool.n_items,); None otherwise.
    control : what chooses afterwards.
    """

    pool: Pool
    n_items: int
    named: NDArray[np.intp]
    in_range: NDArray[np.bool_] | None
    at_theta: Floats | None
    control: PreparedControl

    @classmethod
    def around(cls, control: PreparedControl, start: Start, pool: Pool, category: str | None) -> Opening:
        """The start of people of a category of posts."""
        theta, in_range, at_theta = start.theta_for(category), None, None
        if start.lowest is not None and start.highest is not None:
            best = pool.cells[first_best(pool.information.T)]
            in_range = read_only((best >= start.lowest) & (best <= start.highest))
        elif theta is not None:
            cells = pool.cell_of(pool.loading * theta)
            at_theta = read_only(pool.information[cells, np.arange(pool.n_items)])
        return cls(
            pool=pool,
            n_items=start.n_items,
            named=read_only(np.array([pool.ids.index(name) for name in start.items], dtype=np.intp)),
            in_range=in_range,
            at_theta=at_theta,
            control=control,
        )

    def applies(self, progress: Progress) -> NDArray[np.bool_]:
        """In which sittings the next item is one of the start, (n,)."""
        early = progress.presented < self.n_items
        if not self.named.size:
            return np.asarray(early)
        next_one = self.named[np.minimum(progress.presented, self.n_items - 1)]
        return np.asarray(early & progress.open_items[np.arange(len(early)), next_one])

    def narrowed(self, worth: Floats, view: View) -> Floats:
        """What items are worth to the start, (n, n_items), −∞ for those that may not come."""
        progress, open_ones = view.progress, np.isfinite(worth)
        if self.named.size:
            own = np.full(worth.shape, -np.inf)
            own[np.arange(len(own)), self.named[progress.presented]] = 0.0
            return own
        if self.at_theta is not None:
            spread = view.now.spread[:, self.pool.competency]
            there = information_about_block(self.at_theta, self.pool.loading, spread)
            return np.where(open_ones, there, -np.inf)
        assert self.in_range is not None
        inside = open_ones & self.in_range
        some = inside.any(axis=1, keepdims=True)
        return np.where(np.where(some, inside, open_ones), 0.0, -np.inf)

    def chosen(self, worth: Floats, view: View) -> NDArray[np.intp]:
        """The item of every sitting, (n,)."""
        starts = self.applies(view.progress)
        chosen = np.zeros(len(worth), dtype=np.intp)
        later, first = np.flatnonzero(~starts), np.flatnonzero(starts)
        if later.size:
            chosen[later] = self.control.chosen(worth[later], view.select(later))
        if first.size:
            some = view.select(first)
            chosen[first] = self._started(self.narrowed(worth[first], some), some)
        return chosen

    def _started(self, worth: Floats, view: View) -> NDArray[np.intp]:
        if self.at_theta is not None:
            return self.control.chosen(worth, view)
        allowed = np.isfinite(worth)  # alike in worth: one is drawn evenly, in the bank's order
        rank = np.floor(view.draw() * allowed.sum(axis=1)).astype(np.intp)
        return np.asarray(np.argmax(np.cumsum(allowed, axis=1) > rank[:, None], axis=1))
