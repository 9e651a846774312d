"""The weighted penalty model: what an item would add to expected deviations, against its worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.completion import only_safe
from compassess.adaptive.content.maximum_priority_index import entering_rows
from compassess.adaptive.content.parameters import checked_weight
from compassess.adaptive.content.rows import Rows
from compassess.adaptive.content.situation import Situation

__all__ = ["WeightedPenalty", "penalty"]

Floats = NDArray[np.float64]

# A constraint whose bounds are equal has half an item on either side, so that its penalty stays finite.
_HALF: Final = 0.5


def penalty(expected: Floats, lower: Floats, upper: Floats) -> Floats:
    """What a constraint says of one more item of its kind; negative where such items are needed.

    With the midpoint M = (L + U) / 2 and the deviation D = X − M of what is expected in the finished test,

        P = D                          for L ≤ X ≤ U,
        P = D² / (2 D_L) + D_L / 2     for X < L, with D_L = L − M,
        P = D² / (2 D_U) + D_U / 2     for X > U, with D_U = U − M,

    which has one value and one slope at either bound. All arguments broadcast; L < U.

    References
    ----------
    Shin, Chien, Way & Swanson (2009), Weighted penalty model for content balancing in CATs, Pearson.
    """
    middle, half = (lower + upper) / 2.0, (upper - lower) / 2.0
    deviation = expected - middle
    beyond = deviation**2 / (2.0 * half) + half / 2.0
    return np.where(np.abs(deviation) <= half, deviation, np.sign(deviation) * beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedPenalty:
    """The weighted penalty model among items with which the test can be completed.

    With x_k of constraint k presented in t of n items, and the mean v_k of what is left of the pool,
    X_k = x_k + (n − t) v_k is expected. An item's content penalty F′_i = Σ_k w_k P_k c_ik, brought to [0, 1]
    over the items left, and its information penalty F″_i = −(I_i / max I)² are weighed,

        F_i = content · F′_i + information · F″_i,

    and the least comes first within the best of four groups: items whose constraints (green) include some
    that miss their lower bound and none that is full; (orange) some of either; (yellow) all lie between their
    bounds; (red) some are full and none misses its lower bound. Counts are shares of the length; sums enter
    with c_ik the item's value over the largest. Constraints on groups, differences and length enter by
    completion alone, which also sees that every hard one is satisfied.

    Parameters
    ----------
    content_weight, information_weight : 0 or more.

    References
    ----------
    Shin, Chien, Way & Swanson (2009), Weighted penalty model for content balancing in CATs, Pearson.
    """

    name: ClassVar[str] = "weighted_penalty"
    version: ClassVar[int] = 1

    content_weight: float = 1.0
    information_weight: float = 1.0

    def __post_init__(self) -> None:
        checked_weight("content_weight", self.content_weight)
        checked_weight("information_weight", self.information_weight)

    def prepared(self, rows: Rows, /) -> PreparedWeightedPenalty:
        """Over these rows."""
        return PreparedWeightedPenalty(
            rows=rows,
            entering=entering_rows(rows),
            content=float(self.content_weight),
            information=float(self.information_weight),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedWeightedPenalty:
    """The model over the rows of a blueprint."""

    rows: Rows
    entering: NDArray[np.intp]
    content: float
    information: float

    def judged(self, situation: Situation, /) -> Floats:
        """A value above 0 that falls with the penalty and with the group, −∞ where the test cannot go on."""
        free = situation.open_items & ~situation.presented
        worth = situation.worth / float(situation.worth[free].max())
        total = self.content * _unit(self._content_penalty(situation, free), free)
        total -= self.information * worth**2
        within = self.content - total  # 0 to the sum of the weights
        span = self.content + self.information or 1.0
        return only_safe(self.rows, situation, within + (3 - self._group(situation)) * span + 0.01)

    def _content_penalty(self, situation: Situation, free: NDArray[np.bool_]) -> Floats:
        rows, kept = self.rows, self.entering
        matrix = rows.items[kept]
        largest = np.maximum(matrix.max(axis=1, initial=0.0), 1e-12)
        length = rows.longest
        scale = largest * length
        rest = length - int(situation.presented.sum())
        expected = (matrix @ situation.presented + rest * matrix[:, free].mean(axis=1)) / scale
        lower = np.maximum(rows.lower[kept], 0.0) / scale
        upper = np.minimum(rows.upper[kept] / scale, 1.0)
        gap = np.maximum(_HALF / length - (upper - lower) / 2.0, 0.0)
        values = penalty(expected, lower - gap, upper + gap)
        return np.asarray((rows.weight[kept] * values) @ (matrix / largest[:, None]))

    def _group(self, situation: Situation) -> NDArray[np.int64]:
        """0 green, 1 orange, 2 yellow, 3 red, (n_items,)."""
        rows, kept = self.rows, self.entering
        relevant = rows.items[kept] != 0
        so_far = rows.items[kept] @ situation.presented
        short = (relevant & (so_far < rows.lower[kept])[:, None]).any(axis=0)
        full = (relevant & (so_far >= rows.upper[kept])[:, None]).any(axis=0)
        return np.where(short, np.where(full, 1, 0), np.where(full, 3, 2))


def _unit(values: Floats, free: NDArray[np.bool_]) -> Floats:
    """Brought to [0, 1] over the free items."""
    low, high = float(values[free].min()), float(values[free].max())
    return np.clip((values - low) / (high - low if high > low else 1.0), 0.0, 1.0)
