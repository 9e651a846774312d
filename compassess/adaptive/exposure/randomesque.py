"""One of the best items, drawn evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.order import first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import InputError, Problem

__all__ = ["Randomesque"]

Floats = NDArray[np.float64]


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

    def place(self, view: View, n_eligible: NDArray[np.intp], /) -> NDArray[np.intp]:
        """One of the ``size`` best, each equally likely."""
        if self.size == 1:
            return np.zeros(len(n_eligible), dtype=np.intp)
        return (view.draw() * np.minimum(n_eligible, self.size)).astype(np.intp)

    def chosen(self, worth: Floats, view: View) -> NDArray[np.intp]:
        """The best, or one drawn from the ``size`` best eligible ones of each row."""
        if self.size == 1:
            return first_best(worth)
        worth = worth.copy()
        rows = np.arange(len(worth))
        rank = self.place(view, np.isfinite(worth).sum(axis=1))
        chosen = np.zeros(len(worth), dtype=np.intp)
        for place in range(self.size):
            best = first_best(worth)
            chosen = np.where(rank == place, best, chosen)
            worth[rows, best] = -np.inf
        return chosen
