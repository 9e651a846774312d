"""compassess.scoring.bivariate_normal: against quadrature to thirty digits, and at its limits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from compassess.scoring.bivariate_normal import both_below


def by_quadrature(h: float, k: float, rho: float) -> float:
    """∫_{−∞}^{h} φ(x) Φ((k − ρ x) / √(1 − ρ²)) dx."""
    with mpmath.workdps(30):
        root = mpmath.sqrt(1 - mpmath.mpf(rho) ** 2)
        pieces = [-12, h - 4, h - 2, h - 1, h]  # short ones, so that every bend lies within one of them
        value = mpmath.quad(lambda x: mpmath.npdf(x) * mpmath.ncdf((k - rho * x) / root), pieces)
    return float(value)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.95])
@pytest.mark.parametrize(
    ("h", "k"), [(-1.65, 0.3), (0.0, 0.0), (0.0, -1.0), (1.2, 1.2), (2.5, -2.0), (-3.0, -1.0)]
)
def test_it_is_the_integral(h: float, k: float, rho: float) -> None:
    """Φ₂ agrees with the integral of the conditional distribution; 1e-14 is a few units of the last digit."""
    assert float(both_below(h, k, rho)) == pytest.approx(by_quadrature(h, k, rho), abs=1e-14)


@given(h=st.floats(-6, 6), k=st.floats(-6, 6), rho=st.floats(-1, 1))
def test_its_bounds_and_symmetries(h: float, k: float, rho: float) -> None:
    """It lies within the Fréchet bounds, is symmetric, and the four quadrants sum to one."""
    value = float(both_below(h, k, rho))
    assert max(ndtr(h) + ndtr(k) - 1, 0) - 1e-14 <= value <= min(ndtr(h), ndtr(k)) + 1e-14
    assert value == pytest.approx(float(both_below(k, h, rho)), abs=1e-14)
    other = float(ndtr(h)) - float(both_below(h, -k, -rho))
    assert value == pytest.approx(other, abs=1e-13)


def test_its_limits() -> None:
    """ρ = 1 gives the smaller limit, ρ = −1 the overlap, ρ = 0 the product."""
    h, k = np.array([-1.0, 0.0, 2.0]), np.array([0.5, 0.0, -1.0])
    assert np.allclose(both_below(h, k, 1.0), ndtr(np.minimum(h, k)), atol=1e-15)
    assert np.allclose(both_below(h, k, -1.0), np.maximum(ndtr(h) + ndtr(k) - 1, 0), atol=1e-15)
    assert np.allclose(both_below(h, k, 0.0), ndtr(h) * ndtr(k), atol=1e-15)
