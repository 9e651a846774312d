"""The slope of the log-posterior in everything that is free, from one E-step.

By Fisher's identity the gradient of the marginal log-likelihood is the expected slope of the complete-data
log-likelihood, whose parts are the expected counts. Rule: it is the gradient of what is evaluated. The
population's masses on the nodes sum to 1, so that their slopes are those of the normal density less the
masses' own mean of them; that mean is 0 where the nodes reach far enough.

References
----------
Louis (1982), JRSS B 44, eq. 3.1.
"""

from __future__ import annotations

import numpy as np

from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.joint_masses import moments_about
from compassess.irt.estimation.population_scores import covariance_scores, loading_on_nodes
from compassess.irt.expectation import Expectation
from compassess.irt.lattice import Lattice
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
        lattice = fit.lattice(phi)
        for place, competency, pairs in zip(
            range(space.loading_places.start, space.loading_places.stop),
            space.free_loadings,
            fit.loading_tables(evaluation),
            strict=True,
        ):
            transition = lattice.carriers[int(lattice.carrier_of_competency[competency])].transition
            assert transition is not None
            loading = float(space.loadings(phi)[competency])
            result[place] = _loading_slope(pairs, transition, fit.grid.theta, loading)
    for group, expected in enumerate(evaluation.by_group):
        mean, covariance = _moment_slopes(
            expected, fit.lattice(phi, group), space.mean(phi, group), space.covariance(phi, group)
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
    expected: Expectation, lattice: Lattice, mean: Floats, covariance: Floats
) -> tuple[Floats, Floats]:
    """Of a group's means, (n_blocks,), and covariances (twice below the diagonal), (n_blocks, n_blocks)."""
    theta = lattice.grid.theta
    n_persons = float(expected.joint.sum())
    prior = np.asarray(lattice.prior, dtype=np.float64).reshape(expected.joint.shape)
    first, second = moments_about(mean, expected.joint, theta)
    first_before, second_before = moments_about(mean, prior, theta)
    inverse = np.linalg.inv(covariance)
    slope = covariance_scores(inverse, second) - covariance_scores(inverse, second_before)
    return n_persons * (inverse @ (first - first_before)), n_persons * slope


def _loading_slope(pairs: Floats, transition: Floats, theta: Floats, loading: float) -> float:
    """Of a free λ, from its expected table of θ_c × θ_b and the transition's masses, (Q, Q) each."""
    return float((pairs * loading_on_nodes(loading, theta, transition).score).sum())
