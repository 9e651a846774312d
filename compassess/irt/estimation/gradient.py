"""The slope of the log-posterior in everything that is free, from one E-step.

By Fisher's identity the gradient of the marginal log-likelihood is the expected slope of the complete-data
log-likelihood, whose parts are the expected counts.

References
----------
Louis (1982), JRSS B 44, eq. 3.1.
"""

from __future__ import annotations

import numpy as np

from compassess.irt.estimation.fit import Evaluation, Fit, pairs_of
from compassess.irt.estimation.joint_masses import first_moments, mean_products
from compassess.irt.expectation import Expectation
from compassess.irt.models import Floats
from compassess.irt.priors import penalty

__all__ = ["gradient", "item_slopes"]


def gradient(fit: Fit, evaluation: Evaluation) -> Floats:
    """∂ (log-likelihood + Σ log prior) / ∂φ, (n_parameters,); 0 at the estimates."""
    space, phi, total = fit.space, evaluation.phi, evaluation.total
    slopes = [
        np.einsum("jp,jpw->jw", slope, form.jacobian(phi))
        for slope, form in zip(item_slopes(fit, phi, total.counts), space.forms, strict=True)
    ]
    result = space.scattered(slopes)
    if space.free_loadings:
        carriers = fit.lattice(phi).carrier_of_competency
        for place, competency, pairs in zip(
            range(space.loading_places.start, space.loading_places.stop),
            space.free_loadings,
            pairs_of(total, carriers, space.free_loadings),
            strict=True,
        ):
            result[place] = _loading_slope(pairs, fit.grid.theta, float(space.loadings(phi)[competency]))
    for group, expected in enumerate(evaluation.by_group):
        mean, covariance = _moment_slopes(
            expected, fit.grid.theta, space.mean(phi, group), space.covariance(phi, group)
        )
        space.write_moments(result, group, mean, covariance)
    return result


def item_slopes(fit: Fit, phi: Floats, counts: Floats) -> list[Floats]:
    """Σ r ∂ log P / ∂ξ + ∂ log prior / ∂ξ by batch, (n_items, n_parameters) each."""
    parts = []
    for batch, family, priors, xi in zip(
        fit.layout.batches, fit.families, fit.priors, fit.space.xi(phi), strict=True
    ):
        scores = family.log_probability_gradient(xi, fit.grid.theta)
        slope = np.einsum("jpkq,jkq->jp", scores, counts[batch.rows], optimize=True)
        if priors:
            slope += penalty(family, priors, xi).gradient
        parts.append(slope)
    return parts


def _moment_slopes(
    expected: Expectation, theta: Floats, mean: Floats, covariance: Floats
) -> tuple[Floats, Floats]:
    """Of a group's means, (n_blocks,), and covariances (twice below the diagonal), (n_blocks, n_blocks)."""
    n_persons, n_blocks = float(expected.joint.sum()), mean.size
    first, products = first_moments(expected.joint, theta), mean_products(expected.joint, theta)
    deviation = first - mean
    second = products - np.outer(mean, first) - np.outer(first, mean) + np.outer(mean, mean)
    inverse = np.linalg.inv(covariance)
    slope = n_persons * (inverse @ second @ inverse - inverse)
    return n_persons * (inverse @ deviation), slope * (1.0 - 0.5 * np.eye(n_blocks))


def _loading_slope(pairs: Floats, theta: Floats, loading: float) -> float:
    """Of a free λ, from its expected table of θ_c × θ_b."""
    n, rest = pairs.sum(), 1.0 - loading**2
    cc, bb = pairs.sum(axis=1) @ theta**2, pairs.sum(axis=0) @ theta**2
    cb = theta @ pairs @ theta
    residual = cc - 2 * loading * cb + loading**2 * bb
    return float(n * loading / rest + (cb - loading * bb) / rest - loading * residual / rest**2)
