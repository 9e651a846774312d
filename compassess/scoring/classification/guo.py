"""Guo's method: bands under the latent distribution of every person, whatever its shape.

Letters. f_n(θ) ∝ p(θ) Π_i P(x_ni | θ) the posterior of person n (Guo's own: the likelihood, with p flat on
the range of the nodes); p_nk its mass between the cuts.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from compassess.errors import Problem, raise_if_any
from compassess.scoring.classification.indices import ClassificationIndices, classification_indices
from compassess.scoring.classification.inputs import band_table
from compassess.scoring.cuts import ascending
from compassess.scoring.decisions import most_probable

__all__ = ["density_band_probabilities", "guo"]

Floats = NDArray[np.float64]

_POINTS: Final = 6  # Gauss–Legendre points in a cell; a normal density 1.5 SD a cell is then exact to 1e-9
_LEAST_NODES: Final = 5
_HIGHEST: Final = 30.0  # a normal peak between nodes lies 0.3 above them at 1.5 SD a cell


def guo(
    probabilities: ArrayLike, assigned: ArrayLike | None = None, *, weights: ArrayLike | None = None
) -> ClassificationIndices:
    """Expected accuracy of the bands that persons were given, from the masses of their own distributions.

    Accuracy Σ_n w_n p_n,a(n) with a_n the band assigned: the mean probability of the bands that were given.
    Consistency Σ_n w_n Σ_k p_nk².

    Parameters
    ----------
    probabilities : (n, n_bands), such as ``bands`` of :class:`compassess.scoring.Summary`, or those of
        :func:`density_band_probabilities`.
    assigned : (n,) the bands given, 0 the lowest; default the most probable.
    weights : of persons.

    What it means: from posteriors under the population that the persons come from, accuracy is unbiased
    for the share of right bands; from likelihoods it takes every θ for equally likely. The most probable
    band is the one that maximises it. Consistency is the probability that two abilities drawn from the same
    posterior lie in the same band; it speaks of what is not known of the person, not of a second test
    (for that see :func:`rudner` and :func:`lee`).

    Raises
    ------
    InputError : rows that are not probabilities, bands that do not fit, weights that are none.

    References
    ----------
    Guo (2006), Practical Assessment, Research & Evaluation 11(6).
    """
    problems: list[Problem] = []
    table = band_table(probabilities, problems)
    raise_if_any(problems)
    bands = most_probable(table) if assigned is None else assigned
    return classification_indices(table, bands, weights=weights)


def density_band_probabilities(log_density: ArrayLike, theta: ArrayLike, cuts: ArrayLike) -> Floats:
    """Masses between the cuts of densities that are known at nodes, (n, n_cuts + 1).

    p_nk = ∫_{c_k}^{c_{k+1}} f_n(θ) dθ / ∫ f_n(θ) dθ over the range of the nodes, log f_n interpolated by a
    cubic spline (a normal density is a parabola there, and exact) and integrated by Gauss–Legendre points
    between neighbouring nodes and cuts.

    Parameters
    ----------
    log_density : (n, n_nodes) log-likelihoods of persons, or log-posteriors, up to a constant a person.
    theta : (n_nodes,) ascending, at least 5, equally spaced or not; nothing beyond them counts, so that a
        perfect score's likelihood ends there.
    cuts : on θ, ascending. A band without any range gets 0.

    Raises
    ------
    InputError : log-densities or nodes that are not finite, nodes out of order, shapes that do not match.
    """
    problems: list[Problem] = []
    edges = ascending(cuts, problems)
    nodes = ascending(theta, problems, "theta")
    table = np.atleast_2d(np.asarray(log_density, dtype=np.float64))
    if nodes.size < _LEAST_NODES or table.shape[1:] != nodes.shape or not np.all(np.isfinite(table)):
        problems.append(
            Problem(
                where="log_density",
                what="these are not finite log-densities at these nodes",
                got=f"shape {table.shape} at {nodes.size} nodes",
                expected=f"a row a person, a column a node, at least {_LEAST_NODES} nodes",
            )
        )
    raise_if_any(problems)
    ends = np.union1d(nodes, edges[(edges > nodes[0]) & (edges < nodes[-1])])
    x, w = np.polynomial.legendre.leggauss(_POINTS)
    half = np.diff(ends)[:, None] / 2
    points = (ends[:-1, None] + half * (x + 1.0)).ravel()
    scaled = table - table.max(axis=1, keepdims=True)  # what is 1e-300 of the highest may go to 0
    # Between nodes that are far too coarse a spline may shoot up; a finite answer is as good as any there.
    log_mass = np.minimum(CubicSpline(nodes, scaled, axis=1)(points), _HIGHEST)
    masses = np.exp(log_mass) * (half * w).ravel()
    band = np.searchsorted(edges, points, side="right")
    shares = masses @ np.eye(edges.size + 1)[band]
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
