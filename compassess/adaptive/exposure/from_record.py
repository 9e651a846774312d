"""Exposure controls that close items to whole sittings by what earlier sittings presented.

Rule: which items are closed is drawn before the first item and stands in the log's header, so that a sitting
and its replay hang on no record, and sittings at the same time do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.exposure.capacity import rate_problems
from compassess.adaptive.exposure.counts import Counts
from compassess.adaptive.exposure.experiments import experiments
from compassess.adaptive.exposure.segments import Segments, edge_problems
from compassess.adaptive.order import first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any

__all__ = ["ItemEligibility", "PreparedFromRecord", "RestrictedRate"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEligibility:
    """Every item is free in a sitting with a probability that keeps its rate at the limit r.

    From N earlier sittings, of which ε_i found item i free and α_i presented it,

        P(E_i) = min(1, r_i ε_i / α_i),     r_i = r + (r − α_i / N), at least 0,

    because P(A_i) = P(A_i | E_i) P(E_i), and α_i / ε_i estimates P(A_i | E_i); 1 before it was presented.
    (The papers have r itself. With r_i what was too much, because P(A_i | E_i) grows while others are being
    closed, is paid back: on a bank of 300 the greatest rate of 5,000 sittings is .215 in the place of .229.)
    With ``edges`` the same within each segment of θ: a sitting is counted in the segment of its last
    estimate, and an item is closed by the estimate of the moment. Where nothing else may come an item that
    is closed is presented, and counts in α_i: the next sittings are the stricter.

    Parameters
    ----------
    maximum_rate : r in (0, 1].
    maximum_overlap : how much of a sitting another one may contain on average, in (0, 1]. With rates r_i and
        sittings of length L the overlap is Σ r_i² / L ≤ max r_i, so that r is no more than this. One of the
        two is needed; with both the smaller one holds.
    edges : where segments of θ meet, ascending.

    References
    ----------
    van der Linden & Veldkamp (2004), Journal of Educational and Behavioral Statistics 29, 273-291, and
    (2007), 32, 398-418. Chen, Ankenmann & Spray (2003), Journal of Educational Measurement 40, eq. 8.
    """

    name: ClassVar[str] = "item_eligibility"
    version: ClassVar[int] = 1

    maximum_rate: float | None = None
    maximum_overlap: float | None = None
    edges: Sequence[float] = field(default=())

    def __post_init__(self) -> None:
        raise_if_any(_limit_problems(self.maximum_rate, self.maximum_overlap) + edge_problems(self.edges))
        object.__setattr__(self, "edges", tuple(map(float, self.edges)))

    def prepared(self, pool: Pool, /) -> PreparedFromRecord:
        """Over a pool."""
        limit = _limit(self.maximum_rate, self.maximum_overlap)
        return PreparedFromRecord(Segments.create(pool, tuple(self.edges)), limit, _eligible)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedRate:
    """An item whose rate has reached the limit r is closed until it has fallen below it.

    α_i / N < r or closed. With the criterion ``progressive`` this is the progressive-restricted method. The
    parameters are those of :class:`ItemEligibility`.

    References
    ----------
    Revuelta & Ponsoda (1998), Journal of Educational Measurement 35, 311-327.
    """

    name: ClassVar[str] = "restricted_rate"
    version: ClassVar[int] = 1

    maximum_rate: float | None = None
    maximum_overlap: float | None = None
    edges: Sequence[float] = field(default=())

    def __post_init__(self) -> None:
        raise_if_any(_limit_problems(self.maximum_rate, self.maximum_overlap) + edge_problems(self.edges))
        object.__setattr__(self, "edges", tuple(map(float, self.edges)))

    def prepared(self, pool: Pool, /) -> PreparedFromRecord:
        """Over a pool."""
        limit = _limit(self.maximum_rate, self.maximum_overlap)
        return PreparedFromRecord(Segments.create(pool, tuple(self.edges)), limit, _restricted)


@dataclass(frozen=True, slots=True)
class PreparedFromRecord:
    """Over a pool: segments of θ, the limit r, and the chance of an item to be free by counts and limit."""

    segments: Segments
    limit: float
    chance: Callable[[Counts, float], Floats]

    def drawn(self, counts: Counts, seeds: NDArray[np.uint64]) -> Flags:
        """Which items are closed to sittings that begin now, by segment, (n, n_segments, n_items)."""
        numbers = experiments(seeds, np.arange(self.segments.pool.n_items))
        return np.asarray(numbers[:, None, :] >= self.chance(counts, self.limit))

    def no_counts(self) -> Counts:
        """Before the first sitting."""
        return Counts.none(self.segments.n_segments, self.segments.pool.n_items)

    def held_back(self, view: View, /) -> Flags:
        """The items that are closed in the segment of the moment, (n, n_items)."""
        closed = view.progress.ineligible
        if self.segments.n_segments == 1:
            return closed[:, 0]
        own = self.segments.of_items(view.now.block_theta)
        return np.take_along_axis(closed, own[:, None, :], axis=1)[:, 0]

    def chosen(self, worth: Floats, _view: View, /) -> NDArray[np.intp]:
        """The best of those that are free."""
        return first_best(worth)


def _eligible(counts: Counts, limit: float) -> Floats:
    rate = counts.presented / np.maximum(counts.sittings, 1)
    target = np.maximum(2.0 * limit - rate, 0.0)
    chance = np.minimum(target * counts.eligible / np.maximum(counts.presented, 1), 1.0)
    return np.asarray(np.where(counts.presented > 0, chance, 1.0))


def _restricted(counts: Counts, limit: float) -> Floats:
    return np.asarray(np.where(counts.presented < limit * np.maximum(counts.sittings, 1), 1.0, 0.0))


def _limit(rate: float | None, overlap: float | None) -> float:
    return min(limit for limit in (rate, overlap) if limit is not None)


def _limit_problems(rate: float | None, overlap: float | None) -> list[Problem]:
    given = {"maximum_rate": rate, "maximum_overlap": overlap}
    given = {name: limit for name, limit in given.items() if limit is not None}
    if not given:
        return [
            Problem(where="maximum_rate", what="a limit is needed", expected="a rate, an overlap or both")
        ]
    return rate_problems(**given)
