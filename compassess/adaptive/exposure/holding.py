"""What becomes of items that an exposure control holds back, where nothing else may come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["without_held"]

Flags = NDArray[np.bool_]


def without_held(eligible: Flags, held: Flags | None) -> Flags:
    """``eligible`` items (n, n_items) without those held back; all of them in rows where none is left.

    Exposure is worth less than a sitting that goes on: nobody is sent home because an item is worn out.
    """
    if held is None:
        return eligible
    rest = eligible & ~held
    return np.asarray(np.where(rest.any(axis=1, keepdims=True), rest, eligible))
