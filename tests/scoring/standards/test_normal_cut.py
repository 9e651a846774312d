"""compassess.scoring.standards.normal_cut: intersections by hand, errors by derivative and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.scoring.standards.normal_cut import normal_cuts

from .judged import two_normal_groups


def sample(mean: float, spread: float, n: int) -> np.ndarray:
    """n scores of exactly this mean and SD."""
    z = np.linspace(-1, 1, n)
    return mean + spread * z / z.std(ddof=1)


def judged(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both groups as scores, and who is above."""
    return np.r_[low, high], np.repeat([False, True], [low.size, high.size])[None]


def test_equal_spreads_by_hand() -> None:
    """With one variance the cut is (m₀ + m₁) / 2 + s² log(n₀ L₁ / n₁ L₀) / (m₁ − m₀)."""
    theta, above = judged(sample(-1, 0.8, 30), sample(1, 0.8, 20))
    cuts, statuses, _, told = normal_cuts(theta, above, np.log(2))
    assert statuses == ("ok",)
    assert cuts[0] == pytest.approx(0.64 * np.log(30 * 2 / 20) / 2, abs=1e-10)
    np.testing.assert_allclose(told["means"], [[-1, 1]], atol=1e-12)
    np.testing.assert_allclose(told["spreads"], [[0.8, 0.8]], atol=1e-12)


@given(
    m=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    s=st.tuples(st.floats(0.05, 3), st.floats(0.05, 3)),
    n=st.tuples(st.integers(2, 60), st.integers(2, 60)),
    ratio=st.floats(-2, 2),
)
def test_weighted_densities_are_equal_at_the_cut(
    m: tuple[float, float], s: tuple[float, float], n: tuple[int, int], ratio: float
) -> None:
    """n₁ L₀ φ₁ = n₀ L₁ φ₀ at the cut, and the ratio rises there; where there is no cut, it rises nowhere through it."""
    assume(m[1] > m[0] + 1e-3)
    theta, above = judged(sample(m[0], s[0], n[0]), sample(m[1], s[1], n[1]))
    (cut,), (status,), _, _ = normal_cuts(theta, above, ratio)

    def difference(at: float) -> float:
        own = np.log(n[1]) + norm.logpdf(at, m[1], s[1])
        return float(own - np.log(n[0]) - norm.logpdf(at, m[0], s[0]) - ratio)

    if status == "ok":
        slope = (cut - m[0]) / s[0] ** 2 - (cut - m[1]) / s[1] ** 2
        assert slope > 0
        rounding = 1e-12 * (1 + (abs(cut) + 6) ** 2 / min(s) ** 2)  # of the squares in both log densities
        assert difference(cut) == pytest.approx(0.0, abs=rounding)
    else:
        assert status == "no_intersection"
        low, high = difference(m[0]), difference(m[1])
        assert low > 0 or high < 0  # no change of sign between the means


def test_influence_by_finite_differences() -> None:
    """The covariance is Σ ψ², ψ the derivative of the cut in a person's weight (times n of all)."""
    theta, above = two_normal_groups(60, seed=3)
    _, _, covariance, _ = normal_cuts(theta, above[None], 0.2)

    def cut(weight: np.ndarray) -> float:
        """The same cut of weighted persons; ddof = 1 as a factor n / (n − 1) on the variance."""
        parts = []
        for side in (~above, above):
            w, x, n = weight[side], theta[side], side.sum()
            mean = w @ x / w.sum()
            parts.append((w.sum(), mean, np.sqrt(w @ (x - mean) ** 2 / w.sum() * n / (n - 1))))
        (n0, m0, s0), (n1, m1, s1) = parts
        at = np.linspace(m0, m1, 5)
        for _ in range(60):  # bisection
            middle = (at[0] + at[-1]) / 2
            g = np.log(n1 / n0) + norm.logpdf(middle, m1, s1) - norm.logpdf(middle, m0, s0) - 0.2
            at = np.array([at[0], middle]) if g > 0 else np.array([middle, at[-1]])
        return float(at.mean())

    h = 1e-4
    psi = [(cut(1 + step) - cut(1 - step)) / (2 * h) for step in h * np.eye(60)]
    # ((x − m)² − s²) / n misses its weighted mean by 1 / n², which is a few percent of ψ at n = 25.
    assert covariance[0, 0] == pytest.approx(np.square(psi).sum(), rel=0.05)


def test_of_normal_groups_it_is_the_textbook_delta_method() -> None:
    """With Var m = s² / n, Var s = s² / 2n and Var log(n₁ / n₀) = 1 / n₀ + 1 / n₁, in 40,000 persons to 3 %."""
    theta, above = two_normal_groups(40_000, seed=1)
    (cut,), _, covariance, told = normal_cuts(theta, above[None], 0.0)
    (m0, m1), (s0, s1) = told["means"][0], told["spreads"][0]
    n1 = above.sum()
    n0 = above.size - n1
    slope = (cut - m0) / s0**2 + (m1 - cut) / s1**2
    by = {
        "m": [((cut - m) / s**2) ** 2 * s**2 / n for m, s, n in ((m0, s0, n0), (m1, s1, n1))],
        "s": [
            ((cut - m) ** 2 / s**3 - 1 / s) ** 2 * s**2 / (2 * n) for m, s, n in ((m0, s0, n0), (m1, s1, n1))
        ],
        "n": [1 / n0, 1 / n1],
    }
    assert covariance[0, 0] == pytest.approx(sum(map(sum, by.values())) / slope**2, rel=0.03)


def test_stated_error_is_the_spread_over_samples() -> None:
    """The SD of 1,000 cuts (known to 2.2 %) is the mean stated error; the truth is met."""
    found = [normal_cuts(*_as_one(two_normal_groups(150, seed)), 0.0) for seed in range(1000)]
    cuts = np.array([one[0][0] for one in found])
    stated = np.mean([np.sqrt(one[2][0, 0]) for one in found])
    assert stated == pytest.approx(cuts.std(), rel=0.1)
    at = np.linspace(-0.6, 1.0, 16_001)
    truth = at[np.argmin(np.abs(0.4 * norm.pdf(at, 1.0, 0.8) - 0.6 * norm.pdf(at, -0.6, 1.0)))]
    assert cuts.mean() == pytest.approx(truth, abs=5 * cuts.std() / np.sqrt(1000) + 0.005)


def _as_one(drawn: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return drawn[0], drawn[1][None]


@pytest.mark.parametrize(
    ("low", "high", "ratio", "status"),
    [
        (sample(1, 1, 10), sample(-1, 1, 10), 0.0, "not_rising"),
        (sample(0, 1, 10), sample(0.1, 0.5, 10), 5.0, "no_intersection"),
        (np.zeros(5), sample(1, 1, 10), 0.0, "no_spread"),
    ],
)
def test_groups_without_a_cut(low: np.ndarray, high: np.ndarray, ratio: float, status: str) -> None:
    """A status says why there is no cut, and cut and error are NaN, without a warning."""
    cuts, statuses, covariance, _ = normal_cuts(*judged(low, high), ratio)
    assert statuses == (status,)
    assert np.isnan(cuts).all()
    assert np.isnan(covariance).all()
