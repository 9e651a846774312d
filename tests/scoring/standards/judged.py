"""Persons and what judges say of them, drawn from the models that the methods assume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def bands_by_logistic(n: int, seed: int, cuts: tuple[float, ...] = (-0.5, 0.8)) -> tuple[Floats, Booleans]:
    """θ ~ N(0, 1), and who is above each cut: P(above k) = 1 / (1 + exp(−1.8 (θ − cut_k))), one judgement."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=n)
    draw = rng.random(n)
    return theta, np.stack([draw < expit(1.8 * (theta - cut)) for cut in cuts])


def two_normal_groups(n: int, seed: int, share: float = 0.4) -> tuple[Floats, Booleans]:
    """Masters, a share of the population, from N(1, 0.8²), others from N(−0.6, 1)."""
    rng = np.random.default_rng(seed)
    above = rng.random(n) < share
    return np.where(above, rng.normal(1.0, 0.8, n), rng.normal(-0.6, 1.0, n)), above
