"""Integrals over where a person may be: the probability of being among the k best, and of every rank's mean.

Letters. f_n and S_n(t) = P(θ_n > t) the density and upper tail of person n, independent of the others given
the answers; N₋ₙ(t) how many of the others lie above t; Λ = Σ_m S_m and V = Σ_m S_m (1 − S_m).

Rule: panels are as narrow as what varies in them, and Gauss-Legendre sums do the rest. Panels are halved
until they are no wider than three times the narrowest posterior that reaches into them, and than three times
the width over which the count passes through k, √V / Λ'. Normal integrands are then exact to 1e-10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.scoring.ranking.count_above import log_tail_bounds, others_at_most

__all__ = ["Densities", "integrated_among_best", "integrated_rank_moments"]

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_WIDTHS: Final = 3.0  # a panel of twelve nodes over three SD of a normal density errs by less than 1e-12
_LOG_NOTHING: Final = -35.0  # e^−35 = 6e-16: what is left out is less than rounding
#: Where a density lies below this, nobody passes, and no width has a meaning.
_NO_RATE: Final = 1e-200
_NOTHING: Final = 1e-16  # of a variance: whether somebody is above is then known to the last bit
_HALVINGS: Final = 60  # of an interval, to the last bit
_NARROWEST: Final = 2.0**-40  # of the whole range: below this a panel is not halved further


class Densities(Protocol):
    """Independent continuous posteriors of persons."""

    @property
    def n_persons(self) -> int:
        """How many."""
        ...

    @property
    def breaks(self) -> Floats:
        """From end to end: nothing lies outside, and densities are smooth between neighbours."""
        ...

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """f and S at points between two neighbouring breaks, (n_persons, n_points) each."""
        ...

    def narrowest(self, low: float, high: float) -> float:
        """The smallest posterior SD of those who may lie in [low, high]; infinite if nobody may."""
        ...


def integrated_among_best(persons: Densities, k: int) -> Floats:
    """P_n = ∫ f_n(t) P(N₋ₙ(t) ≤ k − 1) dt for every person, (n_persons,), 1 ≤ k.

    Above the range in which the k-th best may lie the factor is 1, and what is integrated there is S_n;
    below it the factor is 0.
    """
    if k >= persons.n_persons:
        return np.ones(persons.n_persons)
    low, high = _where_the_kth_may_lie(persons, k)
    total = persons.at(np.array([high]))[1][:, 0].copy()
    for t, weights in _panels(
        persons, low, high, lambda a, b: min(persons.narrowest(a, b), _passing(persons, a, b))
    ):
        density, above = persons.at(t)
        for place, weight in enumerate(weights):
            total += weight * density[:, place] * others_at_most(above[:, place], k - 1)
    return np.clip(total, 0.0, 1.0)


def integrated_rank_moments(persons: Densities) -> tuple[Floats, Floats]:
    """Mean and variance of rank_n = 1 + N₋ₙ(θ_n), (n_persons,) each.

    E rank_n = 1 + Σ_{m≠n} P(θ_m > θ_n) = 1 + ∫ f_n (Λ − S_n) dt
    Var rank_n = ∫ f_n [V − S_n (1 − S_n) + (Λ − S_n − E rank_n + 1)²] dt
    """
    ends = persons.breaks
    panels = list(_panels(persons, float(ends[0]), float(ends[-1]), persons.narrowest))
    mean, variance = np.zeros(persons.n_persons), np.zeros(persons.n_persons)
    for t, weights in panels:
        density, above = persons.at(t)
        mean += (density * (above.sum(axis=0) - above)) @ weights
    for t, weights in panels:
        density, above = persons.at(t)
        own = above * (1.0 - above)
        scatter = own.sum(axis=0) - own + (above.sum(axis=0) - above - mean[:, None]) ** 2
        variance += (density * scatter) @ weights
    return 1.0 + mean, variance


def _where_the_kth_may_lie(persons: Densities, k: int) -> tuple[float, float]:
    """Below the first point more than k are above, and above the second fewer than k, but for 1e-15."""
    ends = persons.breaks
    first, last = float(ends[0]), float(ends[-1])

    def bounds(t: float) -> tuple[float, float]:
        return log_tail_bounds(persons.at(np.array([t]))[1][:, 0], k)

    low = _last_true(first, last, lambda t: bounds(t)[0] <= _LOG_NOTHING)
    high = _last_true(last, first, lambda t: bounds(t)[1] <= _LOG_NOTHING)
    return low, high


def _last_true(there: float, beyond: float, holds: Callable[[float], bool]) -> float:
    """How far from ``there``, where it holds, one may go towards ``beyond``."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (there + beyond)
        if holds(middle):
            there = middle
        else:
            beyond = middle
    return there


def _passing(persons: Densities, low: float, high: float) -> float:
    """√V / Λ' where it is smallest of three points: over how wide a range the count passes a value."""
    widths = [np.inf]
    for t in (low, 0.5 * (low + high), high):
        density, above = persons.at(np.array([t]))
        rate, spread = float(density.sum()), float((above * (1.0 - above)).sum())
        if rate > _NO_RATE:
            widths.append(np.sqrt(spread + _NOTHING) / rate)
    return min(widths)


def _panels(
    persons: Densities, low: float, high: float, scale: Callable[[float, float], float]
) -> Iterator[tuple[Floats, Floats]]:
    """Points and weights of the panels between ``low`` and ``high``, from below."""
    inner = persons.breaks[(persons.breaks > low) & (persons.breaks < high)]
    edges = [low, *inner.tolist(), high]
    waiting = list(pairwise(edges))[::-1]
    least = _NARROWEST * (high - low)
    while waiting:
        a, b = waiting.pop()
        half = 0.5 * (b - a)
        if b - a > least and b - a > _WIDTHS * scale(a, b):
            waiting += [(a + half, b), (a, a + half)]
        elif half > 0.0:
            yield a + half * (1.0 + _NODES), half * _WEIGHTS
