"""What the events of a sitting say of every item: answered, or left and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from compassess.adaptive.events import BREAK_OFFS, Answered, Event, Finished, Presented, Skipped
from compassess.adaptive.pool import Pool
from compassess.bank import CODES
from compassess.scoring import NO_CODE, Left

__all__ = ["tally"]


def tally(pool: Pool, places: Mapping[str, int], events: Sequence[Event]) -> Left:
    """Attempts and codes by competency, n = 1; ``places`` are the items' indices in the pool.

    An item that was on the screen when the sitting was broken off has the code that goes with the reason.
    """
    answered = np.zeros((1, pool.n_items), dtype=bool)
    codes = np.full((1, pool.n_items), NO_CODE, dtype=np.int8)
    shown = -1
    for event in events:
        if isinstance(event, Presented):
            shown = places[event.item]
        elif isinstance(event, Answered):
            answered[0, shown] = True
        elif isinstance(event, Skipped):
            codes[0, shown] = _place(event.reason)
        elif isinstance(event, Finished) and event.reason in BREAK_OFFS:
            codes[0, shown] = _place(BREAK_OFFS[event.reason])
    return Left.counted(answered, codes, pool.competency, pool.lattice.population.n_competencies)


def _place(code: str) -> int:
    return [str(known) for known in CODES].index(code)
