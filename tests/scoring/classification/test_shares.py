"""compassess.scoring.classification.shares: shares of a population in bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from compassess.errors import InputError
from compassess.scoring.classification import (
    band_probabilities,
    bands_of,
    shares_from_draws,
    shares_from_probabilities,
)

CUTS = np.array([-1.0, 0.568])
TRUE = np.diff(norm.cdf([-np.inf, *CUTS, np.inf]))


def people(n: int, reliability: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """True θ, posterior means and the posterior SD, of an N(0, 1) population."""
    rng = np.random.default_rng(seed)
    mean = np.sqrt(reliability) * rng.standard_normal(n)
    sd = float(np.sqrt(1 - reliability))
    return mean + sd * rng.standard_normal(n), mean, sd


def test_by_hand() -> None:
    """Three people, two bands: mean, both errors, and the counts."""
    told = shares_from_probabilities([[0.9, 0.1], [0.6, 0.4], [0.0, 1.0]])
    np.testing.assert_allclose(told.share, [0.5, 0.5])
    measurement = (0.09 + 0.24) / 9
    sampling = (0.4**2 + 0.1**2 + 0.5**2) / 2 / 3  # the sample variance over n
    np.testing.assert_allclose(told.se_measurement, np.sqrt(measurement))
    np.testing.assert_allclose(told.se, np.sqrt(sampling))
    np.testing.assert_allclose(told.counted, [2 / 3, 1 / 3])


@pytest.mark.parametrize("reliability", [0.5, 0.8, 0.95])
def test_shares_are_unbiased_and_counts_are_not(reliability: float) -> None:
    """Means of probabilities and plausible values find the shares; counted means put too few into outer bands."""
    _, mean, sd = people(40_000, reliability, 3)
    told = shares_from_probabilities(band_probabilities(mean, sd, CUTS), assigned=bands_of(mean, CUTS))
    assert np.all(np.abs(told.share - TRUE) < 5 * told.se)
    rng = np.random.default_rng(4)
    draws = mean + sd * rng.standard_normal((10, mean.size))
    by_draws = shares_from_draws(draws, CUTS, assigned=bands_of(mean, CUTS))
    assert np.all(np.abs(by_draws.share - TRUE) < 5 * by_draws.se)
    np.testing.assert_array_equal(by_draws.counted, told.counted)
    shrunk = np.diff(norm.cdf(np.array([-np.inf, *CUTS, np.inf]) / np.sqrt(reliability)))
    np.testing.assert_allclose(told.counted, shrunk, atol=5 * 0.5 / np.sqrt(mean.size))
    assert told.counted[0] < told.share[0]
    assert told.counted[2] < told.share[2]


@pytest.mark.parametrize("reliability", [0.9, 0.5, 0.2])
def test_standard_errors_hold(reliability: float) -> None:
    """Over 400 samples of 300, the gaps to the population's shares have the SD se, those to these persons' own shares se_measurement."""
    finite, population = [], []
    for seed in range(400):
        theta, mean, sd = people(300, reliability, seed)
        told = shares_from_probabilities(band_probabilities(mean, sd, CUTS))
        own = np.bincount(bands_of(theta, CUTS), minlength=3) / 300
        finite.append((told.share - own) / told.se_measurement)
        population.append((told.share - TRUE) / told.se)
    # A root mean square of 400 z has the standard error 1 / √800 = 0.035; four of them.
    for z in (finite, population):
        np.testing.assert_allclose(np.sqrt(np.mean(np.square(z), axis=0)), 1.0, atol=0.14)
    # A share of 400 has the standard error √(.95 × .05 / 400) = .011; four of them, and .01 for skewness.
    inside = np.mean(np.abs(population) < norm.ppf(0.975), axis=0)
    np.testing.assert_allclose(inside, 0.95, atol=0.054)


def test_both_errors_make_that_of_bands_that_were_seen() -> None:
    """se² + se_measurement² is share (1 − share) / n, but for the n − 1 of the sample variance."""
    _, mean, sd = people(500, 0.6, 1)
    told = shares_from_probabilities(band_probabilities(mean, sd, CUTS))
    whole = told.se**2 * 499 / 500 + told.se_measurement**2
    np.testing.assert_allclose(whole, told.share * (1 - told.share) / 500, rtol=1e-12)


def test_one_person_is_no_sample() -> None:
    """The share of a population cannot be told from one person; of the person it can."""
    told = shares_from_probabilities([[0.2, 0.8]])
    assert np.isnan(told.se).all()
    np.testing.assert_allclose(told.se_measurement, 0.4)


def test_rubins_rules_under_a_known_prior() -> None:
    """se² is then that of the mean of probabilities and two se_measurement² more, as the docstring says."""
    _, mean, sd = people(2_000, 0.5, 6)
    draws = mean + sd * np.random.default_rng(7).standard_normal((400, mean.size))
    told = shares_from_draws(draws, CUTS)
    right = shares_from_probabilities(band_probabilities(mean, sd, CUTS))
    # A variance of 400 draws has the relative standard error √(2 / 399) = .071; three of them.
    np.testing.assert_allclose(told.se_measurement**2, right.se_measurement**2, rtol=0.21)
    np.testing.assert_allclose(told.se**2, right.se**2 + 2 * right.se_measurement**2, rtol=0.15)


def test_rubins_rules_by_hand() -> None:
    """Two draws of four people: within, between, and one third more between for the few draws."""
    draws = np.array([[-2.0, 0.0, 1.0, 1.0], [-2.0, -2.0, 1.0, 1.0]])
    told = shares_from_draws(draws, [-1.0])
    q = np.array([0.25, 0.5])
    within, between = (q * (1 - q) / 4).mean(), q.var(ddof=1)
    np.testing.assert_allclose(told.share, [0.375, 0.625])
    np.testing.assert_allclose(told.se, np.sqrt(within + 1.5 * between))
    np.testing.assert_allclose(told.se_measurement, np.sqrt(1.5 * between))
    np.testing.assert_allclose(told.counted, [0.25, 0.75])  # the second mean lies at the cut, above it


def test_weights_make_a_population_of_a_sample() -> None:
    """A stratum drawn at a tenth counts tenfold."""
    told = shares_from_probabilities([[1.0, 0.0], [0.0, 1.0]], weights=[1, 9])
    np.testing.assert_allclose(told.share, [0.1, 0.9])
    np.testing.assert_array_equal(told.se_measurement, [0, 0])


@given(st.lists(st.tuples(*[st.integers(1, 9)] * 3), min_size=1, max_size=20))
def test_laws(rows: list[tuple[int, ...]]) -> None:
    """Shares and counts sum to 1, and people who all told the same leave no error of the sample."""
    table = np.array(rows, dtype=float)
    told = shares_from_probabilities(table / table.sum(axis=1, keepdims=True))
    assert told.share.sum() == pytest.approx(1)
    assert told.counted.sum() == pytest.approx(1)
    alike = shares_from_probabilities(np.repeat(table[:1] / table[0].sum(), 5, axis=0))
    np.testing.assert_allclose(alike.se, 0.0, atol=1e-15)


def test_faults() -> None:
    """One draw is not enough for Rubin's rules; withheld bands are left out by the caller."""
    with pytest.raises(InputError, match="at least 2"):
        shares_from_draws([[0.0, 1.0]], [0.0])
    with pytest.raises(InputError, match="withheld"):
        shares_from_probabilities([[0.5, 0.5]], assigned=[-1])
    with pytest.raises(InputError, match="out of order"):
        shares_from_draws([[0.0, 1.0], [0.0, 1.0]], [1.0, 0.0])
