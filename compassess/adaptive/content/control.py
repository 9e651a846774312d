"""Content control as the rules of a sitting see it: which items may come next, and when it may stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.programme import best_test, feasible
from compassess.adaptive.content.rows import Rows
from compassess.adaptive.content.situation import PreparedMethod, Situation
from compassess.adaptive.view import View

__all__ = ["ContentControl"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Items that are not asked now complete the test: a hundredth of the best that is asked keeps their order and
# lets none of them take its place.
_NOT_ASKED: Final = 0.01
# The least worth, as a share of the best: above 0, so that a test is filled to its full length; a slope over
# the bank's order among items alike, so that of clones the first is taken.
_LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContentControl:
    """The rows of a blueprint and the method that observes them; for n sittings, each judged by itself."""

    rows: Rows
    method: PreparedMethod

    def may_stop(self, view: View) -> Flags:
        """Whether what was presented satisfies every hard constraint as it stands, (n,)."""
        return self.rows.satisfied(view.progress.counted)

    def adjusted(
        self, worth: Floats, asked: Flags, open_items: Flags, view: View, held: Flags | None = None
    ) -> Floats:
        """Worths with regard to content, (n, n_items); −∞ may not be presented.

        ``worth`` is the criterion's, of all items; ``asked`` are those that the rules of the sitting ask now.
        Where content admits none of them, others that it needs take their place; where the rules ask none,
        the shortest test that satisfies the constraints is completed. A row without any finite worth is a
        test that is complete, or cannot be carried on. ``held`` are items that an exposure control holds
        back: they are closed where a test can be completed without them, and open like all others where not.
        Equal situations are judged once.
        """
        result = np.full(worth.shape, -np.inf)
        judged: dict[bytes, Floats] = {}
        for row in range(len(worth)):
            counted = view.progress.counted[row]
            free = open_items[row]
            if held is not None:
                free = self._without_held(free, held[row], asked[row], counted)
            situation = Situation(
                worth=_objective(worth[row], asked[row], free),
                asked=asked[row],
                open_items=free,
                presented=counted,
            )
            key = situation.worth.tobytes() + free.tobytes() + situation.presented.tobytes()
            if key not in judged:
                judged[key] = self._of_one(situation)
            result[row] = judged[key]
        return result

    def _without_held(self, open_items: Flags, held: Flags, asked: Flags, presented: Flags) -> Flags:
        """The open items without those held back; all of them where asked ones or a whole test would lack."""
        rest = open_items & ~held
        if (rest == open_items).all():
            return open_items
        serves = (rest & asked).any() or not (open_items & asked).any()
        return rest if serves and feasible(self.rows, rest, presented) else open_items

    def _of_one(self, situation: Situation) -> Floats:
        if not situation.open_items.any():
            return np.full(situation.worth.shape, -np.inf)
        if not (situation.asked & situation.open_items).any():
            return self._finishing(situation)
        values = self.method.judged(situation)
        among = np.isfinite(values) & situation.asked
        return np.where(among, values, -np.inf) if among.any() else values

    def _finishing(self, one: Situation) -> Floats:
        """The items of the shortest test: every item costs more than it can be worth."""
        cost = 2.0 * float(one.worth.max())
        solved = best_test(self.rows, one.worth - cost, one.open_items, one.presented)
        return np.where(solved.test & ~one.presented, one.worth, -np.inf)


def _objective(worth: Floats, asked: Flags, open_items: Flags) -> Floats:
    """Worths above 0: moved up where a criterion gives negative ones; small for items not asked now."""
    lowest = float(worth[open_items].min(initial=0.0))
    values = np.where(open_items, worth - lowest, 0.0)
    best = float(values[asked & open_items].max(initial=0.0)) or 1.0
    others = float(values[open_items & ~asked].max(initial=0.0)) or 1.0
    values = np.where(asked, values, values * (_NOT_ASKED * best / others))
    slope = _LEAST * best * (2.0 - np.arange(len(worth)) / len(worth))
    return np.asarray(values + slope)
