"""compassess.scoring.standards.centres: means and medians with their errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import beta, binom, norm

from compassess.scoring.standards.centres import centre, centre_covariance, median_error


def test_centres_by_hand() -> None:
    """The mean and the median of each column, and the covariance of means S / n."""
    values = np.array([[1.0, 2.0], [2.0, 0.0], [6.0, 1.0]])
    np.testing.assert_allclose(centre(values, "mean"), [3, 1])
    np.testing.assert_allclose(centre(values, "median"), [2, 1])
    np.testing.assert_allclose(centre_covariance(values, "mean"), [[7 / 3, -0.5 / 3], [-0.5 / 3, 1 / 3]])


def test_a_single_row_tells_no_error() -> None:
    """One judge has no spread."""
    assert np.isnan(centre_covariance(np.array([[1.0, 2.0]]), "median")).all()


def test_columns_that_do_not_vary_have_no_error() -> None:
    """Where all agree, the error is 0 and not NaN."""
    values = np.column_stack([np.ones(5), np.arange(5.0)])
    np.testing.assert_allclose(centre_covariance(values, "median"), [[0, 0], [0, np.pi / 2 * 2.5 / 5]])


@given(values=arrays(float, (6, 3), elements=st.floats(-3, 3, width=32)), seed=st.integers(0, 99))
def test_the_order_of_judges_does_not_matter(values: np.ndarray, seed: int) -> None:
    """Centres and errors are those of the same judges in another order; errors do not feel a shift."""
    mixed = np.random.default_rng(seed).permutation(values)
    for statistic in ("mean", "median"):
        np.testing.assert_allclose(centre(mixed, statistic), centre(values, statistic), atol=1e-12)
        expected = centre_covariance(values, statistic)
        np.testing.assert_allclose(centre_covariance(mixed, statistic), expected, atol=1e-12)
        np.testing.assert_allclose(centre_covariance(mixed + 8.0, statistic), expected, atol=1e-9)


def test_medians_of_correlated_columns_vary_as_stated() -> None:
    """Over 6,000 panels of 101 judges the covariance of two medians is s s′ asin(r) / n, to 7 %.

    A covariance from 6,000 draws is known to about 2 %; that of 101 judges is within 1 % of the limit.
    """
    rng = np.random.default_rng(1)
    covariance = np.array([[1.0, 0.9], [0.9, 2.25]])  # r = .6
    panels = rng.multivariate_normal([0, 0], covariance, (6000, 101))
    r_term = 1.5 * np.arcsin(0.6)
    stated = np.array([[np.pi / 2, r_term], [r_term, np.pi / 2 * 2.25]]) / 101
    np.testing.assert_allclose(np.cov(np.median(panels, axis=1), rowvar=False), stated, rtol=0.07)
    many = rng.multivariate_normal([0, 0], covariance, 20_000)
    np.testing.assert_allclose(centre_covariance(many, "median") * 20_000, stated * 101, rtol=0.04)


def test_the_limit_is_too_large_for_fifteen_judges() -> None:
    """The exact SD of the median of 15 normal values, by its density, needs 1.5 % less than √(π / 2n)."""
    exact = np.sqrt(quad(lambda x: x**2 * beta.pdf(norm.cdf(x), 8, 8) * norm.pdf(x), -8, 8)[0])
    assert np.sqrt(np.pi / 30) / exact == pytest.approx(1.0148, abs=5e-5)


def test_median_error_by_hand() -> None:
    """Of 25 values c = 8: the distance of the 18th and the 8th value over 2z, z from the binomial."""
    values = np.random.default_rng(3).exponential(size=25)
    z = norm.isf(binom.cdf(7, 25, 0.5))
    ordered = np.sort(values)
    assert median_error(values) == pytest.approx((ordered[17] - ordered[7]) / (2 * z))
    assert np.isnan(median_error(values[:4]))
    assert median_error(np.ones(9)) == 0.0


@pytest.mark.parametrize("kind", ["normal", "exponential"])
def test_median_error_needs_no_shape(kind: str) -> None:
    """Over 4,000 samples of 30 the mean stated error is the SD of the medians, to 6 % (its own SE: 1.1 %)."""
    draws = getattr(np.random.default_rng(2), kind)(size=(4000, 30))
    stated = np.mean([median_error(row) for row in draws])
    assert stated == pytest.approx(np.median(draws, axis=1).std(ddof=1), rel=0.06)
