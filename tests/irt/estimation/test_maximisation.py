"""The M-steps of items: what fits expected counts best, found another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from compassess.irt import MODELS, Grid
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.maximisation import ItemProblem, fitted_items
from compassess.irt.models import Columns, Floats
from compassess.irt.priors import Beta, LogNormal, Normal, Priors
from irt.fits import form_of

THETA = Grid.create(31).theta


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


def nearest(form: ItemForm, xi: Floats) -> Floats:
    """φ whose working parameters come nearest to ``xi``."""
    phi = np.zeros(int(form.places.max()) + 1)
    form.nearest(xi, phi)
    return phi


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
    family, form, rng = MODELS[name].family, form_of(name, k, 3), np.random.default_rng(k)
    truth = form.xi(nearest(form, family.from_irt(columns(name, k, 3, rng))))
    weight = 500 * stats.norm.pdf(THETA)
    counts = np.exp(family.log_probability(truth, THETA)) * weight
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
    phi = nearest(form, family.start(counts.sum(axis=2) / counts.sum(axis=(1, 2))[:, None], np.ones(3)))
    for _ in range(10):
        phi = fitted_items([problem], phi)
    found = form.xi(phi)
    np.testing.assert_allclose(found[:, :2], truth[:, :2], rtol=0, atol=1e-6)
    # What lies in the logit of an asymptote of .1 that few nodes tell: 1e-6 of it.
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["3PL", "4PL"])
def test_a_prior_draws_its_parameter(name: str) -> None:
    """With a strong prior the M-step ends where likelihood and prior balance: the slope of both is 0."""
    family, form, rng = MODELS[name].family, form_of(name, 2, 3), np.random.default_rng(7)
    truth = family.from_irt(columns(name, 2, 3, rng))
    counts = np.exp(family.log_probability(truth, THETA)) * 100 * stats.norm.pdf(THETA)
    priors: Priors = {"a": LogNormal(0.0, 0.3), "b": Normal(0.0, 0.5), "c": Beta(4.0, 16.0)}
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors=priors)
    phi = nearest(form, truth)
    for _ in range(30):
        phi = fitted_items([problem], phi)
    for place in range(phi.size):
        move = 1e-5 * np.eye(phi.size)[place]
        up, down = (problem.objective(phi + sign * move).sum() for sign in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(0.0, abs=1e-4)


def test_shared_parameters_are_shared() -> None:
    """The slope of 1PL and the steps of RSM maximise the sum over items: searched for without scoring."""
    rng = np.random.default_rng(3)
    for name, k in (("1PL", 2), ("RSM", 4)):
        family, form = MODELS[name].family, form_of(name, k, 3)
        counts = rng.exponential(1.0, (3, k, THETA.size)) * stats.norm.pdf(THETA)
        problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
        start = nearest(form, family.start(np.full((3, k), 1 / k), np.ones(3)))
        phi = start
        for _ in range(20):
            phi = fitted_items([problem], phi)

        def lost(point: Floats, problem: ItemProblem = problem) -> float:
            return -float(problem.objective(point).sum())

        best = optimize.minimize(lost, start, method="BFGS", options={"gtol": 1e-8})
        assert problem.objective(phi).sum() == pytest.approx(-best.fun, abs=1e-8)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_items_objective_never_falls(seed: int) -> None:
    """Whatever the counts and the start, one M-step does not go down, and stays inside the domain."""
    rng = np.random.default_rng(seed)
    family, form = MODELS["GRM"].family, form_of("GRM", 4, 2)
    counts = rng.exponential(1.0, (2, 4, THETA.size)) * (rng.random((2, 4, THETA.size)) < 0.3)
    counts[:, :, 15] += 1e-3
    intercepts = -np.sort(-rng.normal(0, 2, (2, 3)), axis=1) - np.arange(3) * 0.01
    xi = np.column_stack([rng.normal(0, 2, 2), intercepts])
    before = np.einsum("jkq,jkq->j", counts, family.log_probability(xi, THETA))
    problem = ItemProblem(family=family, form=form, counts=counts, theta=THETA, priors={})
    after = form.xi(fitted_items([problem], nearest(form, xi)))
    assert np.all(family.feasible(after))
    value = np.einsum("jkq,jkq->j", counts, family.log_probability(after, THETA))
    assert np.all(value >= before - 1e-9 * np.abs(before))
