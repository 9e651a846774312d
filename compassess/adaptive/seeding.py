"""Pilot items among those that count: which, and at which steps, drawn from the sitting's seed.

Rules: (1) a pilot item is not scored, and moves neither θ nor a stop nor a count, so that the items that
count are the same with and without it; (2) steps and items hang on the seed only; (3) a pilot item
whose step was passed, because a hall went on without the engine, comes at the next occasion; (4) none is
presented once the rules have ended the sitting.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import substream, uniform
from compassess.bank import ItemBank, PilotRule

__all__ = ["Seeding"]

#: Streams of draws that no strategy takes: those for the steps, and those for the items.
_STEPS: Final = 2**61
_ITEMS: Final = 2**61 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """The pilot items of one sitting in their order, and their steps, ascending, counted from 1."""

    steps: tuple[int, ...] = ()
    items: tuple[str, ...] = ()

    @classmethod
    def drawn(
        cls, rule: PilotRule | None, bank: ItemBank, seed: int, without: Collection[str] = ()
    ) -> Seeding:
        """``count`` of the bank's pilot items, each equally likely, at equally likely steps of the window."""
        if rule is None:
            return cls()
        names = [item.id for item in bank.items if item.status == "pilot" and item.id not in without]
        steps = rule.first + _drawn(substream(seed, _STEPS), rule.last - rule.first + 1, rule.count)
        chosen = _drawn(substream(seed, _ITEMS), len(names), rule.count)
        return cls(
            steps=tuple(sorted(steps.tolist())), items=tuple(names[index] for index in chosen.tolist())
        )

    def due(self, step: int, shown: Sequence[str], withdrawn: Collection[str]) -> str | None:
        """The pilot item that takes ``step``, after those that were ``shown``; None where there is none."""
        reached = sum(one <= step for one in self.steps[: len(self.items)])
        open_ones = [name for name in self.items if name not in shown and name not in withdrawn]
        return open_ones[0] if open_ones and len(shown) < reached else None

    def within(self, longest: int) -> int:
        """Pilot items that a sitting of ``longest`` items that count reaches."""
        pairs = zip(self.steps, self.items, strict=False)
        return sum(step - 1 - before < longest for before, (step, _) in enumerate(pairs))


def _drawn(seed: NDArray[np.uint64], n: int, count: int) -> NDArray[np.intp]:
    """``count`` of the numbers below ``n`` in a random order: those of the smallest draws."""
    return np.argsort(uniform(seed, np.arange(n)), kind="stable")[:count]
