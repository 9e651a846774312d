"""Every model once more, written from its formula alone: slowly, in mpmath, to fifty digits.

A model that is added to the registry needs an oracle here; one of the laws says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import mpmath

Number = mpmath.mpf
Oracle = Callable[[Sequence[Number], int, Number], Number]

DIGITS: Final = 50


def graded(xi: Sequence[Number], category: int, theta: Number) -> Number:
    """P(X = k | θ) = σ(a θ + d_k) − σ(a θ + d_{k+1}); σ is 1 below the first and 0 above the last."""
    slope, *intercepts = xi

    def at_least(k: int) -> Number:
        if k == 0:
            return mpmath.mpf(1)
        if k > len(intercepts):
            return mpmath.mpf(0)
        return 1 / (1 + mpmath.exp(-(slope * theta + intercepts[k - 1])))

    return at_least(category) - at_least(category + 1)


def asymptotic(xi: Sequence[Number], category: int, theta: Number) -> Number:
    """P(X = 1 | θ) = c + (d − c) σ(a θ + t); without a fourth parameter d = 1."""
    slope, intercept, *asymptotes = xi
    lower = 1 / (1 + mpmath.exp(-asymptotes[0]))
    upper = 1 / (1 + mpmath.exp(-asymptotes[1])) if len(asymptotes) > 1 else mpmath.mpf(1)
    right = lower + (upper - lower) / (1 + mpmath.exp(-(slope * theta + intercept)))
    return right if category == 1 else 1 - right


def partial_credit(xi: Sequence[Number], category: int, theta: Number) -> Number:
    """P(X = k | θ) = exp(k a θ + t_k) / Σ_j exp(j a θ + t_j), t_0 = 0."""
    slope, *rest = xi
    weights = [mpmath.exp(k * slope * theta + t) for k, t in enumerate([mpmath.mpf(0), *rest])]
    return weights[category] / mpmath.fsum(weights)


def nominal(xi: Sequence[Number], category: int, theta: Number) -> Number:
    """P(X = k | θ) = exp(a_k θ + c_k) / Σ_j exp(a_j θ + c_j), a_0 = c_0 = 0; slopes stand first."""
    half, zero = len(xi) // 2, mpmath.mpf(0)
    pairs = zip([zero, *xi[:half]], [zero, *xi[half:]], strict=True)
    weights = [mpmath.exp(slope * theta + intercept) for slope, intercept in pairs]
    return weights[category] / mpmath.fsum(weights)


PROBABILITY: Final[Mapping[str, Oracle]] = {
    "Rasch": graded,
    "1PL": graded,
    "2PL": graded,
    "3PL": asymptotic,
    "4PL": asymptotic,
    "GRM": graded,
    "PCM": partial_credit,
    "RSM": partial_credit,
    "GPCM": partial_credit,
    "NRM": nominal,
}
