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


PROBABILITY: Final[Mapping[str, Oracle]] = {"2PL": graded, "GRM": graded}
