"""Any item, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.item_draws import item_draws
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View

__all__ = ["RandomItem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomItem:
    """An item drawn evenly from those that may be presented, by the sitting's seed.

    It is the baseline that adaptive choice is held against. ``across_blocks``: it looks at no block's need.
    """

    name: ClassVar[str] = "random"
    version: ClassVar[int] = 1
    across_blocks: ClassVar[bool] = True

    def prepared(self, _pool: Pool, /) -> RandomItem:
        """Itself: nothing hangs on the pool."""
        return self

    def worth(self, view: View, /) -> NDArray[np.float64]:
        """A draw for every item, (n, n_items)."""
        return item_draws(view)
