"""Cuts: numbers that ascend, and the bands between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem

__all__ = ["ascending", "between_cuts"]

Floats = NDArray[np.float64]


def ascending(values: ArrayLike, problems: list[Problem], where: str = "cuts") -> Floats:
    """At least one number, finite and ascending, (n,); what is wrong with them is added to ``problems``."""
    vector = np.atleast_1d(np.asarray(values, dtype=np.float64))
    fits = vector.ndim == 1 and vector.size > 0 and bool(np.all(np.isfinite(vector)))
    if not fits or not np.all(np.diff(vector) > 0):
        problems.append(
            Problem(
                where=where,
                what="out of order, or there is none",
                got=str(vector.tolist()),
                expected="finite numbers, each above the one before",
            )
        )
    return vector


def between_cuts(below: Floats) -> Floats:
    """P(band k) = P(θ < cut_k) − P(θ < cut_{k − 1}) at increasing cuts, along the last axis.

    Shapes: ``below`` (…, n_cuts), the answer (…, n_cuts + 1). The sinc weights of
    :meth:`compassess.irt.Grid.below` leave ripples of the size of the grid's error; they are not let out of
    [0, 1], nor may they decrease.
    """
    ordered = np.maximum.accumulate(np.clip(below, 0.0, 1.0), axis=-1)
    edges = np.concatenate([np.zeros((*below.shape[:-1], 1)), ordered, np.ones((*below.shape[:-1], 1))], -1)
    return np.diff(edges, axis=-1)
