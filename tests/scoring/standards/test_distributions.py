"""compassess.scoring.standards.distributions: shares, densities and quantiles that fit each other."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gaussian_kde, norm

from compassess.errors import InputError
from compassess.irt.grid import Grid
from compassess.scoring.standards import (
    GridDistribution,
    NormalDistribution,
    SampleDistribution,
    ScoreDistribution,
)

CUTS = np.array([-1.3, 0.2, 0.9])


def normal_on_a_grid() -> GridDistribution:
    """N(.2, .8²) as masses on 61 nodes."""
    grid = Grid.create(61)
    masses = norm.pdf(grid.theta, 0.2, 0.8)
    return GridDistribution(grid=grid, masses=masses / masses.sum())


@cache
def every_distribution() -> tuple[ScoreDistribution, ...]:
    """One of each kind."""
    scores = np.random.default_rng(5).normal(0.2, 0.8, 4000)
    normal = NormalDistribution(mean=0.2, standard_deviation=0.8)
    return normal, normal_on_a_grid(), SampleDistribution(scores=scores)


@given(share=st.floats(0.001, 0.999), which=st.integers(0, 2))
def test_quantiles_invert_shares(share: float, which: int) -> None:
    """F(F⁻¹(p)) = p for every kind."""
    one = every_distribution()[which]
    assert float(one.below(one.quantile(share))) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("which", [0, 1])
def test_density_is_the_slope_of_the_share(which: int) -> None:
    """Central differences of F agree with f to the sixth digit."""
    one, h = every_distribution()[which], 1e-5
    slope = (one.below(CUTS + h) - one.below(CUTS - h)) / (2 * h)
    np.testing.assert_allclose(one.density(CUTS), slope, rtol=1e-6)


def test_a_grid_s_distribution_is_the_smooth_one() -> None:
    """Shares, density and quantiles of a normal density on nodes are the normal's, between nodes as well."""
    found, exact = normal_on_a_grid(), NormalDistribution(mean=0.2, standard_deviation=0.8)
    np.testing.assert_allclose(found.below(CUTS), exact.below(CUTS), atol=1e-9)
    np.testing.assert_allclose(found.density(CUTS), exact.density(CUTS), atol=1e-9)
    shares = [[0.002, 0.4], [0.77, 0.99]]
    np.testing.assert_allclose(found.quantile(shares), exact.quantile(shares), atol=1e-6)
    assert (found.n, exact.n) == (None, None)
    assert not found.below_covariance(CUTS).any()


def test_a_sample_s_shares_by_hand() -> None:
    """Of 1, 2, 2, 4 a quarter and half of a half is below 2; straight lines between; nobody is outside."""
    found = SampleDistribution(scores=np.array([2.0, 4.0, 1.0, 2.0]))
    np.testing.assert_allclose(
        found.below([0.9, 1, 1.5, 2, 3, 4, 4.1]), [0, 0.125, 0.3125, 0.5, 0.6875, 0.875, 1]
    )
    np.testing.assert_allclose(found.quantile([0.125, 0.5, 0.6875, 0.875]), [1, 2, 3, 4])
    assert found.n == 4


def test_a_sample_s_density_is_a_kernel_s() -> None:
    """SciPy's kernel estimate with Silverman's bandwidth is the same, also where the quartiles are one score."""
    scores = np.random.default_rng(2).normal(size=300)
    spread = min(scores.std(ddof=1), np.subtract(*np.quantile(scores, [0.75, 0.25])) / 1.349)
    kernel = gaussian_kde(scores, bw_method=0.9 * spread * 300**-0.2 / scores.std(ddof=1))
    np.testing.assert_allclose(SampleDistribution(scores=scores).density(CUTS), kernel(CUTS), rtol=1e-9)
    lumped = np.array([0.0] * 9 + [1.0])
    assert SampleDistribution(scores=lumped).density(0.0) > 0


@pytest.mark.parametrize("kind", ["normal", "sample"])
def test_shares_err_as_stated(kind: str) -> None:
    """Over 4,000 samples of 200 persons the shares below three cuts have the covariance that is told.

    A variance from 4,000 draws is known to 2.2 %; the bias of order 1 / n adds about one. Tolerance 8 %.
    """
    rng, n = np.random.default_rng(8), 200
    draws = rng.normal(0.2, 0.8, (4000, n))
    if kind == "normal":
        z = (CUTS - draws.mean(axis=1)[:, None]) / draws.std(axis=1, ddof=1)[:, None]
        shares = norm.cdf(z)
        stated = NormalDistribution(mean=0.2, standard_deviation=0.8, n=n).below_covariance(CUTS)
    else:
        shares = (draws[:, :, None] < CUTS).mean(axis=1)
        many = SampleDistribution(scores=norm.ppf((np.arange(n) + 0.5) / n, 0.2, 0.8))
        stated = many.below_covariance(CUTS)
    np.testing.assert_allclose(np.cov(shares, rowvar=False), stated, rtol=0.08, atol=0.03 * stated.max())


def test_a_distribution_keeps_its_own_numbers() -> None:
    """What was handed in may change afterwards; the distribution does not."""
    scores = np.array([3.0, 1.0, 2.0])
    found = SampleDistribution(scores=scores)
    scores[:] = 0.0
    assert found.scores.tolist() == [3.0, 1.0, 2.0]
    assert not found.scores.flags.writeable
    assert not normal_on_a_grid().masses.flags.writeable


def test_what_is_no_distribution_is_refused() -> None:
    """Spreads, numbers of persons, masses and scores that cannot be are told with their place."""
    with pytest.raises(InputError) as caught:
        NormalDistribution(mean=np.nan, n=1)
    assert [one.where for one in caught.value.problems] == ["distribution", "distribution.n"]
    with pytest.raises(InputError, match="standard deviation 0"):
        NormalDistribution(standard_deviation=0)
    grid = Grid.create(5)
    for masses in ([0.2] * 4, [0.3] * 5, [-0.2, 0.3, 0.3, 0.3, 0.3], [np.nan] * 5, []):
        with pytest.raises(InputError, match=r"distribution\.masses"):
            GridDistribution(grid=grid, masses=np.array(masses))
    for scores in ([1.0], [1.0, 1.0], [1.0, np.nan], [[1.0, 2.0]]):
        with pytest.raises(InputError, match=r"distribution\.scores"):
            SampleDistribution(scores=np.array(scores))


def test_shares_that_lie_beyond_are_told_each() -> None:
    """A quantile where nobody is would be made up: each such share is a fault, for every kind."""
    for one in every_distribution():
        with pytest.raises(InputError) as caught:
            one.quantile([0.0, 0.5, 1.0])
        assert [problem.where for problem in caught.value.problems] == ["share 0 below", "share 1 below"]
