"""The observed information: minus the second derivative of the marginal log-posterior.

By Fisher's identity the gradient of the marginal log-likelihood is the expected complete-data score,
which one E-step gives; its derivative is taken by central differences, a pair of E-steps for every
free parameter. It equals what Oakes' formula gives in closed form.

References
----------
Oakes (1999), JRSS B 61, eq. 5; Chalmers (2018), British Journal of Mathematical and Statistical
Psychology 71.
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.em import Fit, Parameters
from compassess.irt.expectation import Expectation, expectation
from compassess.irt.maximisation import ItemParameters, mean_products
from compassess.irt.models import model_named
from compassess.irt.priors import penalty
from compassess.irt.standard_errors import reference_moments

__all__ = ["gradient", "observed_information"]

Floats = NDArray[np.float64]

_STEP: Final = 1e-4  # truncation error about 1e-8, rounding about 1e-11 of the information


def observed_information(fit: Fit, parameters: Parameters) -> Floats:
    """Minus the Hessian in the free parameters, (n_parameters, n_parameters), symmetric.

    Order: items by batch (σ, then β), the reference's free (co)variances, λ, then for every further
    group its means and covariances.
    """
    point = _free(fit, parameters)
    columns = []
    for place in range(point.size):
        step = np.zeros_like(point)
        step[place] = _STEP
        after, before = (gradient(fit, _at(fit, parameters, point + sign * step)) for sign in (1.0, -1.0))
        columns.append((before - after) / (2 * _STEP))
    information = np.stack(columns)
    return np.asarray((information + information.T) / 2)


def gradient(fit: Fit, parameters: Parameters) -> Floats:
    """∂ (log-likelihood + Σ log prior) / ∂ free parameters, (n_parameters,); 0 at the estimates."""
    table = fit.table(parameters)
    lattices = [fit.lattice(parameters, group) for group in range(len(fit.designs))]
    by_group = [
        expectation(design, lattice, table) for design, lattice in zip(fit.designs, lattices, strict=True)
    ]
    total = reduce(Expectation.__add__, by_group)
    parts = [_item_gradient(fit, parameters, total.counts)]
    own = reference_moments(fit.free_variance)
    parts.append(_moment_gradient(parameters, by_group[0], fit.grid.theta, 0)[1][own])
    parts.append(_loading_gradient(fit, parameters, total))
    triangle = np.tril_indices(parameters.means.shape[1])
    for group in range(1, len(by_group)):
        mean, covariance = _moment_gradient(parameters, by_group[group], fit.grid.theta, group)
        parts += [mean, covariance[triangle]]
    return np.concatenate(parts)


def _item_gradient(fit: Fit, parameters: Parameters, counts: Floats) -> Floats:
    """Σ r ∂ log P + ∂ log prior, of σ and β by batch."""
    parts = []
    for batch, form, priors, xi in zip(
        fit.layout.batches, fit.forms, fit.priors, fit.xi(parameters), strict=True
    ):
        family = model_named(batch.model).family
        scores = family.log_probability_gradient(xi, fit.grid.theta)
        slope = np.einsum("jpkq,jkq->jp", scores, counts[batch.rows])
        if priors:
            slope += penalty(family, priors, xi).gradient
        parts += [(slope @ form.shared).sum(axis=0), (slope @ form.own).ravel()]
    return np.concatenate(parts) if parts else np.empty(0)


def _moment_gradient(
    parameters: Parameters, expected: Expectation, theta: Floats, group: int
) -> tuple[Floats, Floats]:
    """Of a group's means, (n_blocks,), and covariances (twice below the diagonal), (n_blocks, n_blocks)."""
    mean, covariance = parameters.means[group], parameters.covariances[group]
    n_persons, n_blocks = float(expected.joint.sum()), mean.size
    first = np.array(
        [
            expected.joint.sum(axis=tuple(a for a in range(n_blocks) if a != b)) @ theta
            for b in range(n_blocks)
        ]
    )
    products = n_persons * mean_products(expected.joint, theta)
    deviation = first - n_persons * mean
    second = products - np.outer(mean, first) - np.outer(first, mean) + n_persons * np.outer(mean, mean)
    inverse = np.linalg.inv(covariance)
    slope = inverse @ second @ inverse - n_persons * inverse
    return inverse @ deviation, slope * (1.0 - 0.5 * np.eye(n_blocks))


def _loading_gradient(fit: Fit, parameters: Parameters, total: Expectation) -> Floats:
    """Of the free λ, from the expected tables of θ_c × θ_b."""
    theta, slopes = fit.grid.theta, []
    for competency in fit.free:
        pairs = total.pairs[int(fit.lattice(parameters).carrier_of_competency[competency])]
        assert pairs is not None
        loading = float(parameters.loadings[competency])
        n, rest = pairs.sum(), 1.0 - loading**2
        cc, bb = pairs.sum(axis=1) @ theta**2, pairs.sum(axis=0) @ theta**2
        cb = theta @ pairs @ theta
        residual = cc - 2 * loading * cb + loading**2 * bb
        slopes.append(n * loading / rest + (cb - loading * bb) / rest - loading * residual / rest**2)
    return np.array(slopes)


def _free(fit: Fit, parameters: Parameters) -> Floats:
    """The free parameters as one vector, in the order of :func:`observed_information`."""
    own, triangle = reference_moments(fit.free_variance), np.tril_indices(parameters.means.shape[1])
    parts = [np.concatenate([free.shared, free.own.ravel()]) for free in parameters.items]
    parts += [parameters.covariances[0][own], parameters.loadings[list(fit.free)]]
    for mean, covariance in zip(parameters.means[1:], parameters.covariances[1:], strict=True):
        parts += [mean, covariance[triangle]]
    return np.concatenate(parts)


def _at(fit: Fit, like: Parameters, vector: Floats) -> Parameters:
    """Parameters with the vector's free values."""
    n_groups, n_blocks = like.means.shape
    own, triangle = reference_moments(fit.free_variance), np.tril_indices(n_blocks)
    sizes = [free.shared.size + free.own.size for free in like.items]
    sizes += [own[0].size, len(fit.free), *[n_blocks, triangle[0].size] * (n_groups - 1)]
    pieces = np.split(vector, np.cumsum(sizes)[:-1])
    items = tuple(
        ItemParameters(shared=x[: free.shared.size], own=x[free.shared.size :].reshape(free.own.shape))
        for x, free in zip(pieces, like.items, strict=False)
    )
    rest = pieces[len(items) :]
    covariances = like.covariances.copy()
    covariances[0][own] = rest[0]
    covariances[0][own[1], own[0]] = rest[0]
    loadings = like.loadings.copy()
    loadings[list(fit.free)] = rest[1]
    means = like.means.copy()
    for group in range(1, n_groups):
        means[group] = rest[2 * group]
        covariances[group][triangle] = rest[2 * group + 1]
        covariances[group][triangle[1], triangle[0]] = rest[2 * group + 1]
    return Parameters(items=items, loadings=loadings, means=means, covariances=covariances)
