"""How sure a share is that was counted: Wilson's interval, and what weighted persons are worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from compassess.errors import InputError, Problem

__all__ = ["ConfidenceInterval", "effective_size", "normal_quantile", "wilson"]

Floats = NDArray[np.float64]


class ConfidenceInterval(NamedTuple):
    """``low`` and ``high`` ends, of the shape of what they belong to; 0-dimensional for one share."""

    low: Floats
    high: Floats


def wilson(share: ArrayLike, n: ArrayLike, confidence: float = 0.95) -> ConfidenceInterval:
    """Wilson's interval of a share p among n persons.

    (p + z² / 2n ± z √(p (1 − p) / n + z² / 4n²)) / (1 + z² / n), z = Φ⁻¹((1 + confidence) / 2).

    Parameters
    ----------
    share, n : of shapes that go together; n need not be whole (weighted persons).

    Limits: within [0, 1] always; NaN where p is NaN or n is 0.

    Raises
    ------
    InputError : confidence outside (0, 1).

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    z = normal_quantile(confidence)
    p, size = np.broadcast_arrays(np.asarray(share, np.float64), np.asarray(n, np.float64))
    size = np.where(size > 0, size, np.nan)
    centre, shrink = p + z**2 / (2 * size), 1.0 + z**2 / size
    half = z * np.sqrt(p * (1.0 - p) / size + z**2 / (4 * size**2))
    # At p = 0 and 1 an end is 0 or 1 but for rounding.
    low, high = np.clip((centre - half) / shrink, 0.0, 1.0), np.clip((centre + half) / shrink, 0.0, 1.0)
    return ConfidenceInterval(np.where(p == 0, 0.0, low), np.where(p == 1, 1.0, high))


def normal_quantile(confidence: float) -> float:
    """z = Φ⁻¹((1 + confidence) / 2), two-sided.

    Raises
    ------
    InputError : confidence outside (0, 1).
    """
    if not 0.0 < confidence < 1.0:
        raise InputError(
            Problem(
                where="confidence",
                what="it is a probability between 0 and 1",
                got=repr(confidence),
                expected="for example 0.95",
            )
        )
    return float(ndtri((1.0 + confidence) / 2.0))


def effective_size(weights: Floats) -> float:
    """(Σ w)² / Σ w²: as many equally weighted persons know a mean as well (Kish 1965, Survey Sampling)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
