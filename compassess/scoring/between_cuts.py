"""From probabilities below the cuts to probabilities of the bands between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["between_cuts"]

Floats = NDArray[np.float64]


def between_cuts(below: Floats) -> Floats:
    """P(band k) = P(θ < cut_k) − P(θ < cut_{k − 1}) at increasing cuts, along the last axis.

    Shapes: ``below`` (…, n_cuts), the answer (…, n_cuts + 1). The sinc weights of
    :meth:`compassess.irt.Grid.below` leave ripples of the size of the grid's error; they are not let out of
    [0, 1], nor may they decrease.
    """
    ordered = np.maximum.accumulate(np.clip(below, 0.0, 1.0), axis=-1)
    edges = np.concatenate([np.zeros((*below.shape[:-1], 1)), ordered, np.ones((*below.shape[:-1], 1))], -1)
    return np.diff(edges, axis=-1)
