"""One of the best items, drawn evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import TIE, first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import InputError, Problem

__all__ = ["Randomesque"]

Floats = NDArray[np.float64]

_FEW: Final = 64  # columns that are sorted sooner than searched several times


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomesque:
    """An item drawn evenly from the ``size`` best; 1 is the best itself.

    References
    ----------
    Kingsbury & Zara (1989), Applied Measurement in Education, 2.
    """

    name: ClassVar[str] = "randomesque"
    version: ClassVar[int] = 1

    size: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise InputError(
                Problem(
                    where="size",
                    what="an item is drawn from at least one",
                    got=repr(self.size),
                    expected="an integer, 1 or more",
                )
            )

    @property
    def depth(self) -> int:
        """How many of the best it chooses from."""
        return self.size

    def prepared(self, _pool: Pool, /) -> Randomesque:
        """Itself: nothing hangs on the pool."""
        return self

    def chosen(self, worth: Floats, view: View) -> NDArray[np.intp]:
        """The best, or one drawn from the ``size`` best eligible ones of each row."""
        if self.size == 1:
            return first_best(worth)
        rows = np.arange(len(worth))
        n_eligible = np.minimum(np.isfinite(worth).sum(axis=1), self.size)
        rank = (view.draw() * n_eligible).astype(np.intp)
        if worth.shape[1] <= _FEW:
            order = np.argsort(-worth, axis=1)
            sorted_worth = worth[rows[:, None], order]
            if not _any_near(sorted_worth[:, : self.size + 1]):
                return np.asarray(order[rows, rank])
        worth = worth.copy()
        chosen = np.zeros(len(worth), dtype=np.intp)
        for place in range(self.size):
            best = first_best(worth)
            chosen = np.where(rank == place, best, chosen)
            worth[rows, best] = -np.inf
        return chosen


def _any_near(falling: Floats) -> bool:
    """Whether any neighbours of rows in falling order are near to a tie, so that the bank's order counts."""
    higher, lower = falling[:, :-1], falling[:, 1:]
    with np.errstate(invalid="ignore"):  # −∞ beside −∞ is no item beside none
        return bool((higher - lower <= 4.0 * TIE * np.abs(higher)).any())
