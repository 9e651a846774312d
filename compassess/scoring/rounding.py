"""Rounding that the last bits of a float do not decide: what is reported, and what ties.

Rule: reports and ranks round by this one function. A value within a billionth of a step of a half *is* the
half, and a half goes to the even multiple, as in published tables.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["rounded", "whole_steps"]

Floats = NDArray[np.float64]

_NEAR: Final = 1e-9  # of a step: far above the last bits, far below what anybody can tell apart
_BITS: Final = 8 * np.finfo(np.float64).eps  # of a value whose last bit is more than a billionth of a step


def whole_steps(in_steps: ArrayLike) -> Floats:
    """The nearest whole number of values that are told in steps; 1.5 and 1.4999999999 are 2, 2.5 is 2.

    Limits: infinite values and NaN stay what they are.
    """
    values = np.asarray(in_steps, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is no half
        half = np.floor(values) + 0.5
        near = np.abs(values - half) <= np.maximum(_NEAR, _BITS * np.abs(values))
    return np.asarray(np.rint(np.where(near, half, values)))


def rounded(values: ArrayLike, decimals: int) -> Floats:
    """Values with so many decimals, 0 or more: a half in decimals to the even digit, as it is read."""
    scale = 10.0**decimals
    return whole_steps(np.asarray(values, dtype=np.float64) * scale) / scale
