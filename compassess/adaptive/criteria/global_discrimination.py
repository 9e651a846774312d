"""How much the probability of a right answer varies over the abilities that are still possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import share_of_block
from compassess.adaptive.criteria.requirements import refuse_more_than_two_categories
from compassess.adaptive.criteria.shelves import Shelf, on_shelves, shelves_of
from compassess.adaptive.criteria.weights import WEIGHTS
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.options import refuse_unknown

__all__ = ["GlobalDiscrimination", "discrimination"]

Floats = NDArray[np.float64]


def discrimination(weights: Floats, success: Floats) -> Floats:
    """The variance of P_i(θ) under w: Σ_q w_q P_i(θ_q)² − (Σ_q w_q P_i(θ_q))², with w scaled to sum to 1.

    Shapes: ``weights`` (n, Q), ``success`` P_i (n_items, Q); the answer (n, n_items). Limits: between 0, for
    an item that everybody answers alike, and ¼.

    References
    ----------
    Kaplan, de la Torre & Barrada (2015), Applied Psychological Measurement 39, 167-188.
    """
    shares = weights / weights.sum(axis=1, keepdims=True)
    mean = shares @ success.T
    return np.maximum(shares @ (success**2).T - mean**2, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalDiscrimination:
    """The variance of P_i(θ_c) over ``weight``: "posterior" (GDIP) or "likelihood" (GDI).

    Defined for right and wrong: items with more than two categories are refused. Multiplied by the share that
    the block has in the competency, as in
    :class:`~compassess.adaptive.criteria.kullback_leibler.KullbackLeibler`.

    References
    ----------
    Kaplan, de la Torre & Barrada (2015), Applied Psychological Measurement 39, 167-188.
    """

    name: ClassVar[str] = "global_discrimination"
    version: ClassVar[int] = 1

    weight: str = "posterior"

    def __post_init__(self) -> None:
        refuse_unknown(weight=(self.weight, WEIGHTS))

    def prepared(self, pool: Pool) -> PreparedGlobalDiscrimination:
        """With the pool's probabilities; InputError names items with more than two categories."""
        refuse_more_than_two_categories(pool, self.name)
        return PreparedGlobalDiscrimination(pool, self.weight, shelves_of(pool))


@dataclass(frozen=True, slots=True)
class PreparedGlobalDiscrimination:
    """Over a pool."""

    pool: Pool
    weight: str
    shelves: tuple[Shelf, ...]
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        pool, now, weights = self.pool, view.now, WEIGHTS[self.weight]
        told = on_shelves(
            pool,
            self.shelves,
            len(view.seeds),
            lambda shelf: discrimination(weights(now, shelf.carrier), shelf.probability[shelf.starts]),
        )
        return told * share_of_block(pool.loading, now.spread[:, pool.competency])
