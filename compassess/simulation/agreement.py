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
    return float(np.clip(np.mean(standardised(x) * standardised(y)), -1.0, 1.0))


def standardised(x: Floats) -> Floats:
    """(x − mean) / SD, with the divisor n: for values that vary, however little."""
    # Dividing by the range first keeps the squares of tiny differences from vanishing.
    centred = (x - x.mean()) / np.ptp(x)
    return centred / np.sqrt(np.mean(centred**2))


def rmse(x: Floats, y: Floats) -> float:
    """Root of the mean squared difference; NaN where there is nobody."""
    return float(np.sqrt(np.mean((x - y) ** 2))) if x.size else float("nan")
