"""The time that a sitting may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.stopping.parameters import not_positive
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any

__all__ = ["TimeLimit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """All blocks are left when so many seconds were ``spent`` on items, or have ``elapsed`` since the start.

    Both are as far as they were handed in: ``spent`` is the sum of ``elapsed=`` of answers and skips,
    ``elapsed`` the latest ``at=`` less that of the start. The engine reads no clock; a sitting to which no
    times are handed in, and a simulation, never end by it. It is asked between items only, and minima of
    the blueprint come first: a limit that holds at any moment is the hall's, by ``Session.break_off``. The
    goal of a block is not reached by it.
    """

    name: ClassVar[str] = "time_limit"
    version: ClassVar[int] = 1
    reason: ClassVar[str] = "time_limit"
    has_goal: ClassVar[bool] = False

    spent: float | None = None
    elapsed: float | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in ("spent", "elapsed")}
        given = {name: value for name, value in given.items() if value is not None}
        if not given:
            raise_if_any([Problem(where="spent", what="no limit", expected="spent or elapsed, in seconds")])
        raise_if_any(list(not_positive(**given)))

    def prepared(self, _pool: Pool, /) -> TimeLimit:
        """Itself: nothing hangs on the pool."""
        return self

    def satisfied(self, view: View) -> NDArray[np.bool_]:
        """(n, n_blocks), of all blocks alike."""
        over = np.zeros(len(view.progress.seconds), dtype=bool)
        if self.spent is not None:
            over |= view.progress.seconds >= self.spent
        if self.elapsed is not None:
            over |= view.progress.elapsed >= self.elapsed
        return np.repeat(over[:, None], view.now.block_se.shape[1], axis=1)
