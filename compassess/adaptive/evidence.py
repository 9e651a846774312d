"""What the items of one sitting add up to, one item at a time or all of them anew.

Rules: (1) a pilot item adds nothing; (2) an item that was withdrawn adds no evidence and counts for nothing,
as if the hall had lost it; (3) time counts as it would without an
accommodation: seconds over the time factor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from compassess.adaptive.pending import scored_category
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress, answered, left, without
from compassess.adaptive.standing import Standing
from compassess.bank import ItemBank, Unanswered, UnansweredPolicy

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """How items are scored: the pool and the places in it, the bank's keys, the policy, the time factor."""

    pool: Pool
    places: Mapping[str, int]
    bank: ItemBank
    policy: UnansweredPolicy
    time_factor: float

    def with_answer(self, progress: Progress, item: str, response: str | int, seconds: float) -> Progress:
        """One answer further; InputError where the item has no such option."""
        code = scored_category(self.bank.item(item), response)
        places = np.array([self.places[item]], dtype=np.intp)
        return answered(self.pool, progress, places, np.array([code]), seconds / self.time_factor)

    def without_answer(
        self, progress: Progress, item: str, code: Unanswered, seconds: float, *, withdrawn: bool = False
    ) -> Progress:
        """One item further that was not answered."""
        return left(
            self.pool,
            progress,
            np.array([self.places[item]], dtype=np.intp),
            scores=self.policy.scores_lowest(code) and not withdrawn,
            counts=code != "technically_lost",
            seconds=seconds / self.time_factor,
        )

    def anew(self, opening: Progress, items: Iterable[Standing], withdrawn: Collection[str]) -> Progress:
        """From the first item on; a pending item adds nothing yet."""
        progress = opening
        for one in items:
            if one.pilot or (one.response is None and one.left is None):
                continue
            if one.withdrawn:
                progress = self.without_answer(
                    progress, one.item, "technically_lost", one.seconds or 0.0, withdrawn=True
                )
            elif one.response is not None:
                progress = self.with_answer(progress, one.item, one.response, one.seconds or 0.0)
            elif one.left is not None:
                progress = self.without_answer(progress, one.item, one.left, one.seconds or 0.0)
        places = [self.places[name] for name in withdrawn if name in self.places]
        return without(self.pool, progress, np.array(places, dtype=np.intp))
