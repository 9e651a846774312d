"""The maximum priority index: worth, weighed by how much of each constraint's quota is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.completion import only_safe
from compassess.adaptive.content.rows import LINK, Rows
from compassess.adaptive.content.situation import Situation

__all__ = ["MaximumPriorityIndex", "priority_index"]

Floats = NDArray[np.float64]


def priority_index(worth: Floats, relevant: NDArray[np.bool_], quota_left: Floats, weight: Floats) -> Floats:
    """PI_i = I_i Π_k (w_k f_k)^{c_ik}.

    c_ik tells whether constraint k is about item i, f_k is the share of its quota that is left, w_k its
    weight.

    Parameters
    ----------
    worth : I, (n_items,).
    relevant : c, (n_constraints, n_items).
    quota_left, weight : f and w, (n_constraints,).

    References
    ----------
    Cheng & Chang (2009), British Journal of Mathematical and Statistical Psychology, 62, 369.
    """
    return np.asarray(worth * np.where(relevant, (weight * quota_left)[:, None], 1.0).prod(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class MaximumPriorityIndex:
    """:func:`priority_index` in two phases, among items with which the test can be completed.

    With x_k what was presented of constraint k: while any lower bound l_k is missed, f_k = (l_k − x_k) / l_k,
    0 once it is met, for constraints with a lower bound; afterwards, and for constraints without one,
    f_k = (u_k − x_k) / u_k. Where every item has the index 0 in the first phase (each belongs to some
    constraint that is met), the second is taken.

    Constraints that are sums enter by their sums; those on groups, differences and length by completion
    alone. Every hard constraint is satisfied, which the index alone does not promise
    (:mod:`compassess.adaptive.content.completion`).

    References
    ----------
    Cheng & Chang (2009), British Journal of Mathematical and Statistical Psychology, 62, 369. Two phases:
    Cheng, Chang & Yi (2007), Applied Psychological Measurement, 31, 467.
    """

    name: ClassVar[str] = "maximum_priority_index"
    version: ClassVar[int] = 1

    def prepared(self, rows: Rows, /) -> PreparedPriorityIndex:
        """Over these rows."""
        return PreparedPriorityIndex(rows=rows, entering=entering_rows(rows))


def entering_rows(rows: Rows) -> NDArray[np.intp]:
    """Rows of a heuristic: counts and sums, without length, links, groups and differences."""
    plain = ~(rows.use != 0).any(axis=1) & (rows.items >= 0).all(axis=1) & (rows.owner != LINK)
    plain[rows.length] = False
    return np.flatnonzero(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPriorityIndex:
    """The index over the rows of a blueprint."""

    rows: Rows
    entering: NDArray[np.intp]

    def judged(self, situation: Situation, /) -> Floats:
        """The index of items with which the test can be completed, −∞ elsewhere."""
        rows, kept = self.rows, self.entering
        matrix, lower, upper = rows.items[kept], np.maximum(rows.lower[kept], 0.0), rows.upper[kept]
        so_far = matrix @ situation.presented
        short = so_far < lower
        to_upper = _share_left(upper, so_far)
        to_lower = _share_left(lower, so_far)
        first = np.where(lower > 0, to_lower, to_upper) if short.any() else to_upper
        relevant, weight = matrix != 0, rows.weight[kept]
        free = situation.open_items & ~situation.presented
        index = priority_index(situation.worth, relevant, first, weight)
        if short.any() and not (index[free] > 0).any():
            index = priority_index(situation.worth, relevant, to_upper, weight)
        return only_safe(rows, situation, index)


def _share_left(quota: Floats, so_far: Floats) -> Floats:
    """(quota − x) / quota within [0, 1]; 1 where there is none, 0 for a quota of 0."""
    limited = np.isfinite(quota)
    known = np.where(limited, quota, 1.0)
    share = np.where(known > 0, (known - so_far) / np.where(known > 0, known, 1.0), 0.0)
    return np.where(limited, np.clip(share, 0.0, 1.0), 1.0)
