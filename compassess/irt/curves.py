"""Curves of known items: probabilities and their slopes, expected scores, information, and a test's sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.irt.items import Items
from compassess.irt.layout import Batch, Layout, batch_parameters, layout_of, log_probability_table
from compassess.irt.models import model_named, theta_information

__all__ = [
    "expected_score",
    "expected_score_slope",
    "expected_total",
    "information",
    "log_probability",
    "probability",
    "score_function",
    "total_information",
]

Floats = NDArray[np.float64]


def probability(items: Items, theta: ArrayLike) -> Floats:
    """P(X = k | θ) for every item and code, (n_items, max K, n_theta).

    NaN for items without parameters and beyond an item's codes. Codes that count as one (a boundary
    between them was never observed) share the probability of the category: each shows the whole.
    """
    return np.exp(log_probability(items, theta))


def log_probability(items: Items, theta: ArrayLike) -> Floats:
    """log P(X = k | θ) for every item and code, (n_items, max K, n_theta).

    It keeps its digits where P itself underflows: far from an item's thresholds it falls linearly in θ,
    and it is finite for every finite θ. NaN where :func:`probability` has NaN.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = _layout(items)
    parameters = [batch_parameters(items, batch) for batch in layout.batches]
    return _by_code(layout, log_probability_table(layout, parameters, points))


def score_function(items: Items, theta: ArrayLike) -> Floats:
    """∂ log P(X = k | θ) / ∂θ, what an answer says about θ, (n_items, max K, n_theta).

    Its mean over the answers is 0 and its mean square the information; the sum over a person's answers
    is 0 at the ML estimate. Limits: it lies within ±|a| (K − 1 times that for partial credit, the range of
    the slopes for nominal items) and goes to 0 where the answer is certain or a guess. NaN where
    :func:`probability` has NaN.

    References
    ----------
    Samejima (1969), Psychometrika Monograph 17, the basic function of a category.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = _layout(items)
    table = np.empty((layout.n_rows, points.size))
    for batch in layout.batches:
        slopes, _ = model_named(batch.model).family.theta_derivatives(batch_parameters(items, batch), points)
        table[batch.rows] = slopes
    return _by_code(layout, table)


def information(items: Items, theta: ArrayLike) -> Floats:
    """Fisher information I(θ) = E[(∂ log P / ∂θ)²] of every item, (n_items, n_theta).

    0 for items without parameters; :func:`total_information` is the test's.
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
        scores[batch.items] = np.einsum("jk,jkq->jq", _lowest_codes(layout, batch), np.exp(table[batch.rows]))
    return scores


def expected_score_slope(items: Items, theta: ArrayLike) -> Floats:
    """d E(X | θ) / dθ = Σ_k k P_k(θ) ∂ log P_k / ∂θ of every item, (n_items, n_theta).

    NaN without parameters. The sum over the items of one dimension is the slope of :func:`expected_total`:
    an error of the total divided by it is an error of θ. Limits: 0 far away from all thresholds.

    References
    ----------
    Lord (1980), ch. 5, on the slope of the regression of a score on θ.
    """
    points = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    layout = _layout(items)
    table = log_probability_table(layout, [batch_parameters(items, b) for b in layout.batches], points)
    result = np.full((items.n_items, points.size), np.nan)
    for batch in layout.batches:
        slopes, _ = model_named(batch.model).family.theta_derivatives(batch_parameters(items, batch), points)
        moved = np.exp(table[batch.rows]) * slopes
        result[batch.items] = np.einsum("jk,jkq->jq", _lowest_codes(layout, batch), moved)
    return result


def expected_total(items: Items, theta: ArrayLike) -> Floats:
    """The test characteristic curve, E(Σ_i X_i | θ) = Σ_i E(X_i | θ), (n_theta,).

    θ is one and the same for all items: select those of one dimension first. Items without parameters add
    nothing. Limits: under positive slopes it rises from 0 to Σ (K_i − 1), of items with asymptotes from Σ c_i
    to Σ d_i.

    References
    ----------
    Lord (1980), Applications of Item Response Theory to Practical Testing Problems, ch. 4.
    """
    return np.asarray(np.nansum(expected_score(items, theta), axis=0))


def total_information(items: Items, theta: ArrayLike) -> Floats:
    """Test information Σ_i I_i(θ), (n_theta,); 1 / √ of it is the standard error of ML.

    θ is one and the same for all items: select those of one dimension first. Items without parameters add
    nothing; 0 where the test says nothing, which it nears far away from all thresholds.

    References
    ----------
    Birnbaum (1968), ch. 20; Lord (1980), ch. 5.
    """
    return np.asarray(information(items, theta).sum(axis=0))


def _by_code(layout: Layout, table: Floats) -> Floats:
    """Rows of the layout by item and code, NaN where an item has no such code."""
    padded = np.concatenate([table, np.full((1, table.shape[1]), np.nan)])
    return padded[layout.row_of]


def _lowest_codes(layout: Layout, batch: Batch) -> NDArray[np.intp]:
    """The lowest code of every scored category of a batch's items, (n, K)."""
    return np.array(
        [
            [np.flatnonzero(layout.row_of[j] == row)[0] for row in rows]
            for j, rows in zip(batch.items, batch.rows, strict=True)
        ],
        dtype=np.intp,
    )


def _layout(items: Items) -> Layout:
    """A layout that does not ask which block an item belongs to."""
    return layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
