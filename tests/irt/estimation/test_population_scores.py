"""Slopes of the population's log-density, against differences of SciPy's densities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from compassess.irt.estimation.population_scores import covariance_scores, loading_curvature, loading_score

U, V = np.array([-2.0, 0.3, 1.7]), np.array([-1.1, 0.4, 2.0])


def log_density(loading: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """log N(u; λ v, 1 − λ²) at three points."""
    return np.asarray(stats.norm.logpdf(U, loading * V, np.sqrt(1 - loading**2)))


@pytest.mark.parametrize("loading", [-0.6, 0.0, 0.5, 0.95])
def test_the_score_of_a_loading_is_its_slope(loading: float) -> None:
    """At single points, for weak, strong and negative λ."""
    step = 1e-6
    slope = (log_density(loading + step) - log_density(loading - step)) / (2 * step)
    # Differences of numbers up to 100, whose third derivatives are up to 1e6 at .95.
    np.testing.assert_allclose(loading_score(loading).at(U**2, U * V, V**2), slope, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("loading", [-0.6, 0.0, 0.5, 0.95])
def test_the_curvature_of_a_loading_is_the_fall_of_its_score(loading: float) -> None:
    """Summed over three persons."""
    sums, step = (float(U @ U), float(U @ V), float(V @ V)), 1e-6
    after, before = (loading_score(loading + sign * step).at(U**2, U * V, V**2).sum() for sign in (1.0, -1.0))
    found = loading_curvature(loading, 3.0, *sums)
    assert found == pytest.approx((before - after) / (2 * step), rel=1e-6)


def test_scores_of_covariances_are_slopes() -> None:
    """Of a trivariate normal density in σ_ij, which stands twice in Σ."""
    sigma = np.array([[1.2, 0.4, -0.2], [0.4, 0.9, 0.3], [-0.2, 0.3, 1.5]])
    point, step = np.array([0.7, -1.2, 0.4]), 1e-5
    found = covariance_scores(np.linalg.inv(sigma), np.outer(point, point))
    for i, j in np.ndindex(3, 3):
        move = np.zeros((3, 3))
        move[i, j] = move[j, i] = step
        up, down = (stats.multivariate_normal.logpdf(point, cov=sigma + sign * move) for sign in (1, -1))
        assert found[i, j] == pytest.approx((up - down) / (2 * step), abs=1e-8)
