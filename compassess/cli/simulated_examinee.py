"""Somebody who sits the demo: abilities that are known, and answers drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

import compassess as ca
from compassess.adaptive import PendingItem

__all__ = ["SimulatedExaminee", "simulated_time"]

#: The demo's clock, so that the same seed writes the same files on every day.
_BEGINNING: Final = datetime.fromisoformat("2026-01-15T09:00:00+05:00")
_SECONDS: Final = 33  # an item; the time that the form of 2017 gave


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedExaminee:
    """True abilities, and the bank by whose parameters the answers are drawn.

    ``blocks`` (n_blocks,), ``competencies`` (n_competencies,).
    """

    bank: ca.ItemBank
    blocks: np.ndarray[tuple[int], np.dtype[np.float64]]
    competencies: np.ndarray[tuple[int], np.dtype[np.float64]]
    rng: np.random.Generator

    @classmethod
    def drawn(cls, bank: ca.ItemBank, seed: int) -> SimulatedExaminee:
        """Somebody from the bank's population."""
        someone = ca.irt.simulate_abilities(bank.population, 1, seed=seed)
        return cls(
            bank=bank,
            blocks=someone.blocks[0],
            competencies=someone.competencies[0],
            rng=np.random.default_rng([seed, 1]),
        )

    def answer(self, item: PendingItem) -> str | int:
        """An option's id, or the category where the item has no options."""
        known = self.bank.irt_items().select([item.id])
        theta = self.competencies[known.competency_index[0]]
        probability = ca.irt.probability(known, theta)[0, : known.n_categories[0], 0]
        category = int((self.rng.random() > probability.cumsum()[:-1]).sum())
        options = [option.id for option in self.bank.item(item.id).options if option.score == category]
        return options[0] if options else category


def simulated_time(n_answered: int) -> datetime:
    """When so many items have been answered."""
    return _BEGINNING + timedelta(seconds=_SECONDS * n_answered)
