"""The cubic through the four nodes around a point: what lies between samples of a smooth function."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cubic_weights"]


def cubic_weights(n_nodes: int, points: ArrayLike) -> NDArray[np.float64]:
    """Weights W such that values on nodes 0 … n_nodes − 1, (…, n_nodes), times W are values at ``points``.

    Lagrange's polynomial of degree 3 through the two nodes on either side; in the first and the last cell
    through the four outermost. It is exact for cubics, and so for the logarithm of a normal density.

    Shapes: ``points`` (m,) in units of the spacing, the answer (n_nodes, m). ``n_nodes`` ≥ 4.
    """
    at = np.asarray(points, dtype=np.float64)
    first = np.clip(at.astype(np.intp) - 1, 0, n_nodes - 4)
    weights = np.zeros((n_nodes, at.size))
    for node in range(4):
        others = [other for other in range(4) if other != node]
        factors = [(at - first - other) / (node - other) for other in others]
        weights[first + node, np.arange(at.size)] = np.prod(factors, axis=0)
    return weights
