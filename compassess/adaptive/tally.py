"""What the events of a sitting say of every item: answered, or left and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from compassess.adaptive.events import BREAK_OFFS, Answered, Event, Finished, Presented, Skipped
from compassess.adaptive.plan import Plan
from compassess.bank import CODES
from compassess.scoring import NO_CODE, Left

__all__ = ["tally"]


def tally(plan: Plan, places: Mapping[str, int], events: Sequence[Event]) -> Left:
    """Attempts and codes by competency, n = 1; ``places`` are the items' indices in the plan.

    An item that was on the screen when the sitting was broken off has the code that goes with the reason.
    """
    answered = np.zeros((1, plan.n_items), dtype=bool)
    codes = np.full((1, plan.n_items), NO_CODE, dtype=np.int8)
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
    return Left.counted(answered, codes, plan.competency, plan.lattice.population.n_competencies)


def _place(code: str) -> int:
    return [str(known) for known in CODES].index(code)
