"""Nothing that is left would tell much: the items have run out of information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.order import TIE
from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.parameters import not_positive
from compassess.adaptive.view import View
from compassess.errors import raise_if_any

__all__ = ["MinimumInformation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumInformation:
    """A block is left when none of its open items has an information of ``least`` at the estimate.

    The information is that about the block, at the cell of the competency's posterior mean, as the criterion
    ``maximum_information`` takes it. Open is what this sitting has not presented; maxima of the blueprint are
    not considered. The block's goal is not reached by it: a conclusion says so where no other rule has its
    goal.

    References
    ----------
    Choi, Grady & Dodd (2011), Educational and Psychological Measurement 71, 37-53, who compare it.
    """

    name: ClassVar[str] = "minimum_information"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "no_informative_item"

    least: float

    def __post_init__(self) -> None:
        raise_if_any(list(not_positive(least=self.least)))

    def prepared(self, pool: Pool) -> PreparedMinimumInformation:
        """For a pool, whose cells hold the information."""
        return PreparedMinimumInformation(pool, self.least)


@dataclass(frozen=True, slots=True)
class PreparedMinimumInformation:
    """Over a pool."""

    pool: Pool
    least: float
    has_goal: ClassVar[bool] = False

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """Whether the greatest information that is left is below ``least``, (n, n_blocks)."""
        pool, now = self.pool, view.now
        spread = now.spread[:, pool.competency]
        worth = information_about_block(pool.information_at(now.theta), pool.loading, spread)
        worthwhile = view.progress.open_items & (worth >= self.least * (1.0 - TIE))
        left = [worthwhile[:, pool.block == block].any(axis=1) for block in range(pool.lattice.n_blocks)]
        return ~np.stack(left, axis=1)
