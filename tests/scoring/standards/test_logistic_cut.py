"""compassess.scoring.standards.logistic_cut: against scipy's optimiser, finite differences and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from compassess.scoring.standards.logistic_cut import logistic_cuts

from .judged import bands_by_logistic


def fitted(theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(β₀, β₁) by a general optimiser, with a Newton method of its own and numbers of its own."""

    def loss(beta: np.ndarray) -> float:
        return -float(log_expit(np.where(y, 1, -1) * (beta[0] + beta[1] * theta)).sum())

    def slope(beta: np.ndarray) -> np.ndarray:
        left = expit(beta[0] + beta[1] * theta) - y
        return np.array([left.sum(), left @ theta])

    return np.asarray(minimize(loss, np.zeros(2), jac=slope, method="BFGS", options={"gtol": 1e-9}).x)


def test_coefficients_are_those_of_a_general_optimiser() -> None:
    """β and the cuts at two losses agree with BFGS on the same likelihood, and C with its Hessian."""
    rng = np.random.default_rng(5)
    theta = rng.normal(0.3, 1.2, 150)
    y = rng.random(150) < expit(1.4 * (theta - 0.5))
    beta = fitted(theta, y)
    for ratio in (0.0, 0.7):
        cuts, statuses, covariance, told = logistic_cuts(theta, y[None], ratio)
        assert statuses == ("ok",)
        np.testing.assert_allclose(told["coefficients"][0], beta, rtol=1e-6)
        assert cuts[0] == pytest.approx((ratio - beta[0]) / beta[1], rel=1e-6)
        x, p = np.stack([np.ones(150), theta]), expit(beta[0] + beta[1] * theta)
        c = np.linalg.inv((x * p * (1 - p)) @ x.T)
        g = np.array([1.0, cuts[0]])
        assert covariance[0, 0] == pytest.approx(g @ c @ g / beta[1] ** 2, rel=1e-6)


def test_errors_of_two_cuts_by_the_stated_sandwich() -> None:
    """Cov(cut_1, cut_2) is (1, cut_1) A₁⁻¹ B₁₂ A₂⁻¹ (1, cut_2)ᵀ / β₁₁ β₁₂ with B = Σ x xᵀ P₂ (1 − P₁)."""
    theta, above = bands_by_logistic(300, seed=2)
    cuts, _, covariance, told = logistic_cuts(theta, above, 0.0)
    x = np.stack([np.ones(300), theta])
    p = expit(told["coefficients"] @ x)
    a = [np.linalg.inv((x * one * (1 - one)) @ x.T) for one in p]
    b = (x * p[1] * (1 - p[0])) @ x.T
    g = [np.array([1.0, cut]) / beta for cut, beta in zip(cuts, told["coefficients"][:, 1], strict=True)]
    assert covariance[0, 1] == pytest.approx(g[0] @ a[0] @ b @ a[1] @ g[1], rel=1e-9)
    assert covariance[1, 0] == covariance[0, 1]


def test_what_a_person_weighs_in_the_cut_by_finite_differences() -> None:
    """The variance is Σ w² P (1 − P), w the derivative of the cut in a person's (fractional) judgement."""
    rng = np.random.default_rng(9)
    theta = rng.normal(size=40)
    y = rng.random(40) < expit(2 * theta)
    _, _, covariance, told = logistic_cuts(theta, y[None], 0.4)
    beta = told["coefficients"][0]
    p = expit(beta[0] + beta[1] * theta)

    def cut(judged: np.ndarray) -> float:
        found = beta.copy()
        for _ in range(30):  # fractional judgements by plain Newton steps from the solution
            q = expit(found[0] + found[1] * theta)
            x = np.stack([np.ones(40), theta])
            found = found + np.linalg.solve((x * q * (1 - q)) @ x.T, x @ (judged - q))
        return float((0.4 - found[0]) / found[1])

    h = 1e-4
    steps = h * np.eye(40)
    weight = np.array([(cut(y + step) - cut(y - step)) / (2 * h) for step in steps])
    assert covariance[0, 0] == pytest.approx(float(weight**2 @ (p * (1 - p))), rel=1e-5)


