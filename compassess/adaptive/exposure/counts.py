"""How often items were free and presented, over sittings and segments of θ, in arrays of a pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.exposure.segments import Segments

__all__ = ["Counts"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Arrays (n_segments, n_items).

    Attributes
    ----------
    sittings : that ended with the estimate of the item's block in the segment.
    eligible : those of them in which the item was free to be presented there.
    presented : those of them that presented it, in whatever segment.
    """

    sittings: Whole
    eligible: Whole
    presented: Whole

    @classmethod
    def none(cls, n_segments: int, n_items: int) -> Counts:
        """Before the first sitting."""
        zero = np.zeros((n_segments, n_items), dtype=np.int64)
        return cls(sittings=zero, eligible=zero, presented=zero)

    @classmethod
    def of(
        cls, segments: Segments, ineligible: NDArray[np.bool_], presented: NDArray[np.bool_], theta: Floats
    ) -> Counts:
        """Of n finished sittings.

        ``ineligible`` (n, n_segments, n_items) as drawn at their start, ``presented`` (n, n_items),
        ``theta`` (n, n_blocks) the estimates at their end.
        """
        own = segments.of_items(theta)
        there = own[:, None, :] == np.arange(segments.n_segments)[:, None]
        return cls(
            sittings=there.sum(axis=0),
            eligible=(there & ~ineligible).sum(axis=0),
            presented=(there & presented[:, None, :]).sum(axis=0),
        )

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            sittings=self.sittings + other.sittings,
            eligible=self.eligible + other.eligible,
            presented=self.presented + other.presented,
        )
