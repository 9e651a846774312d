"""What the events of a sitting say of every item: answered, or left and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from compassess.adaptive.events import Event
from compassess.adaptive.pool import Pool
from compassess.adaptive.standing import standings
from compassess.bank import CODES
from compassess.scoring import NO_CODE, Left

__all__ = ["tally"]


def tally(pool: Pool, places: Mapping[str, int], events: Sequence[Event]) -> Left:
    """Attempts and codes by competency, n = 1; ``places`` are the items' indices in the pool.

    An item that was on the screen when the sitting was broken off has the code that goes with the reason,
    one that was withdrawn is technically lost. Pilot items, and items that are not in the pool, are not
    counted.
    """
    answered = np.zeros((1, pool.n_items), dtype=bool)
    codes = np.full((1, pool.n_items), NO_CODE, dtype=np.int8)
    for name, one in standings(events).items():
        if one.pilot or name not in places:
            continue
        answered[0, places[name]] = one.is_scored
        left = "technically_lost" if one.withdrawn else one.left
        if left is not None:
            codes[0, places[name]] = CODES.index(left)
    return Left.counted(answered, codes, pool.competency, pool.lattice.population.n_competencies)