def test_stated_covariance_is_that_over_samples() -> None:
    """SDs and the correlation of two cuts over 600 samples are as stated.

    An SD of 600 is known to 2.9 %, a correlation to .04; the delta method at n = 400 errs by some percent of
    its own.
    """
    cuts, covariances = [], []
    for seed in range(600):
        theta, above = bands_by_logistic(400, seed=seed)
        found = logistic_cuts(theta, above, 0.0)
        cuts.append(found[0])
        covariances.append(found[2])
    spread, stated = np.cov(np.array(cuts), rowvar=False), np.mean(covariances, axis=0)
    np.testing.assert_allclose(np.sqrt(np.diag(stated)), np.sqrt(np.diag(spread)), rtol=0.12)
    correlations = [c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]) for c in (spread, stated)]
    assert correlations[0] == pytest.approx(correlations[1], abs=0.12)
    np.testing.assert_allclose(
        np.mean(cuts, axis=0), [-0.5, 0.8], atol=5 * np.sqrt(spread.max() / 600) + 0.01
    )


@given(
    st.lists(st.floats(-4, 4), min_size=6, max_size=25),
    st.data(),
    st.floats(0.05, 20),
    st.floats(-5, 5),
    st.floats(-2, 2),
)
def test_another_scale_moves_the_cut_with_it(
    scores: list[float], data: st.DataObject, scale: float, shift: float, ratio: float
) -> None:
    """Status, cut and error do not hang on unit and origin of the scores."""
    theta = np.round(np.array(scores), 3)
    y = np.array(data.draw(st.lists(st.booleans(), min_size=theta.size, max_size=theta.size)))
    if y.all() or not y.any():
        return
    one, other = logistic_cuts(theta, y[None], ratio), logistic_cuts(scale * theta + shift, y[None], ratio)
    gap = abs(theta[y].mean() - theta[~y].mean())
    if gap < 1e-6:  # which of two equal means is the higher hangs on rounding
        return
    if one[1] != other[1]:  # so do scores that touch
        assert {*one[1], *other[1]} <= {"touching", "separated", "ok"}
        return
    if one[1] != ("ok",):
        np.testing.assert_allclose(other[0], scale * one[0] + shift, rtol=1e-12, atol=1e-9)
        return
    (b0, b1), (c0, c1) = one[3]["coefficients"][0], other[3]["coefficients"][0]
    odds = b0 + b1 * theta
    np.testing.assert_allclose(c0 + c1 * (scale * theta + shift), odds, rtol=1e-7, atol=1e-7)
    # The cut divides by the slope, and has as few digits less as the slope is flat.
    lost = (1 + np.abs(odds).max() + abs(ratio)) / (b1 * theta.std()) ** 2
    assert (other[0][0] - shift) / scale == pytest.approx(one[0][0], abs=1e-8 * (1 + lost))


@pytest.mark.parametrize(
    ("theta", "status", "cut"),
    [
        ([0, 1, 2, 3], "separated", 1.5),
        ([0, 1, 1, 3], "touching", 1.0),
        ([3, 2, 1, 0], "not_rising", np.nan),
        ([0, 2, 2, 0], "not_rising", np.nan),
        ([1, 1, 1, 1], "not_rising", np.nan),
    ],
)
def test_groups_without_a_curve(theta: list[float], status: str, cut: float) -> None:
    """Where the likelihood has no maximum, or falls, a status says so and no error is told."""
    found = logistic_cuts(np.array(theta, dtype=float), np.array([[False, False, True, True]]), 0.3)
    assert found[1] == (status,)
    np.testing.assert_equal(found[0][0], cut)
    assert np.isnan(found[2]).all()
    assert np.isnan(found[3]["coefficients"]).all()


def test_groups_that_barely_overlap_still_have_a_cut() -> None:
    """Two persons who stand the wrong way round by a hair pin the cut where they are."""
    theta = np.array([0.0, 1.0, 2.0 + 1e-9, 2.0, 3.0, 4.0])
    found = logistic_cuts(theta, np.array([[False] * 3 + [True] * 3]), 0.0)
    assert found[1] == ("ok",)
    assert found[0][0] == pytest.approx(2.0, abs=1e-3)
    assert np.isfinite(found[2]).all()
