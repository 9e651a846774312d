"""How well two sets of results agree: correlation, RMSE, kappa, exact agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BandAgreement", "band_agreement", "correlation", "rmse"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandAgreement:
    """Two classifications of the same people.

    ``exact`` is the share that agrees; ``kappa`` is Cohen's, (p_o − p_e) / (1 − p_e), NaN where both
    always say the same one band; ``two_bands_off`` is the share that differs by two bands or more.
    """

    exact: float
    kappa: float
    two_bands_off: float


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r; NaN where one of them does not vary, or where there is nobody."""
    if x.size == 0 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def rmse(x: Floats, y: Floats) -> float:
    """Root of the mean squared difference; NaN where there is nobody."""
    return float(np.sqrt(np.mean((x - y) ** 2))) if x.size else float("nan")


def band_agreement(first: Sequence[int] | NDArray[np.int64], second: NDArray[np.int64]) -> BandAgreement:
    """Compare two classifications into ordered bands 0, 1, … of the same people.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20.
    """
    one, two = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    n_bands = int(max(one.max(initial=0), two.max(initial=0))) + 1
    counts = np.zeros((n_bands, n_bands), dtype=np.int64)
    np.add.at(counts, (one, two), 1)
    observed = float(np.trace(counts) / len(one))
    by_chance = float(counts.sum(axis=0) @ counts.sum(axis=1) / len(one) ** 2)
    return BandAgreement(
        exact=observed,
        kappa=(observed - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float("nan"),
        two_bands_off=float(np.mean(np.abs(one - two) >= 2)),
    )
