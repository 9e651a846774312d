"""compassess.simulation.agreement: correlation and RMSE, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from compassess.simulation.agreement import correlation, rmse


def test_correlation_and_rmse() -> None:
    """Pearson's r and the root mean square, by hand; NaN where there is nothing to compare."""
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])
    assert correlation(x, y) == pytest.approx(0.8)
    assert rmse(x, y) == pytest.approx(math.sqrt(0.5))
    assert math.isnan(correlation(x, np.ones(4)))
    assert math.isnan(correlation(x[:0], y[:0]))
    assert math.isnan(rmse(x[:0], y[:0]))
