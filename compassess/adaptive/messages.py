"""What competencies tell their blocks, kept from answer to answer, where competencies stand below blocks.

An answer moves the likelihood L_c of one competency, and with it, on the nodes of its block,

    m_c(r) = Σ_q T_c(q | r) L_c(q),     E(θ_c | θ_b = r) = Σ_q θ_q T_c L_c / m_c,     Var(θ_c | θ_b = r)

and nothing of the other competencies. The posteriors p(θ_b = r) of the blocks, which all move, then give

    E θ_c = Σ_r p(θ_b = r) E(θ_c | θ_b = r),     E Var(θ_c | θ_b) = Σ_r p(θ_b = r) Var(θ_c | θ_b = r).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.lattice import Lattice
from compassess.irt.moments import mean_and_sd

__all__ = ["Messages"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_TINY: Final = 1e-300  # the least that is divided by, where messages disagree beyond all doubt


class Messages:
    """Of n sittings; changed in place by :meth:`heard`."""

    __slots__ = (
        "_block_of",
        "_mean",
        "_message",
        "_of_block",
        "_product",
        "_told",
        "_variance",
        "lattice",
        "of",
    )

    def __init__(self, lattice: Lattice, of: Floats, arrays: Sequence[Floats]) -> None:
        self.lattice = lattice
        self.of = of  # the log-likelihood that it follows, (n, n_carriers, Q)
        self._block_of = np.array([carrier.block for carrier in lattice.carriers])
        self._of_block = [np.flatnonzero(self._block_of == b).tolist() for b in range(lattice.n_blocks)]
        # On the nodes of each carrier's block, (n, n_carriers, Q); messages have maxima of 1.
        self._message, self._mean, self._variance = arrays[:3]
        # The blocks' likelihoods, (n, n_blocks, Q), and what these tell the factor, (n, n_blocks, F).
        self._product, self._told = arrays[3:]

    @classmethod
    def fresh(cls, lattice: Lattice, log_likelihood: Floats) -> Messages:
        """Before the first answer, for a log-likelihood of 0, (n, n_carriers, Q)."""
        nothing = np.zeros((1, *log_likelihood.shape[1:]))
        n_blocks, n_nodes = lattice.n_blocks, lattice.grid.n_nodes
        n_factor = 0 if lattice.factor is None else lattice.factor.weights.size
        sizes = [*[(lattice.n_carriers, n_nodes)] * 3, (n_blocks, n_nodes), (n_blocks, n_factor)]
        messages = cls(lattice, nothing, [np.empty((1, *size)) for size in sizes])
        first = np.zeros(1, dtype=np.intp)
        for carrier in range(lattice.n_carriers):
            messages._tell(first, carrier)
        for block in range(n_blocks):
            messages._tell_factor(first, block)
        return messages.select(np.zeros(len(log_likelihood), dtype=np.intp), log_likelihood)

    def heard(self, rows: Index | None, carriers: Index, _probability: Floats) -> None:
        """The log-likelihoods of some ``rows``, or of all, have got an answer to an item of ``carriers``."""
        for carrier in set(carriers.tolist()):
            self._tell(_among(rows, carriers == carrier), carrier)
        blocks = self._block_of[carriers]
        for block in set(blocks.tolist()):
            self._tell_factor(_among(rows, blocks == block), block)

    def _tell(self, rows: Index | slice, carrier: int) -> None:
        """What a competency tells its block now."""
        theta, log_likelihood = self.lattice.grid.theta, self.of[rows, carrier]
        likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
        transition = self.lattice.carriers[carrier].transition
        if transition is None:
            self._message[rows, carrier] = likelihood
            self._mean[rows, carrier] = theta
            self._variance[rows, carrier] = 0.0
            return
        weighted = np.concatenate([likelihood, likelihood * theta, likelihood * theta**2])
        message, first, second = (weighted @ transition).reshape(3, -1, theta.size)
        first /= message
        second /= message
        second -= first**2
        message /= message.max(axis=1, keepdims=True)
        self._message[rows, carrier] = message
        self._mean[rows, carrier] = first
        self._variance[rows, carrier] = np.maximum(second, 0.0, out=second)

    def _tell_factor(self, rows: Index | slice, block: int) -> None:
        """What a block's competencies come to, and what that tells the factor."""
        first, *others = self._of_block[block]
        product = self._message[rows, first] * (self._message[rows, others[0]] if others else 1.0)
        for carrier in others[1:]:
            product *= self._message[rows, carrier]
        product /= np.maximum(product.max(axis=1, keepdims=True), _TINY)
        self._product[rows, block] = product
        if self.lattice.factor is not None:
            self._told[rows, block] = product @ self.lattice.factor.given[block]

    def dimensions(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Means and SDs of the blocks, (n, n_blocks), means and spread of the carriers, (n, n_carriers)."""
        lattice = self.lattice
        blocks = self._blocks()
        mean, sd = mean_and_sd(blocks, lattice.grid.theta)
        masses = blocks.take(self._block_of, axis=1)
        theta = np.einsum("ncq,ncq->nc", masses, self._mean)
        spread = np.einsum("ncq,ncq->nc", masses, self._variance)
        return mean, sd, theta, spread

    def _blocks(self) -> Floats:
        """Posterior masses of the blocks, (n, n_blocks, Q)."""
        factor = self.lattice.factor
        if factor is None:
            return self.lattice.block_masses(self._product)
        told = [self._told[:, block] for block in range(self.lattice.n_blocks)]
        return factor.masses(self._product, told)[1]

    def copy(self, of: Floats) -> Messages:
        """Of all sittings, in arrays of their own; their log-likelihood is ``of``."""
        arrays = (self._message, self._mean, self._variance, self._product, self._told)
        return Messages(self.lattice, of, [array.copy() for array in arrays])

    def select(self, rows: Index, of: Floats) -> Messages:
        """Of some of the sittings, whose log-likelihood is ``of``."""
        arrays = (self._message, self._mean, self._variance, self._product, self._told)
        return Messages(self.lattice, of, [array[rows] for array in arrays])


def _among(rows: Index | None, mine: NDArray[np.bool_]) -> Index | slice:
    """Those of ``rows``, or of all, that are ``mine``."""
    if mine.all():
        return slice(None) if rows is None else rows
    return np.flatnonzero(mine) if rows is None else rows[mine]
