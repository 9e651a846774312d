"""One experiment an item and sitting: the number that decides whether an item takes part in it.

A control by probabilities asks of every item at most once in a sitting whether it passes: one that passes is
presented, one that fails is out. So the experiments may as well be made before the first item, and hang on
the sitting's seed and the item alone. Nothing has to be remembered from step to step, and a replay, or a
sitting in which an answer was changed, makes the same ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import substream, uniform

__all__ = ["experiments"]

#: The stream of experiments: neither a control's draws at a step (low ones), nor those of criteria (2⁴⁰).
_STREAM: Final = 2**41


def experiments(seeds: NDArray[np.uint64], items: NDArray[np.intp]) -> NDArray[np.float64]:
    """Independent numbers in [0, 1), (n, n_items), the same throughout a sitting.

    ``seeds`` (n,) of the sittings, ``items`` places in the pool. An item with probability k passes where its
    number is below k.
    """
    streams = substream(seeds, _STREAM)
    return uniform(streams[:, None], np.asarray(items, dtype=np.uint64))
