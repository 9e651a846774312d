"""Information averaged over the likelihood or the posterior, instead of taken at one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.maximum_information import information_about_block
from compassess.adaptive.criteria.shelves import Shelf, on_shelves, shelves_of
from compassess.adaptive.criteria.weights import WEIGHTS
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt import information
from compassess.irt.options import refuse_unknown
from compassess.irt.read_only import read_only

__all__ = ["WeightedInformation", "weighted_information"]

Floats = NDArray[np.float64]


def weighted_information(weights: Floats, information_on_nodes: Floats) -> Floats:
    """∫ w(θ) I_i(θ) dθ as Σ_q w_q I_i(θ_q).

    Shapes: ``weights`` (n, Q), whatever they sum to, ``information_on_nodes`` (n_items, Q); the answer
    (n, n_items). Limits: for weights that sum to 1 and shrink to a point it is the information there.
    """
    return np.asarray(weights @ information_on_nodes.T)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedInformation:
    """Fisher's information averaged over ``weight``, "posterior" (MPWI) or "likelihood" (MLWI).

    The average, Σ_q w_q I_i(θ_q) with Σ w = 1, is then information about the competency, and worth what it
    adds about the block (:func:`~compassess.adaptive.criteria.maximum_information.information_about_block`).

    References
    ----------
    Veerkamp & Berger (1997), Journal of Educational and Behavioral Statistics 22, 203-226 (likelihood);
    van der Linden (1998), Psychometrika 63, 201-216 (posterior).
    """

    name: ClassVar[str] = "weighted_information"
    version: ClassVar[int] = 1

    weight: str = "posterior"

    def __post_init__(self) -> None:
        refuse_unknown(weight=(self.weight, WEIGHTS))

    def prepared(self, pool: Pool) -> PreparedWeightedInformation:
        """With information on the pool's nodes."""
        on_nodes = information(pool.measurement.items, pool.lattice.grid.theta)
        return PreparedWeightedInformation(pool, self.weight, shelves_of(pool), read_only(on_nodes))


@dataclass(frozen=True, slots=True)
class PreparedWeightedInformation:
    """``on_nodes`` (n_items, Q)."""

    pool: Pool
    weight: str
    shelves: tuple[Shelf, ...]
    on_nodes: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        now, weights, pool = view.now, WEIGHTS[self.weight], self.pool
        mean = on_shelves(
            pool,
            self.shelves,
            len(view.seeds),
            lambda shelf: weighted_information(weights(now, shelf.carrier), self.on_nodes[shelf.items]),
        )
        return information_about_block(mean, pool.loading, now.spread[:, pool.competency])
