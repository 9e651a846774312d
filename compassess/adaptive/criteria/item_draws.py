"""Random numbers for every item at a step, that hang on the sitting's seed and the step only."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import uniform
from compassess.adaptive.view import View

__all__ = ["item_draws"]

#: The stream of criteria; exposure controls draw from the low ones.
_STREAM: Final = 2**40


def item_draws(view: View) -> NDArray[np.float64]:
    """Independent numbers in [0, 1), (n, n_items), the same whenever the sitting comes to this step.

    The sitting's draw at this step is the seed of a row, the item's place in the pool its step.
    """
    seeds = (view.draw(_STREAM) * 2.0**53).astype(np.uint64)
    return uniform(seeds[:, None], np.arange(view.pool.n_items, dtype=np.uint64))
