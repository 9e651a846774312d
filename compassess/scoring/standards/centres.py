"""Means and medians of a few judgements or scores, with standard errors that need no resampling."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

__all__ = ["STATISTICS", "centre", "centre_covariance", "median_error"]

Floats = NDArray[np.float64]

#: What a panel's cut may be of its judges' cuts.
STATISTICS: Final = ("mean", "median")


def centre(values: Floats, statistic: str) -> Floats:
    """Mean or median over the first axis."""
    return np.asarray(values.mean(axis=0) if statistic == "mean" else np.median(values, axis=0))


def centre_covariance(values: Floats, statistic: str) -> Floats:
    """Covariance of the means, S / n, or of the medians of a normal sample; ``values`` (n, n_columns).

    Medians: Cov = s_j s_k asin(r_jk) / n, so that a median's error is √(π / 2) = 1.2533 times the mean's.
    NaN for a single row.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, §28.5, with Sheppard's quadrant probability
    1/4 + asin(r) / 2π.
    """
    n, width = values.shape
    if n < 2:
        return np.full((width, width), np.nan)
    spread = np.cov(values, rowvar=False).reshape(width, width)
    if statistic == "mean":
        return spread / n
    scale = np.sqrt(np.diag(spread))
    product = np.outer(scale, scale)
    r = np.clip(spread / np.where(product > 0, product, 1.0), -1.0, 1.0)
    return np.asarray(product * np.arcsin(r) / n)


def median_error(values: Floats) -> float:
    """The standard error of a median whatever the distribution: (y_(n − c + 1) − y_(c)) / 2z.

    c is (n + 1) / 2 − √n, rounded, and at least 1; z = Φ⁻¹(1 − P(B ≤ c − 1)) with B binomial(n, ½): the two
    order statistics hold the median with a probability that is known exactly, and their distance tells the
    density there. Limits: NaN below five values; 0 where more than half of the middle are ties.

    References
    ----------
    Price & Bonett (2001), Journal of Statistical Computation and Simulation 68, 295-305, eq. 2 and 3.
    """
    n = values.size
    if n < 5:
        return float("nan")
    c = max(round((n + 1) / 2 - np.sqrt(n)), 1)
    z = -float(ndtri(bdtr(c - 1, n, 0.5)))
    ordered = np.sort(values)
    return float(ordered[n - c] - ordered[c - 1]) / (2 * z)
