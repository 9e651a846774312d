"""Curves of known items: probabilities, expected scores, information."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.irt.items import Items
from compassess.irt.layout import Layout, batch_parameters, layout_of, log_probability_table
from compassess.irt.models import model_named, theta_information

__all__ = ["expected_score", "information", "probability"]

Floats = NDArray[np.float64]


def probability(items: Items, theta: ArrayLike) -> Floats:
    """P(X = k | θ) for every item and code, (n_items, max K, n_theta).

    NaN for items without parameters and beyond an item's codes. Codes that count as one (a boundary
    between them was never observed) share the probability of the category: each shows the whole.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = _layout(items)
    table = log_probability_table(layout, [batch_parameters(items, b) for b in layout.batches], points)
    padded = np.concatenate([np.exp(table), np.full((1, points.size), np.nan)])
    return padded[layout.row_of]


def information(items: Items, theta: ArrayLike) -> Floats:
    """Fisher information I(θ) = E[(∂ log P / ∂θ)²] of every item, (n_items, n_theta).

    0 for items without parameters; sum over items for the test's.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    result = np.zeros((items.n_items, points.size))
    for batch in _layout(items).batches:
        xi = batch_parameters(items, batch)
        result[batch.items] = theta_information(model_named(batch.model).family, xi, points)
    return result


def expected_score(items: Items, theta: ArrayLike) -> Floats:
    """E(X | θ) = Σ_k k P(X = k | θ) of every item, (n_items, n_theta); NaN without parameters.

    Categories that count as one are scored with the lowest of their codes.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = _layout(items)
    table = log_probability_table(layout, [batch_parameters(items, b) for b in layout.batches], points)
    scores = np.full((items.n_items, points.size), np.nan)
    for batch in layout.batches:
        lowest = np.array(
            [
                [np.flatnonzero(layout.row_of[j] == row)[0] for row in rows]
                for j, rows in zip(batch.items, batch.rows, strict=True)
            ]
        )
        scores[batch.items] = np.einsum("jk,jkq->jq", lowest, np.exp(table[batch.rows]))
    return scores


def _layout(items: Items) -> Layout:
    """A layout that does not ask which block an item belongs to."""
    return layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
