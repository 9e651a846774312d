"""compassess.adaptive.criteria.kullback_leibler and kullback_leibler_interval: how far abilities are told apart."""

from __future__ import annotations

from math import sqrt

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from compassess.adaptive import Pool
from compassess.adaptive.criteria import KullbackLeibler, KullbackLeiblerInterval
from compassess.adaptive.criteria.kullback_leibler import global_information
from compassess.adaptive.criteria.kullback_leibler_interval import running_integral
from compassess.adaptive.criteria.maximum_information import share_of_block
from compassess.adaptive.pool import CELL
from compassess.errors import InputError
from compassess.irt import information, log_probability

BANKS = [banks.one_block(6), banks.three_blocks(2)]


def between(pool: Pool, item: int, at: float, theta: np.ndarray) -> np.ndarray:
    """Σ_x P(x | at) log (P(x | at) / P(x | θ)) by a loop, for many θ."""
    one = pool.measurement.items.select(np.array([item]))
    here, there = log_probability(one, at)[0], log_probability(one, theta)[0]
    told = np.zeros(theta.shape)
    for k in range(int(one.n_categories[0])):
        told += np.exp(here[k, 0]) * (here[k, 0] - there[k])
    return told


@pytest.mark.parametrize("weight", ["posterior", "likelihood"])
@pytest.mark.parametrize("bank", BANKS)
def test_weighted_worth_by_plain_loops(weight: str, bank: banks.ItemBank) -> None:
    """The mean information of the cell of θ̂ against the nodes, by as much as the block moves the competency."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 3)
    worth = KullbackLeibler(weight=weight).prepared(pool).worth(view)
    raw = view.now.masses if weight == "posterior" else view.now.likelihood
    for sitting in range(3):
        for item in range(pool.n_items):
            carrier, competency = pool.carrier[item], pool.competency[item]
            at = pool.cells[pool.cell_of(view.now.theta[sitting, competency])]
            w = raw[sitting, carrier] / raw[sitting, carrier].sum()
            mean = float(w @ between(pool, item, at, pool.lattice.grid.theta))
            share = share_of_block(pool.loading[item], view.now.spread[sitting, competency])
            assert worth[sitting, item] == pytest.approx(mean * float(share), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("n_answers", [0, 4])
def test_worth_over_an_interval_is_an_integral(bank: banks.ItemBank, n_answers: int) -> None:
    """∫ of the information over θ̂ ± δ / √n, n the items of the block, by adaptive quadrature."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 2, n_answers)
    worth = KullbackLeiblerInterval(delta=1.2).prepared(pool).worth(view)
    block_of = pool.lattice.population.block_of
    for sitting in range(2):
        for item in range(pool.n_items):
            competency = pool.competency[item]
            n = max(view.progress.by_competency[sitting][block_of == pool.block[item]].sum(), 1)
            reach = round(1.2 / sqrt(n) / CELL) * CELL
            at = float(pool.cells[pool.cell_of(view.now.theta[sitting, competency])])
            told, _ = integrate.quad(
                lambda t, item=item, at=at: between(pool, item, at, np.array([t]))[0], at - reach, at + reach
            )
            share = share_of_block(pool.loading[item], view.now.spread[sitting, competency])
            # The trapezoidal rule on cells errs by h² / 12 of the change of slope. Observed: 3e-4.
            assert worth[sitting, item] == pytest.approx(told * float(share), rel=1e-3)


@given(st.floats(0.1, 4), st.floats(-3, 3), st.floats(0, 0.4), st.floats(-4, 4), st.integers(0, 2**32 - 1))
def test_it_is_never_negative(a: float, b: float, c: float, at: float, seed: int) -> None:
    """Whatever the item, θ̂ and the weights."""
    nodes, weights = np.linspace(-5, 5, 15), np.random.default_rng(seed).random((1, 15))

    def log_p(theta: np.ndarray) -> np.ndarray:
        success = c + (1 - c) / (1 + np.exp(-a * (theta - b)))
        return np.log(np.stack([1 - success, success]))

    integral = weights @ log_p(nodes).T
    width = weights.sum(axis=1, keepdims=True)
    assert global_information(log_p(np.array([at])).T, integral, width, np.array([0]))[0, 0] >= -1e-12


def test_near_the_estimate_it_is_half_the_information() -> None:
    """KL(θ̂, θ̂ + h) → ½ I(θ̂) h²."""
    pool = views.pool_of(BANKS[1])
    for item in range(4):
        one = pool.measurement.items.select(np.array([item]))
        told = between(pool, item, 0.3, np.array([0.3 + 1e-3, 0.3 - 1e-3])).mean()
        assert told == pytest.approx(0.5e-6 * information(one, 0.3)[0, 0], rel=1e-4)


def test_running_integral() -> None:
    """Exact for lines, and of the right order for curves."""
    x = np.linspace(0, 2, 101)[:, None]
    np.testing.assert_allclose(running_integral(3 * x, 0.02), 1.5 * x**2, atol=1e-12)
    np.testing.assert_allclose(running_integral(np.cos(x), 0.02), np.sin(x), atol=4e-5)


def test_the_interval_narrows_with_the_answers() -> None:
    """The more items of a block were asked, the less is left to integrate over."""
    pool = views.pool_of(banks.one_block(20))
    prepared = KullbackLeiblerInterval().prepared(pool)
    reach = [prepared._reach(views.view_of(pool, 1, n))[0, 0] for n in (0, 1, 4, 9, 16)]
    assert reach == [150, 150, 75, 50, 38]


@pytest.mark.parametrize("delta", [0, -1, float("inf"), True, "3"])
def test_a_half_width_is_a_positive_number(delta: float) -> None:
    """Everything else is refused with the parameter's name."""
    with pytest.raises(InputError, match="delta"):
        KullbackLeiblerInterval(delta=delta)


def test_unknown_weights_are_refused() -> None:
    """The names that there are stand beside it."""
    with pytest.raises(InputError, match="likelihood"):
        KullbackLeibler(weight="even")
