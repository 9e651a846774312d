"""Banks that reference values are defined on; every call makes the same ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]


def van_der_corput(n: int) -> Floats:
    """Base 2, elements 1 … n."""
    found = np.zeros(n)
    for index in range(1, n + 1):
        rest, digit = index, 0.5
        while rest:
            found[index - 1] += digit * (rest & 1)
            rest, digit = rest >> 1, digit / 2
    return found


def b300(n: int = 300) -> tuple[Floats, Floats]:
    """Slopes and thresholds of the bank B300, or of its version of n items."""
    b = 1.4 * norm.ppf((np.arange(n) + 0.5) / n)
    return np.exp(0.25 + 0.25 * norm.ppf(van_der_corput(n))), b
