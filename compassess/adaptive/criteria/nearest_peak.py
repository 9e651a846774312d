"""The item whose information is greatest nearest to the estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.nearest_difficulty import PreparedNearest
from compassess.adaptive.criteria.requirements import difficulties
from compassess.adaptive.pool import Pool
from compassess.irt.read_only import read_only

__all__ = ["NearestPeak", "peak"]

Floats = NDArray[np.float64]


def peak(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """θ* at which the information of an item under the 4PL is greatest.

    θ* = b + log((x − c) / (d − x)) / a, where x = P(θ*) is the middle root of the cubic that dI / dθ = 0
    makes,

        x = ½ + 2 √(−u / 3) cos(⅓ arccos(−½ v √(−27 / u³)) + 4π / 3),
        u = −¾ + (c + d − 2 c d) / 2,     v = (c + d − 1) / 4.

    Domain: a ≠ 0, 0 ≤ c < d ≤ 1. All arguments broadcast. Limits: b for c = 0 and d = 1, and
    b + log((1 + √(1 + 8 c)) / 2) / a for d = 1.

    References
    ----------
    Magis (2013), Applied Psychological Measurement 37, 304-315; Birnbaum (1968), ch. 20, for d = 1.
    """
    u = -0.75 + (c + d - 2.0 * c * d) / 2.0
    v = (c + d - 1.0) / 4.0
    cosine = np.clip(-0.5 * v * np.sqrt(-27.0 / u**3), -1.0, 1.0)
    x = 0.5 + 2.0 * np.sqrt(-u / 3.0) * np.cos(np.arccos(cosine) / 3.0 + 4.0 * np.pi / 3.0)
    return np.asarray(b + np.log((x - c) / (d - x)) / a)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestPeak:
    """worth = −|θ*_i − θ̂|, θ*_i where the item's information is greatest (thOpt).

    Without asymptotes it is :class:`~compassess.adaptive.criteria.nearest_difficulty.NearestDifficulty`.
    The information of items with more than two categories can have several peaks: they are refused.

    References
    ----------
    Barrada, Mazuela & Olea (2006), Psicothema 18, 156-159; Magis (2013).
    """

    name: ClassVar[str] = "nearest_peak"
    version: ClassVar[int] = 1

    def prepared(self, pool: Pool) -> PreparedNearest:
        """With the peaks; InputError names items with more than two categories."""
        items = pool.measurement.items
        b = difficulties(pool, self.name)
        return PreparedNearest(pool, read_only(peak(items.a, b, items.c, items.d)))
