"""The distribution function of two correlated standard normal variables."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, owens_t

__all__ = ["both_below"]

_NEAR_ZERO: Final = (
    1e-100  # limits this near to 0 are put here: quotients by them then have a sign and a size
)


def both_below(h: ArrayLike, k: ArrayLike, correlation: ArrayLike) -> NDArray[np.float64]:
    """Φ₂(h, k; ρ) = P(X < h, Y < k) for standard normal X, Y with correlation ρ.

    With Owen's T: Φ₂ = ½ Φ(h) + ½ Φ(k) − T(h, (k − ρ h) / (h √(1 − ρ²))) − T(k, (h − ρ k) / (k √(1 − ρ²)))
    − ½ [h and k of different signs].

    Parameters
    ----------
    h, k : finite limits; ``correlation`` in [−1, 1]. They are broadcast.

    Limits: ρ → 1 gives Φ(min(h, k)), ρ → −1 gives max(Φ(h) + Φ(k) − 1, 0), ρ = 0 gives Φ(h) Φ(k).

    References
    ----------
    Owen (1956), Annals of Mathematical Statistics 27, 1075-1090, eq. 2.1.
    """
    x, y, rho = np.broadcast_arrays(
        np.asarray(h, dtype=np.float64),
        np.asarray(k, dtype=np.float64),
        np.asarray(correlation, dtype=np.float64),
    )
    x, y = (np.where(np.abs(one) < _NEAR_ZERO, np.copysign(_NEAR_ZERO, one), one) for one in (x, y))
    rest = np.sqrt((1.0 - rho) * (1.0 + rho))
    inside = rest > 0
    root = np.where(inside, rest, 1.0)
    joint = 0.5 * (ndtr(x) + ndtr(y)) - owens_t(x, (y - rho * x) / (x * root))
    joint -= owens_t(y, (x - rho * y) / (y * root)) + 0.5 * ((x < 0) != (y < 0))
    ends = np.where(rho > 0, ndtr(np.minimum(x, y)), np.maximum(ndtr(x) + ndtr(y) - 1.0, 0.0))
    return np.clip(np.where(inside, joint, ends), 0.0, 1.0)
