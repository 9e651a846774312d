"""Which items can come next so that the test can still be completed: what heuristics must not decide.

Items far down the heuristic's order are not asked about. A *witness* is a test that contains what was
presented and satisfies every hard row. Its items are safe. So is an item that can be added to it, or change
places with one of its free items, with every hard row still satisfied; rows over such changes are checked in
one sweep. Where the best item by a heuristic is none of these, the whole programme says whether the test can
be completed with it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.programme import best_test, completed
from compassess.adaptive.content.rows import Rows
from compassess.adaptive.content.situation import Situation

__all__ = ["only_safe"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Whole programmes that are asked before the best of the safe items is taken: each costs some milliseconds.
_TRIES: Final = 3
# Items of the heuristic's order that are asked about: exposure controls draw from far fewer.
_ASKED: Final = 60
# Items that a witness is filled up from, and those of a row that is short of its minimum.
_FILLING: Final = 100
_OF_A_SHORT_ROW: Final = 8
# How far a witness may fall short of the best test by the heuristic's values: any will do.
_LOOSE: Final = 0.2
# Deficits come before the heuristic's value when a witness is filled up.
_DEFICIT: Final = 1000.0


def only_safe(rows: Rows, situation: Situation, values: Floats) -> Floats:
    """``values`` (n_items,) of items that the test can be completed with, −∞ for all others.

    Where no completion is left at all, the items of the test that misses least.
    """
    one, free = situation, situation.open_items & ~situation.presented
    witness = _filled(rows, one, values)
    if witness is None or not (witness & free).any():
        preference = _positive(values, free)
        witness = best_test(rows, preference, one.open_items, one.presented, gap=_LOOSE).test
        if not rows.satisfied(witness[None])[0]:
            return np.where(witness & free, values, -np.inf)
    wanted = free & one.asked if (free & one.asked).any() else free
    among = np.argsort(np.where(wanted, -values, np.inf), kind="stable")[:_ASKED]
    safe = _safe(rows, one, witness, among)
    for _ in range(_TRIES):
        best = int(np.argmax(np.where(wanted, values, -np.inf)))
        if safe[best]:
            break
        with_it = one.presented.copy()
        with_it[best] = True
        if completed(rows, _positive(values, free), one.open_items, with_it, gap=_LOOSE) is not None:
            safe[best] = True
            break
        wanted = wanted & (np.arange(len(values)) != best)
        if not wanted.any():
            break
    return np.where(safe & free, values, -np.inf)


def _positive(values: Floats, free: Flags) -> Floats:
    """Values above 0 in the same order, for a programme that fills a test."""
    lowest = float(values[free].min())
    span = float(values[free].max()) - lowest or 1.0
    return np.where(free, 0.01 + (values - lowest) / span, 0.0)


def _filled(rows: Rows, one: Situation, values: Floats) -> Flags | None:
    """A witness by filling up greedily: the item that mends most deficits and breaks no bound; or None.

    Groups are left to the programme.
    """
    if len(rows.groups):
        return None
    hard = rows.hard
    matrix, lower, upper = rows.items[hard], rows.lower[hard], rows.upper[hard]
    test, activity = one.presented.copy(), matrix @ one.presented
    preference = _positive(values, one.open_items & ~test)
    free = _filling(matrix, lower - activity, preference)
    for _ in range(rows.longest - int(test.sum())):
        places = np.flatnonzero(free)
        room = (upper - activity)[:, None] + 1e-9
        places = places[(matrix[:, places] <= room).all(axis=0)]
        if not places.size:
            break
        short = np.maximum(np.where(np.isfinite(lower), lower, 0.0) - activity, 0.0)
        share = np.where(short > 0, 1.0 / np.maximum(np.abs(matrix).max(axis=1), 1e-12), 0.0)
        mended = np.minimum(matrix[:, places], short[:, None]).T @ share
        chosen = places[np.argmax(_DEFICIT * mended + preference[places])]
        test[chosen], free[chosen] = True, False
        activity = activity + matrix[:, chosen]
    return test if bool(rows.satisfied(test[None])[0]) else None


def _filling(matrix: Floats, short: Floats, preference: Floats) -> Flags:
    """The items of the greatest preference, of all and of every row that is short; 0 is none."""
    order = np.argsort(-preference, kind="stable")
    filling = np.zeros(len(preference), dtype=bool)
    filling[order[:_FILLING]] = True
    for row in np.flatnonzero(short > 0):
        of_it = order[matrix[row, order] > 0]
        filling[of_it[: max(_OF_A_SHORT_ROW, int(min(short[row], len(order))))]] = True
    return filling & (preference > 0)


def _safe(rows: Rows, one: Situation, witness: Flags, among: NDArray[np.intp]) -> Flags:
    """Items of the witness, and those ``among`` outside of groups that can be added or exchanged."""
    safe = witness & ~one.presented
    hard = rows.hard
    matrix, lower, upper = rows.items[hard], rows.lower[hard], rows.upper[hard]
    activity = rows.activity(witness[None])[0][hard]
    alone = ~rows.groups.any(axis=0)
    others = among[(one.open_items & ~witness & alone)[among]]
    columns = matrix[:, others]
    for leaving in (None, *np.flatnonzero(safe & alone).tolist()):
        left = activity if leaving is None else activity - matrix[:, leaving]
        after = columns + left[:, None]
        kept = (after >= lower[:, None] - 1e-9) & (after <= upper[:, None] + 1e-9)
        safe[others[kept.all(axis=0)]] = True
    return safe
