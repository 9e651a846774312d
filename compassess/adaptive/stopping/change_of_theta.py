"""The last answer hardly moved the estimate: a rule beside others, never the only one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.estimate import estimate
from compassess.adaptive.order import TIE
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.adaptive.stopping.parameters import not_positive
from compassess.adaptive.view import View
from compassess.errors import raise_if_any

__all__ = ["ChangeOfTheta"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOfTheta:
    """A block is left when |θ̂_b − θ̂_b without the last scored item of b| ≤ ``change``.

    Two estimates in a row may be near each other by chance while both are far from θ, so a blueprint is
    refused in which it stands alone; it belongs inside of ``all_of``, or behind a least length. A block
    without a scored item is never known by it, and its goal is not reached by it.

    References
    ----------
    Babcock & Weiss (2009), Proceedings of the GMAC conference on computerized adaptive testing.
    """

    name: ClassVar[str] = "change_of_theta"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "theta_settled"
    secondary: ClassVar[bool] = True

    change: float

    def __post_init__(self) -> None:
        raise_if_any(list(not_positive(change=self.change)))

    def prepared(self, pool: Pool) -> PreparedChangeOfTheta:
        """For a pool, whose table tells what the last answer added."""
        return PreparedChangeOfTheta(pool, self.change)


@dataclass(frozen=True, slots=True)
class PreparedChangeOfTheta:
    """Over a pool."""

    pool: Pool
    change: float
    has_goal: ClassVar[bool] = False

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """(n, n_blocks), with a billionth to spare."""
        moved = np.abs(self._own(view) - self._before(view.progress))
        settled = moved <= self.change * (1.0 + TIE)
        return np.asarray(settled & (view.progress.last_row >= 0))

    def _own(self, view: View) -> Floats:
        """θ̂ of the blocks from the sitting's own answers."""
        return estimate(self.pool, view.progress).block_theta

    def _before(self, progress: Progress) -> Floats:
        """θ̂ of every block without its last scored item, (n, n_blocks)."""
        table, slices = self.pool.measurement.table, self.pool.measurement.layout.carrier_rows
        theta: list[Floats] = []
        for block in range(self.pool.lattice.n_blocks):
            row = progress.last_row[:, block]
            without = progress.log_likelihood.copy()
            for carrier, rows in enumerate(slices):
                own = np.flatnonzero((row >= rows.start) & (row < rows.stop))
                without[own, carrier] -= table[row[own]]
            before = estimate(self.pool, replace(progress, log_likelihood=without))
            theta.append(before.block_theta[:, block])
        return np.stack(theta, axis=1)
