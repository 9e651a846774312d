"""Lee's method: bands of a sum score, exact under the response model.

Letters. S the sum score, P(S = s | θ) by Lord–Wingersky's recursion, τ(θ) = E(S | θ) the true score, raw
cuts r_1 < … < r_{K−1}. A band is r_k ≤ S < r_{k+1}.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, Population, expected_total, sum_distribution
from compassess.scoring.classification.indices import ClassificationIndices, classification_indices
from compassess.scoring.classification.inputs import band_indices, finite_vector, person_weights
from compassess.scoring.classification.nodes import crossings, dimension_of, population_nodes
from compassess.scoring.cuts import ascending

__all__ = ["lee", "sum_band_probabilities"]

Floats = NDArray[np.float64]


def sum_band_probabilities(items: Items, theta: ArrayLike, cuts: ArrayLike) -> Floats:
    """Probabilities of the bands of the sum score given θ, (n_theta, n_cuts + 1).

    p_k(θ) = Σ_{r_k ≤ s < r_{k+1}} P(S = s | θ) (:func:`compassess.irt.sum_distribution`).

    Raises
    ------
    InputError : theta not finite; cuts out of order, or at or below 0 or above the highest sum, where
        nobody would be on one side; no item with parameters.
    """
    problems: list[Problem] = []
    points, edges = finite_vector(theta, "theta", problems), ascending(cuts, problems)
    raise_if_any(problems)
    given_theta = sum_distribution(items, points)
    if edges[0] <= 0 or edges[-1] > len(given_theta) - 1:
        problems.append(
            Problem(
                where="cuts",
                what="a cut that every sum score reaches, or none",
                got=str(edges.tolist()),
                expected=f"numbers above 0 and at most {len(given_theta) - 1}, the highest sum",
            )
        )
    raise_if_any(problems)
    band = np.searchsorted(edges, np.arange(len(given_theta)), side="right")
    return (given_theta.T @ np.eye(edges.size + 1)[band]).clip(0.0, 1.0)


def lee(
    items: Items,
    cuts: ArrayLike,
    *,
    theta: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    true_bands: ArrayLike | None = None,
    population: Population | None = None,
) -> ClassificationIndices:
    """Lee's accuracy and consistency of bands by cuts on the sum score.

    p_nk by :func:`sum_band_probabilities`, t_n the band of the true score τ(θ_n) = Σ_i E(X_i | θ_n), then
    :func:`classification_indices`. Two parallel forms are independent given θ, hence consistency Σ_k p_nk².

    Parameters
    ----------
    items : of one dimension, of any models.
    cuts : on the sum score, ascending; a sum at a cut is above it.
    theta, weights : nodes and their masses, or abilities of persons (estimates, or draws), whose indices are
        ``conditional_accuracy`` and ``conditional_consistency``; default the normal population of the items
        (or ``population``) on nodes between those θ where τ passes a cut, exact to 1e-10.
    true_bands : (n_theta,) the true bands of the given theta where the standard is set elsewhere: on θ, or
        on the expected score of a whole bank. Default by τ.

    Raises
    ------
    InputError : as :func:`sum_band_probabilities`; items of several dimensions where theta is not given;
        weights or true bands without theta, or that do not fit it.

    References
    ----------
    Lee (2010), Journal of Educational Measurement 47, 1-17; Lord & Wingersky (1984), Applied
    Psychological Measurement 8, 453-461.
    """
    problems: list[Problem] = []
    edges = ascending(cuts, problems)
    nodes = None if theta is None else finite_vector(theta, "theta", problems)
    masses = None if nodes is None else person_weights(weights, nodes.size, problems)
    told = None
    if nodes is not None and true_bands is not None:
        told = band_indices(true_bands, nodes.size, edges.size + 1, "true_bands", problems)
    for name, value in (("weights", weights), ("true_bands", true_bands)):
        if nodes is None and value is not None:
            problems.append(Problem(where=name, what=f"{name} of what? There is no theta"))
    raise_if_any(problems)
    if nodes is None:
        mean, sd = dimension_of(items, population)
        jumps = crossings(lambda points: expected_total(items, points), edges, mean, sd)
        nodes, masses = population_nodes(mean, sd, jumps)
    true = np.searchsorted(edges, expected_total(items, nodes), side="right") if told is None else told
    return classification_indices(sum_band_probabilities(items, nodes, edges), true, weights=masses)
