"""Rudner's method: bands of an estimate with normal error.

Letters. θ̂ = θ + error, error ~ N(0, se(θ)²), se = 1 / √I(θ) for ML; cuts c_1 < … < c_{K−1}, c_0 = −∞,
c_K = ∞. A band is [c_k, c_{k+1}).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from compassess.errors import Problem, raise_if_any
from compassess.irt import Items, Population, total_information
from compassess.scoring.classification.indices import ClassificationIndices, classification_indices
from compassess.scoring.classification.inputs import finite_vector, person_weights
from compassess.scoring.classification.nodes import dimension_of, population_nodes
from compassess.scoring.cuts import ascending

__all__ = ["band_probabilities", "bands_of", "rudner", "rudner_of_form"]

Floats = NDArray[np.float64]


def bands_of(values: ArrayLike, cuts: ArrayLike) -> NDArray[np.intp]:
    """The band of every value: how many cuts it reaches, 0 … n_cuts. Half-open: a value at a cut is above.

    Raises
    ------
    InputError : values that are not finite, cuts out of order.
    """
    problems: list[Problem] = []
    points, edges = finite_vector(values, "values", problems), ascending(cuts, problems)
    raise_if_any(problems)
    return np.searchsorted(edges, points, side="right").astype(np.intp)


def band_probabilities(theta: ArrayLike, se: ArrayLike, cuts: ArrayLike) -> Floats:
    """Probabilities of the bands under N(theta, se²), (n, n_cuts + 1).

    p_k = Φ((c_{k+1} − θ) / se) − Φ((c_k − θ) / se).

    Parameters
    ----------
    theta, se : (n,), or one se for all; a posterior mean and SD, an estimate and its standard error, or a
        true θ and the standard error at it.
    cuts : on the scale of theta, ascending.

    Limits: a row is 1 in the band of θ for se = 0, and ½, 0, …, 0, ½ for se = ∞. Tails keep their digits.
    Where posteriors are known on a grid take their own probabilities (:class:`compassess.scoring.Summary`,
    :func:`density_band_probabilities`): this is a normal approximation of them.

    Raises
    ------
    InputError : theta not finite, se negative or NaN, cuts out of order, sizes that do not match.
    """
    problems: list[Problem] = []
    points, edges = finite_vector(theta, "theta", problems), ascending(cuts, problems)
    error = np.atleast_1d(np.asarray(se, dtype=np.float64))
    if error.size not in (1, points.size) or error.ndim != 1 or not np.all(error >= 0):
        problems.append(
            Problem(
                where="se",
                what="these are not standard errors of these persons",
                got=f"{error.size} numbers, the lowest {error.min(initial=np.inf):g}",
                expected=f"one, or {points.size}, each at least 0",
            )
        )
    raise_if_any(problems)
    error = np.broadcast_to(error, points.shape)[:, None]
    distance = edges - points[:, None]
    exact = np.where(distance > 0, np.inf, -np.inf)  # a value at a cut is above it
    with np.errstate(over="ignore"):  # an error near 0 makes an endless distance, which is its limit
        z = np.divide(distance, error, out=exact, where=error > 0)
    ends = np.full((points.size, 1), np.inf)
    low, high = np.concatenate([-ends, z], axis=1), np.concatenate([z, ends], axis=1)
    # Both ends in the upper tail: the difference of the small numbers, not of two that are nearly 1.
    return np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))


def rudner(
    theta: ArrayLike, se: ArrayLike, cuts: ArrayLike, *, weights: ArrayLike | None = None
) -> ClassificationIndices:
    """Rudner's expected accuracy and consistency of a sample of estimates, or of a quadrature.

    p_nk by :func:`band_probabilities`, t_n the band of θ_n itself, then :func:`classification_indices`.

    Parameters
    ----------
    theta, se : (n,) estimates with their standard errors, or nodes with the standard errors at them.
    cuts : on the scale of theta, ascending.
    weights : masses of the nodes, or weights of persons; default equal.

    A sample of estimates stands for the true abilities that it estimates, and scatters more (ML) or less
    (EAP) than they do; the quadrature form does not have this fault.

    Raises
    ------
    InputError : as :func:`band_probabilities`; weights that are none.

    References
    ----------
    Rudner (2001), Practical Assessment, Research & Evaluation 7(14); Rudner (2005), the same 10(13);
    consistency: Wyse & Hao (2012), Applied Psychological Measurement 36, 602-624.
    """
    return classification_indices(band_probabilities(theta, se, cuts), bands_of(theta, cuts), weights=weights)


def rudner_of_form(
    items: Items,
    cuts: ArrayLike,
    *,
    theta: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    population: Population | None = None,
) -> ClassificationIndices:
    """Rudner's accuracy and consistency of a form, before anybody has sat it: se(θ) = 1 / √I(θ).

    I(θ) = Σ_i I_i(θ) (:func:`compassess.irt.total_information`).

    Parameters
    ----------
    items : of one dimension.
    cuts : on θ, ascending.
    theta, weights : nodes and their masses, or abilities of persons; default the normal population of the
        items (or ``population``) on nodes that no cut falls between, exact to 1e-10.

    Limits: with little information ML is not normal, and these indices are an approximation; Lee's, on sum
    scores, are exact.

    Raises
    ------
    InputError : cuts out of order; items of several dimensions, where nodes are not given; weights that are
        none.

    References
    ----------
    Rudner (2005), as :func:`rudner`.
    """
    problems: list[Problem] = []
    edges = ascending(cuts, problems)
    nodes = None if theta is None else finite_vector(theta, "theta", problems)
    masses = None if nodes is None else person_weights(weights, nodes.size, problems)
    if nodes is None and weights is not None:
        problems.append(Problem(where="weights", what="weights of what? There is no theta"))
    raise_if_any(problems)
    if nodes is None:
        nodes, masses = population_nodes(*dimension_of(items, population), edges)
    information = total_information(items, nodes)
    se = np.divide(1.0, np.sqrt(information), out=np.full(nodes.size, np.inf), where=information > 0)
    return rudner(nodes, se, edges, weights=masses)
