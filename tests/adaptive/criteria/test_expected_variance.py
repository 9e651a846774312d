"""compassess.adaptive.criteria.expected_variance: what an answer is expected to take from the variance."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st

from compassess.adaptive import Pool, View, answered, estimate
from compassess.adaptive.criteria import MinimumExpectedVariance
from compassess.adaptive.criteria.expected_variance import expected_variance, variance_reduction

BANKS = {
    "one block": banks.one_block(12),
    "competencies": banks.three_blocks(2),
    "mixed": banks.with_options(3),
    "negative loading": banks.three_blocks(2, loading=-0.7),
}


def reduction_by_answering(view: View, item: int) -> np.ndarray:
    """Var θ_b − Σ p(x) Var(θ_b | x) by giving every answer in turn, (n,)."""
    pool, now = view.pool, view.now
    block, carrier = pool.block[item], pool.carrier[item]
    left = now.block_se[:, block] ** 2
    for row in np.unique(pool.row_of[item][pool.row_of[item] >= 0]):
        code = int(np.flatnonzero(pool.row_of[item] == row)[0])
        n = len(view.seeds)
        after = answered(pool, view.progress, np.full(n, item), np.full(n, code))
        probability = now.masses[:, carrier] @ np.exp(pool.measurement.table[row])
        left = left - probability * estimate(pool, after).block_se[:, block] ** 2
    return left


@pytest.mark.parametrize("name", BANKS)
@pytest.mark.parametrize("n_answers", [0, 5])
def test_worth_is_what_answering_takes_from_the_variance_of_the_block(name: str, n_answers: int) -> None:
    """Every answer of every item given in turn: the mean drop of the block's posterior variance, λ < 1 too."""
    pool = views.pool_of(BANKS[name])
    view = views.view_of(pool, n_answers=n_answers)
    worth = MinimumExpectedVariance().prepared(pool).worth(view)
    expected = np.stack([reduction_by_answering(view, item) for item in range(pool.n_items)], axis=1)
    np.testing.assert_allclose(worth, expected, rtol=1e-7, atol=1e-12)


def test_small_shelves_give_the_same() -> None:
    """How the pool is parted does not matter."""
    from compassess.adaptive.criteria.shelves import shelves_of

    pool: Pool = views.pool_of(BANKS["mixed"])
    view = views.view_of(pool)
    whole = MinimumExpectedVariance().prepared(pool)
    parted = replace(whole, shelves=shelves_of(pool, 5))
    np.testing.assert_allclose(parted.worth(view), whole.worth(view), rtol=1e-12)


THETA = np.linspace(-4, 4, 21)


@given(
    st.lists(st.floats(0.01, 1.0), min_size=21, max_size=21),
    st.floats(0.2, 4.0),
    st.floats(-3.0, 3.0),
    st.floats(0.0, 0.4),
)
def test_the_variance_falls_in_expectation(weights: list[float], a: float, b: float, c: float) -> None:
    """E Var(θ | x) ≤ Var θ whatever the posterior, and the rest is the reduction."""
    success = c + (1 - c) / (1 + np.exp(-a * (THETA - b)))
    probability, starts = np.stack([1 - success, success]), np.array([0])
    masses = np.array([weights]) / np.sum(weights)
    mean = masses @ THETA
    variance = float((masses * (THETA - mean[:, None]) ** 2).sum())
    expected = expected_variance(probability, starts, masses * 7.0, THETA)[0, 0]
    reduction = variance_reduction(probability, starts, masses, masses * (THETA - mean[:, None]))[0, 0]
    assert 0 <= reduction <= variance
    assert expected + reduction == pytest.approx(variance, rel=1e-10)


def test_an_answer_that_tells_nothing_leaves_the_variance() -> None:
    """A coin's answer reduces nothing, and plugged-in probabilities weigh equal variances."""
    probability, starts, masses = np.full((2, 21), 0.5), np.array([0]), np.full((1, 21), 1 / 21)
    variance = float(np.mean(THETA**2))
    for chance in (None, np.array([[0.9, 0.1]])):
        assert expected_variance(probability, starts, masses, THETA, chance)[0, 0] == pytest.approx(variance)
    assert variance_reduction(probability, starts, masses, masses * THETA)[0, 0] == pytest.approx(
        0, abs=1e-15
    )


def test_two_nodes_by_hand() -> None:
    """θ = ∓1 with equal masses, P = ¼ and ¾: the posterior means are ∓½, and Var falls from 1 to ¾."""
    theta, masses = np.array([-1.0, 1.0]), np.array([[0.5, 0.5]])
    probability = np.array([[0.75, 0.25], [0.25, 0.75]])
    assert expected_variance(probability, np.array([0]), masses, theta)[0, 0] == pytest.approx(0.75)
    assert variance_reduction(probability, np.array([0]), masses, masses * theta)[0, 0] == pytest.approx(0.25)
    plugged = expected_variance(probability, np.array([0]), masses, theta, np.array([[0.2, 0.8]]))
    assert plugged[0, 0] == pytest.approx(0.75)
