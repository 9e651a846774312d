"""The M-steps of the population: what fits expected masses best, found another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from compassess.irt import Grid
from compassess.irt.estimation.population_steps import fitted_loading, fitted_population, least_eigenvalue
from compassess.irt.models import Floats

THETA = Grid.create(31).theta


def masses(mean: list[float], covariance: list[list[float]]) -> Floats:
    """Normal masses on the joint grid of two or three blocks."""
    axes = np.stack(np.meshgrid(*[THETA] * len(mean), indexing="ij"), axis=-1)
    density = stats.multivariate_normal(mean, covariance).pdf(axes)
    return np.asarray(density / density.sum())


def fitted_correlation(joint: Floats) -> Floats:
    """R of N(0, 1) blocks."""
    fixed = np.zeros(joint.ndim, dtype=np.bool_)
    mean, found = fitted_population(joint, THETA, np.zeros(joint.ndim), np.eye(joint.ndim), fixed, fixed)
    np.testing.assert_array_equal(mean, 0.0)
    return found


def fitted_moments(joint: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance where both are free."""
    free = np.ones(joint.ndim, dtype=np.bool_)
    return fitted_population(joint, THETA, np.zeros(joint.ndim), np.eye(joint.ndim), free, free)


@settings(max_examples=50)
@given(loading=st.floats(-0.9, 0.9), sd=st.floats(0.7, 1.3), noise=st.floats(0.0, 0.5))
def test_a_loading_is_the_best_one(loading: float, sd: float, noise: float) -> None:
    """λ maximises the expected log-density, here searched for on a line."""
    pairs = masses([0, 0], [[1 + noise, loading * sd], [loading * sd, sd**2 + noise]])
    found = fitted_loading(pairs, THETA, 0.99)
    c, b = THETA[:, None], THETA[None, :]

    def lost(candidate: float) -> float:
        scale = np.sqrt(1 - candidate**2)
        return float(-(pairs * stats.norm.logpdf(c, candidate * b, scale)).sum())

    best = optimize.minimize_scalar(lost, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
    assert lost(found) <= best.fun + 1e-9
    assert abs(found) <= 0.99


def test_a_loading_stops_at_its_bound() -> None:
    """Where competency and block are the same, λ is the bound, and not 1."""
    pairs = np.diag(stats.norm.pdf(THETA))
    assert fitted_loading(pairs, THETA, 0.97) == pytest.approx(0.97)
    assert fitted_loading(pairs[::-1], THETA, 0.97) == pytest.approx(-0.97)


@pytest.mark.parametrize(
    "correlation",
    [[[1, 0.6], [0.6, 1]], [[1, 0.5, -0.2], [0.5, 1, 0.3], [-0.2, 0.3, 1]]],
    ids=["two blocks", "three blocks"],
)
def test_correlations_are_fitted_to_their_masses(correlation: list[list[float]]) -> None:
    """Normal masses with unit variances give back their R."""
    joint = masses([0.0] * len(correlation), correlation)
    found = fitted_correlation(joint)
    np.testing.assert_allclose(found, correlation, rtol=0, atol=1e-6)


def test_correlations_of_two_blocks_solve_the_loadings_equation() -> None:
    """For two blocks R's ρ is the λ of one block on the other, also where variances are not 1."""
    joint = masses([0, 0], [[1.3, 0.4], [0.4, 0.8]])
    found = fitted_correlation(joint)
    assert found[0, 1] == pytest.approx(fitted_loading(joint, THETA, 0.99), abs=1e-7)
    assert np.diag(found).tolist() == pytest.approx([1.0, 1.0])


def test_correlations_stay_away_from_one() -> None:
    """Where blocks are the same on every node, R stays positive definite."""
    found = fitted_correlation(np.diag(stats.norm.pdf(THETA)))
    assert 0.9 < found[0, 1] < 1.0
    # Spacing .4: ½ (.4 / 1.5)² = .036 is the least eigenvalue 1 − ρ of what S becomes.
    assert 1 - found[0, 1] == pytest.approx(0.036, abs=0.004)


def test_moments_are_those_of_the_masses() -> None:
    """Mean and covariance of a group are the masses' own."""
    mean, covariance = fitted_moments(masses([0.4, -0.2], [[0.8, 0.3], [0.3, 1.2]]))
    np.testing.assert_allclose(mean, [0.4, -0.2], rtol=0, atol=1e-5)
    np.testing.assert_allclose(covariance, [[0.8, 0.3], [0.3, 1.2]], rtol=0, atol=1e-4)


def test_a_spread_stays_above_what_the_grid_resolves() -> None:
    """Masses on a single node have no spread; the covariance is widened to ½ (h / 1.5)²."""
    joint = np.zeros((31, 31))
    joint[15, 20] = 1.0
    mean, covariance = fitted_moments(joint)
    np.testing.assert_allclose(mean, [0.0, 2.0], atol=1e-12)
    np.testing.assert_allclose(covariance, 0.5 * (0.4 / 1.5) ** 2 * np.eye(2), rtol=1e-9)


PRODUCTS = np.array([[1.3, 0.4], [0.4, 0.8]])


@pytest.mark.parametrize(
    "free_variance", [[True, True], [True, False], [False, True], [False, False]], ids=str
)
@pytest.mark.parametrize("free_mean", [[True, True], [True, False], [False, False]], ids=str)
def test_whatever_is_free_is_best(free_mean: list[bool], free_variance: list[bool]) -> None:
    """Means and variances of each block free or given: the expected log-density has its maximum there."""
    first = np.array([0.3, -0.2])
    joint = masses(first.tolist(), (PRODUCTS - np.outer(first, first)).tolist())
    given_mean, given_covariance = np.array([0.1, 0.2]), np.array([[1.1, 0.3], [0.3, 0.9]])
    mean, variance = np.array(free_mean), np.array(free_variance)
    found_mean, found = fitted_population(joint, THETA, given_mean, given_covariance, mean, variance)
    np.testing.assert_array_equal(found_mean[~mean], given_mean[~mean])
    # R is normalised and scaled again: rounding.
    np.testing.assert_allclose(np.diag(found)[~variance], np.diag(given_covariance)[~variance], rtol=1e-12)

    def lost(point: Floats) -> float:
        at, deviation = given_mean.copy(), np.sqrt(np.diag(given_covariance))
        at[mean], deviation[variance] = point[1 : 1 + mean.sum()], np.exp(point[1 + mean.sum() :])
        rho = np.tanh(point[0])
        covariance = np.outer(deviation, deviation) * np.array([[1.0, rho], [rho, 1.0]])
        centred = PRODUCTS - np.outer(at, first) - np.outer(first, at) + np.outer(at, at)
        return float(np.linalg.slogdet(covariance)[1] + np.trace(np.linalg.solve(covariance, centred)))

    start = np.zeros(1 + mean.sum() + variance.sum())
    best = optimize.minimize(lost, start, method="BFGS", options={"gtol": 1e-9})
    scale = np.sqrt(np.diag(found))
    mine = np.concatenate(
        [[np.arctanh(found[0, 1] / scale.prod())], found_mean[mean], np.log(scale[variance])]
    )
    # Masses on ±6 have the moments of the density to 1e-5. A gradient of 1e-9 is 1e-9 of the parameters.
    np.testing.assert_allclose(mine, best.x, rtol=0, atol=1e-4)


def test_the_least_eigenvalue_is_that_of_the_spacing() -> None:
    """Half the squared conditional SD of h / 1.5."""
    assert least_eigenvalue(THETA) == pytest.approx(0.5 * (0.4 / 1.5) ** 2)
