"""How well two sets of numbers agree: correlation and RMSE."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["correlation", "rmse"]

Floats = NDArray[np.float64]


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r; NaN where one of them does not vary, or where there is nobody."""
    if x.size == 0 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def rmse(x: Floats, y: Floats) -> float:
    """Root of the mean squared difference; NaN where there is nobody."""
    return float(np.sqrt(np.mean((x - y) ** 2))) if x.size else float("nan")
