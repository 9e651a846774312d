"""The M-steps: what fits expected counts best, found another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from compassess.irt import MODELS, Grid
from compassess.irt.maximisation import (
    ItemParameters,
    ItemProblem,
    fitted_correlation,
    fitted_items,
    fitted_loading,
    fitted_moments,
    fitted_reference,
)
from compassess.irt.models import Columns, Floats
from compassess.irt.priors import Beta, LogNormal, Normal, Priors

THETA = Grid.create(31).theta


def masses(mean: list[float], covariance: list[list[float]]) -> Floats:
    """Normal masses on the joint grid of two or three blocks."""
    axes = np.stack(np.meshgrid(*[THETA] * len(mean), indexing="ij"), axis=-1)
    density = stats.multivariate_normal(mean, covariance).pdf(axes)
    return np.asarray(density / density.sum())


def columns(name: str, k: int, n: int, rng: np.random.Generator) -> Columns:
    """IRT parameters of ``n`` items of a model, its constraints not yet heeded."""
    if name == "NRM":
        slopes, intercepts = rng.normal(0, 1, (n, k)), rng.normal(0, 1, (n, k))
        return {
            "slopes": slopes - slopes.mean(axis=1, keepdims=True),
            "intercepts": intercepts - intercepts.mean(axis=1, keepdims=True),
        }
    return {
        "a": rng.uniform(0.5, 2.5, (n, 1)),
        "b": np.sort(rng.normal(0, 1, (n, k - 1)), axis=1),
        "c": rng.uniform(0.1, 0.3, (n, 1)),
        "d": rng.uniform(0.85, 0.95, (n, 1)),
    }


@pytest.mark.parametrize(
    ("name", "k"),
    [
        ("Rasch", 2),
        ("1PL", 2),
        ("2PL", 2),
        ("3PL", 2),
        ("4PL", 2),
        ("GRM", 2),
        ("GRM", 4),
        ("GRM", 6),
        ("PCM", 4),
        ("RSM", 4),
        ("GPCM", 2),
        ("GPCM", 5),
        ("NRM", 2),
        ("NRM", 4),
    ],
)
def test_items_are_fitted_to_their_counts(name: str, k: int) -> None:
    """Counts that a model expects are fitted by the parameters that expected them."""
    model, rng = MODELS[name], np.random.default_rng(k)
    family, form = model.family, model.form(k)
    truth = form.xi(*form.nearest(family.from_irt(columns(name, k, 3, rng))))
    weight = 500 * stats.norm.pdf(THETA)
    counts = np.exp(family.log_probability(truth, THETA)) * weight
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
    shared, own = form.nearest(
        family.start(counts.sum(axis=2) / counts.sum(axis=(1, 2))[:, None], np.ones(3))
    )
    free = ItemParameters(shared=shared, own=own)
    for _ in range(10):
        free = fitted_items(problem, free)
    found = form.xi(free.shared, free.own)
    np.testing.assert_allclose(found[:, :2], truth[:, :2], rtol=0, atol=1e-6)
    # What lies in the logit of an asymptote of .1 that few nodes tell: 1e-6 of it.
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["3PL", "4PL"])
def test_a_prior_draws_its_parameter(name: str) -> None:
    """With a strong prior the M-step ends where likelihood and prior balance: the slope of both is 0."""
    model, rng = MODELS[name], np.random.default_rng(7)
    family, form = model.family, model.form(2)
    truth = family.from_irt(columns(name, 2, 3, rng))
    counts = np.exp(family.log_probability(truth, THETA)) * 100 * stats.norm.pdf(THETA)
    priors: Priors = {"a": LogNormal(0.0, 0.3), "b": Normal(0.0, 0.5), "c": Beta(4.0, 16.0)}
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors=priors)
    free = ItemParameters(shared=np.zeros(0), own=truth)
    for _ in range(30):
        free = fitted_items(problem, free)
    for p in range(truth.shape[1]):
        move = np.zeros(truth.shape[1])
        move[p] = 1e-5
        up, down = (
            problem.objective(ItemParameters(shared=free.shared, own=free.own + sign * move))
            for sign in (1, -1)
        )
        np.testing.assert_allclose((up - down) / 2e-5, 0.0, atol=1e-4)


def test_shared_parameters_are_shared() -> None:
    """The slope of 1PL and the steps of RSM maximise the sum over items: searched for without scoring."""
    rng = np.random.default_rng(3)
    for name, k in (("1PL", 2), ("RSM", 4)):
        model = MODELS[name]
        family, form = model.family, model.form(k)
        counts = rng.exponential(1.0, (3, k, THETA.size)) * stats.norm.pdf(THETA)
        problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
        shared, own = form.nearest(family.start(np.full((3, k), 1 / k), np.ones(3)))
        free = ItemParameters(shared=shared, own=own)
        for _ in range(20):
            free = fitted_items(problem, free)

        def lost(vector: Floats, problem: ItemProblem = problem, n: int = shared.size) -> float:
            point = ItemParameters(shared=vector[:n], own=vector[n:].reshape(3, -1))
            return -float(problem.objective(point).sum())

        start = np.concatenate([shared, own.ravel()])
        best = optimize.minimize(lost, start, method="BFGS", options={"gtol": 1e-8})
        assert problem.objective(free).sum() == pytest.approx(-best.fun, abs=1e-8)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_items_objective_never_falls(seed: int) -> None:
    """Whatever the counts and the start, one M-step does not go down, and stays inside the domain."""
    rng = np.random.default_rng(seed)
    family, form = MODELS["GRM"].family, MODELS["GRM"].form(4)
    counts = rng.exponential(1.0, (2, 4, THETA.size)) * (rng.random((2, 4, THETA.size)) < 0.3)
    counts[:, :, 15] += 1e-3
    intercepts = -np.sort(-rng.normal(0, 2, (2, 3)), axis=1) - np.arange(3) * 0.01
    xi = np.column_stack([rng.normal(0, 2, 2), intercepts])
    before = np.einsum("jkq,jkq->j", counts, family.log_probability(xi, THETA))
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
    after = fitted_items(problem, ItemParameters(shared=np.zeros(0), own=xi)).own
    assert np.all(family.feasible(after))
    value = np.einsum("jkq,jkq->j", counts, family.log_probability(after, THETA))
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


def test_free_variances_of_the_reference_are_those_of_the_masses() -> None:
    """With all variances free the reference's covariance is that of its masses; with one, it is best so."""
    joint = masses([0, 0], [[1.3, 0.4], [0.4, 0.8]])
    both = fitted_reference(joint, THETA, np.eye(2), np.array([True, True]))
    np.testing.assert_allclose(both, [[1.3, 0.4], [0.4, 0.8]], rtol=0, atol=1e-4)
    neither = fitted_reference(joint, THETA, np.eye(2), np.array([False, False]))
    np.testing.assert_allclose(neither, fitted_correlation(joint, THETA, np.eye(2)), rtol=0, atol=1e-9)
    one = fitted_reference(joint, THETA, np.eye(2), np.array([True, False]))
    products = np.array([[1.3, 0.4], [0.4, 0.8]])

    def lost(point: Floats) -> float:
        covariance = np.array([[point[0], point[1]], [point[1], 1.0]])
        return float(np.linalg.slogdet(covariance)[1] + np.trace(np.linalg.inv(covariance) @ products))

    best = optimize.minimize(lost, [1.0, 0.2], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert one[1, 1] == pytest.approx(1.0)
    np.testing.assert_allclose([one[0, 0], one[0, 1]], best.x, rtol=0, atol=1e-4)
