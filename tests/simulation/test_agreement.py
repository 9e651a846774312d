"""compassess.simulation.agreement: correlation, RMSE, kappa, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compassess.simulation import band_agreement
from compassess.simulation.agreement import correlation, rmse


def test_kappa_by_hand() -> None:
    """Ten people: 7 agree; margins (4, 4, 2) and (5, 3, 2) give p_e = 0.36, κ = 0.34 / 0.64."""
    first = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    second = [0, 0, 0, 2, 0, 1, 1, 1, 2, 0]
    told = band_agreement(first, np.array(second))
    assert told.exact == pytest.approx(0.7)
    assert told.kappa == pytest.approx((0.7 - 0.36) / (1 - 0.36))
    assert told.two_bands_off == pytest.approx(0.2)


def test_cohens_own_example() -> None:
    """Cohen (1960), table 1: 200 cases, p_o = 0.70, p_e = 0.41, κ = 0.492."""
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    first, second = np.array(pairs).T
    told = band_agreement(first, second)
    assert told.exact == pytest.approx(0.70)
    assert told.kappa == pytest.approx(0.492, abs=5e-4)


@pytest.mark.parametrize("n", [1, 3, 7, 10, 49, 2800])
def test_one_band_only(n: int) -> None:
    """Where both always say the same one band kappa is not defined, for any number of people."""
    told = band_agreement([2] * n, np.full(n, 2))
    assert told.exact == 1.0
    assert math.isnan(told.kappa)
    assert told.two_bands_off == 0.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_laws_of_kappa(pairs: list[tuple[int, int]]) -> None:
    """Kappa is symmetric, at most 1, and 1 exactly where all agree on more than one band."""
    first, second = np.array(pairs).T
    told, other = band_agreement(first, second), band_agreement(second, first)
    assert told.exact == other.exact == np.mean(first == second)
    if math.isnan(told.kappa):
        assert len({*first, *second}) == 1
        return
    assert told.kappa == pytest.approx(other.kappa, abs=1e-12)
    assert told.kappa <= 1.0
    assert (told.kappa == pytest.approx(1.0, abs=1e-12)) == bool(np.all(first == second))


def test_correlation_and_rmse() -> None:
    """Pearson's r and the root mean square, by hand; NaN where there is nothing to compare."""
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])
    assert correlation(x, y) == pytest.approx(0.8)
    assert rmse(x, y) == pytest.approx(math.sqrt(0.5))
    assert math.isnan(correlation(x, np.ones(4)))
    assert math.isnan(correlation(x[:0], y[:0]))
    assert math.isnan(rmse(x[:0], y[:0]))
