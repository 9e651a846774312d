"""The M-steps: what fits expected counts best, found another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from compassess.irt import MODELS, Grid
from compassess.irt.maximisation import fitted_correlation, fitted_items, fitted_loading, fitted_moments
from compassess.irt.models import Floats

THETA = Grid.create(31).theta


def masses(mean: list[float], covariance: list[list[float]]) -> Floats:
    """Normal masses on the joint grid of two or three blocks."""
    axes = np.stack(np.meshgrid(*[THETA] * len(mean), indexing="ij"), axis=-1)
    density = stats.multivariate_normal(mean, covariance).pdf(axes)
    return np.asarray(density / density.sum())


@pytest.mark.parametrize(("name", "k"), [("2PL", 2), ("GRM", 2), ("GRM", 4), ("GRM", 6)])
def test_items_are_fitted_to_their_counts(name: str, k: int) -> None:
    """Counts that a model expects are fitted by the parameters that expected them."""
    model, rng = MODELS[name], np.random.default_rng(k)
    a, b = rng.uniform(0.5, 2.5, 3), np.sort(rng.normal(0, 1, (3, k - 1)), axis=1)
    truth = model.from_irt(a, b)
    weight = 500 * stats.norm.pdf(THETA)
    counts = np.exp(model.log_probability(truth, THETA)) * weight
    xi = model.start(counts.sum(axis=2) / counts.sum(axis=(1, 2))[:, None], np.ones(3))
    for _ in range(10):
        xi = fitted_items(model, xi, counts, THETA)
    np.testing.assert_allclose(xi, truth, rtol=0, atol=1e-7)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_items_objective_never_falls(seed: int) -> None:
    """Whatever the counts and the start, one M-step does not go down, and stays inside the domain."""
    model, rng = MODELS["GRM"], np.random.default_rng(seed)
    counts = rng.exponential(1.0, (2, 4, THETA.size)) * (rng.random((2, 4, THETA.size)) < 0.3)
    counts[:, :, 15] += 1e-3
    xi = model.from_irt(rng.normal(0, 2, 2), np.zeros((2, 3)))
    xi[:, 1:] = -np.sort(-rng.normal(0, 2, (2, 3)), axis=1) - np.arange(3) * 0.01
    before = np.einsum("jkq,jkq->j", counts, model.log_probability(xi, THETA))
    after = fitted_items(model, xi, counts, THETA)
    assert np.all(model.feasible(after))
    value = np.einsum("jkq,jkq->j", counts, model.log_probability(after, THETA))
    assert np.all(value >= before - 1e-9 * np.abs(before))


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
    found = fitted_correlation(joint, THETA, np.eye(len(correlation)))
    np.testing.assert_allclose(found, correlation, rtol=0, atol=1e-6)


def test_correlations_of_two_blocks_solve_the_loadings_equation() -> None:
    """For two blocks R's ρ is the λ of one block on the other, also where variances are not 1."""
    joint = masses([0, 0], [[1.3, 0.4], [0.4, 0.8]])
    found = fitted_correlation(joint, THETA, np.eye(2))
    assert found[0, 1] == pytest.approx(fitted_loading(joint, THETA, 0.99), abs=1e-7)
    assert np.diag(found).tolist() == pytest.approx([1.0, 1.0])


def test_correlations_stay_away_from_one() -> None:
    """Where blocks are the same on every node, R stays positive definite."""
    found = fitted_correlation(np.diag(stats.norm.pdf(THETA)), THETA, np.eye(2))
    assert 0.9 < found[0, 1] < 1.0
    # Spacing .4: ½ (.4 / 1.5)² = .036 is the least eigenvalue 1 − ρ of what S becomes.
    assert 1 - found[0, 1] == pytest.approx(0.036, abs=0.004)


def test_moments_are_those_of_the_masses() -> None:
    """Mean and covariance of a group are the masses' own."""
    mean, covariance = fitted_moments(masses([0.4, -0.2], [[0.8, 0.3], [0.3, 1.2]]), THETA)
    np.testing.assert_allclose(mean, [0.4, -0.2], rtol=0, atol=1e-5)
    np.testing.assert_allclose(covariance, [[0.8, 0.3], [0.3, 1.2]], rtol=0, atol=1e-4)


def test_a_spread_stays_above_what_the_grid_resolves() -> None:
    """Masses on a single node have no spread; the covariance is widened to ½ (h / 1.5)²."""
    joint = np.zeros((31, 31))
    joint[15, 20] = 1.0
    mean, covariance = fitted_moments(joint, THETA)
    np.testing.assert_allclose(mean, [0.0, 2.0], atol=1e-12)
    np.testing.assert_allclose(covariance, 0.5 * (0.4 / 1.5) ** 2 * np.eye(2), rtol=1e-9)
