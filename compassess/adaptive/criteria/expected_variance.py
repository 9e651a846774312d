"""The variance that a block's θ is expected to have after an item has been answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.shelves import Shelf, by_item, on_shelves, shelves_of
from compassess.adaptive.estimate import Estimate
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View

__all__ = ["MinimumExpectedVariance", "expected_variance", "variance_reduction"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


def expected_variance(
    probability: Floats, starts: Index, weights: Floats, theta: Floats, chance: Floats | None = None
) -> Floats:
    """Σ_x p_i(x) Var(θ | answers, X_i = x), the expected posterior variance.

    Var(θ | …, x) is that of the masses ∝ w_q P_i(x | θ_q). p_i(x) is ``chance``, for example P_i(x | θ̂); by
    default the posterior predictive probability Σ_q w_q P_i(x | θ_q) / Σ_q w_q.

    Shapes: ``probability`` (rows, Q), the rows of an item together, beginning at ``starts`` (n_items,);
    ``weights`` (n, Q) the posterior, whatever it sums to; ``theta`` (Q,); ``chance`` (n, rows). The answer is
    (n, n_items). Limits: with the predictive probabilities at most the present variance, and equal to it for
    an item whose probabilities do not hang on θ; with plugged-in ones it can be greater.

    References
    ----------
    van der Linden (1998), Psychometrika 63, 201-216; Owen (1975), Journal of the American Statistical
    Association 70, 351-356.
    """
    total = weights.sum(axis=1, keepdims=True)
    deviation = theta - (weights @ theta)[:, None] / total
    mass = weights @ probability.T
    mean = ((weights * deviation) @ probability.T) / mass
    variance = ((weights * deviation**2) @ probability.T) / mass - mean**2
    return by_item((mass / total if chance is None else chance) * variance, starts)


def variance_reduction(probability: Floats, starts: Index, masses: Floats, deviations: Floats) -> Floats:
    """Var θ − E_x Var(θ | x) = Var_x E(θ | x) = Σ_x m₁(x)² / m₀(x), by the law of total variance.

    m₀(x) = Σ_q w_q P_i(x | q) and m₁(x) = Σ_q w_q (t_q − t̄) P_i(x | q), where t_q is the mean of what has to
    become known given θ_q: θ_q itself, or the block's θ given the competency's.

    Shapes: as in :func:`expected_variance`; ``masses`` w (n, Q) sum to 1, ``deviations`` w (t − t̄) (n, Q).
    Limits: never negative; 0 where the answer tells nothing.
    """
    moved = deviations @ probability.T
    moved *= moved
    moved /= np.maximum(masses @ probability.T, np.finfo(np.float64).tiny)
    return by_item(moved, starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumExpectedVariance:
    """What an item is expected to take from the posterior variance of its block's θ (MEPV).

    worth = Var(θ_b | answers) − Σ_x p_i(x | answers) Var(θ_b | answers, X_i = x), exact on the grid, with
    posterior predictive probabilities, also where the item measures a competency with λ < 1.

    References
    ----------
    van der Linden (1998), Psychometrika 63, 201-216; Owen (1975).
    """

    name: ClassVar[str] = "minimum_expected_variance"
    version: ClassVar[int] = 1

    def prepared(self, pool: Pool) -> PreparedMinimumExpectedVariance:
        """With the pool's probabilities."""
        return PreparedMinimumExpectedVariance(pool, shelves_of(pool))


@dataclass(frozen=True, slots=True)
class PreparedMinimumExpectedVariance:
    """Over a pool."""

    pool: Pool
    shelves: tuple[Shelf, ...]
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        now = view.now
        deviations = {shelf.carrier: self._deviations(now, shelf.carrier) for shelf in self.shelves}
        return on_shelves(
            self.pool,
            self.shelves,
            len(view.seeds),
            lambda shelf: variance_reduction(
                shelf.probability, shelf.starts, now.masses[:, shelf.carrier], deviations[shelf.carrier]
            ),
        )

    def _deviations(self, now: Estimate, carrier: int) -> Floats:
        """p(θ_c = q | answers) (E(θ_b | θ_c = q, answers) − E(θ_b | answers)), (n, Q)."""
        lattice = self.pool.lattice
        mean = now.block_theta[:, lattice.carriers[carrier].block, None]
        weighted = lattice.weighted_block_mean(carrier, now.likelihood, now.posterior)
        return np.asarray(weighted - now.masses[:, carrier] * mean)
