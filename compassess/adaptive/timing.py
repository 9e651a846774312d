"""How much time has passed since a sitting began, by the times that were handed in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from compassess.adaptive.progress import Progress
from compassess.scoring.times import instant

__all__ = ["timed"]


def timed(progress: Progress, began: str | None, at: str | None) -> Progress:
    """One sitting with the seconds from ``began`` to ``at``, where both were handed in.

    A time before the latest one changes nothing: a clock that was set back makes no sitting younger.
    """
    if began is None or at is None:
        return progress
    seconds = (instant(at) - instant(began)).total_seconds()
    return replace(progress, elapsed=np.maximum(progress.elapsed, seconds))
