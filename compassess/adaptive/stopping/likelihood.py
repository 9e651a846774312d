"""The log-likelihood of a block or a competency at any θ, from what a sitting keeps on its nodes.

Three cases. (1) A competency with λ < 1 has a likelihood of its own, on the nodes of θ_c. (2) A block's own
items (λ = 1) have theirs on the nodes of θ_b. (3) What a competency with λ < 1 says of its block at θ is

    m_c(θ) = Σ_q T_c(q | θ) L_c(q),     T_c(q | θ) ∝ exp(−(θ_q − λ_c θ)² / (2 (1 − λ_c²))),

the message of :mod:`compassess.irt.lattice`, whose θ need not be a node. A block's log-likelihood is the sum
of (2) and of all log m_c.

Between nodes, for (1) and (2), a log-likelihood is read off by weights: ℓ(θ) ≈ Σ_q w_q ℓ(θ_q). It is a sum of
rows of the table of log-probabilities, one an answer, and so the weights are chosen for these very rows: w
minimises Σ_rows (Σ_q w_q log P(row | θ_q) − log P(row | θ))². That errs by less than any polynomial through
the nodes, by about 1e-11 an answer where slopes are common; the tests hold it to 1e-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.adaptive.stopping.targets import Target
from compassess.irt.lattice import transition
from compassess.irt.read_only import read_only

__all__ = ["LogLikelihoodAt"]

Floats = NDArray[np.float64]

_RANK: Final = 1e-13  # singular values below this share are rounding: keeping them makes weights swing
_LEAST: Final = 1e-300  # so that a message that vanishes has a logarithm


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One carrier's share: ``weights`` (Q, m) for its log-likelihood, or for the likelihood of a message."""

    carrier: int
    weights: Floats
    message: bool

    def __call__(self, log_likelihood: Floats) -> Floats:
        own = log_likelihood[:, self.carrier]
        if not self.message:
            return own @ self.weights
        scale = own.max(axis=1, keepdims=True)
        return np.asarray(scale + np.log(np.maximum(np.exp(own - scale) @ self.weights, _LEAST)))


@dataclass(frozen=True, slots=True, eq=False)
class LogLikelihoodAt:
    """Log-likelihood of a target's θ at given points, from the answers of a sitting's own items."""

    parts: tuple[_Part, ...]
    n_points: int

    @classmethod
    def of(cls, pool: Pool, target: Target, points: Floats) -> LogLikelihoodAt:
        """Weights for ``points`` (m,) on the scale of the target's θ, within the grid."""
        lattice = pool.lattice
        if target.kind == "competency":
            index = int(lattice.carrier_of_competency[target.index])
            if lattice.carriers[index].transition is not None:
                return cls((_Part(index, _weights(pool, index, points), False),), points.size)
        parts: list[_Part] = []
        for index, carrier in enumerate(lattice.carriers):
            if carrier.block == target.block and carrier.transition is None:
                parts.append(_Part(index, _weights(pool, index, points), False))
            elif carrier.block == target.block:
                loading = float(lattice.population.loadings[carrier.competency])
                through = read_only(transition(lattice.grid, loading, points))
                parts.append(_Part(index, through, True))
        return cls(tuple(parts), points.size)

    def __call__(self, progress: Progress) -> Floats:
        """(n, m)."""
        total = np.zeros((len(progress.length), self.n_points))
        for part in self.parts:
            total += part(progress.log_likelihood)
        return total


def _weights(pool: Pool, carrier: int, points: Floats) -> Floats:
    """w (Q, m), the best for the rows of a carrier's items; 0 where it has none."""
    rows = pool.measurement.layout.carrier_rows[carrier]
    on_nodes = pool.measurement.table[rows]
    at_points = pool.measurement.log_probability(points)[rows]
    weights = np.linalg.lstsq(on_nodes, at_points, rcond=_RANK)[0]
    return read_only(np.asarray(weights, dtype=np.float64))
