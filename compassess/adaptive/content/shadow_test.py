"""Shadow tests: the next item comes from the best full test that could still be given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.parameters import checked_share
from compassess.adaptive.content.programme import best_test
from compassess.adaptive.content.rows import Rows
from compassess.adaptive.content.situation import Situation

__all__ = ["ShadowTest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowTest:
    """The items of the best test that contains what was presented and satisfies every constraint.

    At each step :func:`compassess.adaptive.content.programme.best_test` assembles a test of full length; its
    items that were not presented yet are the candidates, as worthy as the criterion says.

    Parameters
    ----------
    mip_rel_gap : share of its worth by which a shadow test may fall short of the best, in [0, 1); the first
        test found within it is accepted. 0 takes the best one.

    References
    ----------
    van der Linden & Reese (1998), Applied Psychological Measurement, 22, 259. van der Linden (2005), Linear
    models for optimal test design, ch. 9.
    """

    name: ClassVar[str] = "shadow_test"
    version: ClassVar[int] = 1

    mip_rel_gap: float = 0.0

    def __post_init__(self) -> None:
        checked_share("mip_rel_gap", self.mip_rel_gap)

    def prepared(self, rows: Rows, /) -> PreparedShadowTest:
        """Over these rows."""
        return PreparedShadowTest(rows=rows, gap=float(self.mip_rel_gap))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedShadowTest:
    """Shadow tests over the rows of a blueprint."""

    rows: Rows
    gap: float

    def judged(self, situation: Situation, /) -> NDArray[np.float64]:
        """The worths of the shadow test's free items, −∞ elsewhere."""
        one = situation
        solved = best_test(self.rows, one.worth, one.open_items, one.presented, gap=self.gap)
        return np.where(solved.test & ~one.presented, one.worth, -np.inf)
