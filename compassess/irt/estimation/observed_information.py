"""The observed information: minus the second derivative of the marginal log-posterior, without differences.

By Louis' identity, at any φ and person by person, with s = ∂ log p(x, θ) / ∂φ,

    −∂² log L = E(−∂² log p(x, θ) / ∂φ² | x) − E(s sᵀ | x) + E(s | x) E(s | x)ᵀ:

the curvature of complete data under the expected counts, less the posterior covariance of the scores. At the
estimates it equals what Oakes' formula gives.

References
----------
Louis (1982), JRSS B 44, eq. 3.2; Oakes (1999), JRSS B 61, eq. 5; Chalmers (2018), British Journal of
Mathematical and Statistical Psychology 71.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from compassess.irt.chunks import crew
from compassess.irt.estimation.crossproducts import crossproduct_information
from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.gradient import item_slopes
from compassess.irt.estimation.joint_masses import moments_about
from compassess.irt.estimation.population_scores import loading_on_nodes
from compassess.irt.estimation.second_moments import moment_scores, second_moments
from compassess.irt.expectation import Expectation
from compassess.irt.models import Family, Floats
from compassess.irt.priors import Priors, penalty

__all__ = ["observed_information"]

_STEP: Final = 1e-5  # central differences of the priors' analytic slopes: an error of about 1e-10
_AT_ONCE: Final = 2**22  # numbers in the second derivatives of some items' log-probabilities


def observed_information(fit: Fit, phi: Floats) -> Floats:
    """Minus the Hessian in φ, (n_parameters, n_parameters), symmetric."""
    with crew():
        evaluation = fit.evaluation(phi)
        spread = second_moments(fit, phi, evaluation.by_group) - crossproduct_information(fit, phi)
    information = _complete_curvature(fit, evaluation) - spread
    return np.asarray((information + information.T) / 2)


def _complete_curvature(fit: Fit, evaluation: Evaluation) -> Floats:
    """E(−∂² log p(x, θ) / ∂φ²) − ∂² log prior / ∂φ², summed over persons, (n_parameters, n_parameters)."""
    space, phi, total = fit.space, evaluation.phi, evaluation.total
    result = np.zeros((space.n_parameters,) * 2)
    slopes = item_slopes(fit, phi, total.counts)
    for batch, family, form, priors, xi, slope in zip(
        fit.layout.batches, fit.families, space.forms, fit.priors, space.xi(phi), slopes, strict=True
    ):
        if not form.places.size:
            continue
        curvature = _item_curvature(family, xi, fit.grid.theta, total.counts[batch.rows])
        if priors:
            curvature += _prior_curvature(family, priors, xi)
        jacobian, places = form.jacobian(phi), form.places
        free = jacobian.transpose(0, 2, 1) @ curvature @ jacobian - form.bend(phi, slope)
        np.add.at(result, (places[:, :, None], places[:, None, :]), free)
    lattice = fit.lattice(phi)
    loadings = space.loadings(phi)[list(space.free_loadings)].tolist()
    for offset, (loading, table) in enumerate(zip(loadings, fit.loading_tables(evaluation), strict=True)):
        place = space.loading_places.start + offset
        competency = space.free_loadings[offset]
        transition = lattice.carriers[int(lattice.carrier_of_competency[competency])].transition
        assert transition is not None
        result[place, place] = _loading_curvature(table, transition, fit.grid.theta, loading)
    for group, expected in enumerate(evaluation.by_group):
        means, covariances = space.mean_places(group), space.covariance_places(group)
        places = np.r_[means, covariances].astype(np.intp)
        result[np.ix_(places, places)] = _moment_curvature(fit, phi, group, expected)
    return result


def _item_curvature(family: Family, xi: Floats, theta: Floats, counts: Floats) -> Floats:
    """−Σ_kq r_kq ∂² log P_k / ∂ξ², (n_items, n_parameters, n_parameters)."""
    n_items, n_parameters = xi.shape
    result = np.empty((n_items, n_parameters, n_parameters))
    step = max(_AT_ONCE // (n_parameters**2 * counts[0].size), 1)
    for start in range(0, n_items, step):
        some = slice(start, start + step)
        second = family.log_probability_hessian(xi[some], theta)
        result[some] = -np.einsum("jprkq,jkq->jpr", second, counts[some], optimize=True)
    return result


def _prior_curvature(family: Family, priors: Priors, xi: Floats) -> Floats:
    """−∂² log prior / ∂ξ², (n_items, n_parameters, n_parameters)."""
    columns = []
    for move in _STEP * np.eye(xi.shape[1]):
        after, before = (penalty(family, priors, xi + sign * move).gradient for sign in (1, -1))
        columns.append((before - after) / (2 * _STEP))
    curvature = np.stack(columns, axis=2)
    return np.asarray((curvature + curvature.transpose(0, 2, 1)) / 2)


def _loading_curvature(pairs: Floats, transition: Floats, theta: Floats, loading: float) -> float:
    """Of a free λ, from its expected table of θ_c × θ_b and the transition's masses."""
    return float((pairs * loading_on_nodes(loading, theta, transition).curvature).sum())


def _moment_curvature(fit: Fit, phi: Floats, group: int, expected: Expectation) -> Floats:
    """Of a group's free means and then (co)variances: of the log of its masses w on the nodes.

    With y the slopes of −½ (θ − μ)ᵀ Σ⁻¹ (θ − μ), −∂² log w = −∂y + E₀ ∂y + Cov₀(y, y), E₀ under w, which sums
    to 1. With A = Σ⁻¹ ∂Σ/∂σ, d = Σ_p E(θ − μ) and S = Σ_p E(θ − μ)(θ − μ)ᵀ less n times the same under w:
    A Σ⁻¹ d between a mean and σ, tr(A A′ Σ⁻¹ S) between σ and σ′, and n Cov₀ for all.
    """
    space, theta = fit.space, fit.grid.theta
    n_persons = float(expected.joint.sum())
    mean, inverse = space.mean(phi, group), np.linalg.inv(space.covariance(phi, group))
    prior = np.asarray(fit.lattice(phi, group).prior, dtype=np.float64).reshape(expected.joint.shape)
    first, second = (
        after - before
        for after, before in zip(
            moments_about(mean, expected.joint, theta), moments_about(mean, prior, theta), strict=True
        )
    )
    free, (rows, columns) = space.free_mean[group], space.moments(group)
    turned = np.zeros((rows.size, *inverse.shape))
    for number, (i, j) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        turned[number, :, j] = inverse[:, i]
        turned[number, :, i] = inverse[:, j]
    mixed = (turned @ (inverse @ first))[:, free]
    between = np.einsum("aij,bjk,ki->ab", turned, turned, inverse @ second)
    n_means = int(free.sum())
    curvature = np.block([[np.zeros((n_means, n_means)), mixed.T], [mixed, (between + between.T) / 2]])
    functions = moment_scores(fit, phi, group)[1].reshape(len(curvature), prior.size)
    return np.asarray(n_persons * (curvature + (functions * prior.ravel()) @ functions.T))
