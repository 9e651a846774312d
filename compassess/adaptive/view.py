"""What the rules of a sitting may look at when they judge: the same for one sitting and for thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import substream, uniform
from compassess.adaptive.estimate import Estimate
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress

__all__ = ["View"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """n sittings at the moment of a decision.

    Attributes
    ----------
    pool : the operational items.
    progress : how far the sittings have come.
    now : what the answers so far say.
    seeds : (n,) of the sittings.
    """

    pool: Pool
    progress: Progress
    now: Estimate
    seeds: NDArray[np.uint64]

    def select(self, rows: NDArray[np.intp]) -> View:
        """Some of the sittings."""
        return View(
            pool=self.pool,
            progress=self.progress.select(rows),
            now=self.now.select(rows),
            seeds=self.seeds[rows],
        )

    def draw(self, stream: int = 0) -> Floats:
        """A number in [0, 1) for every sitting, (n,); it hangs on seed, step and ``stream`` only.

        A strategy that draws more than once at a step takes a stream for each; 0 is that of the exposure
        control's first draw.
        """
        seeds = self.seeds
        if stream:
            seeds = substream(seeds, stream)
        return uniform(seeds, self.progress.presented)
