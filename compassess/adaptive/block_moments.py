"""Means and SDs of blocks kept from answer to answer, where every block is its own carrier.

Given the common factor f of the blocks (:mod:`compassess.irt.common_factor`) the moments of block b are sums

    s_b^k(f) = Σ_q θ_q^k L_b(q) T_b(q | f),     k = 0, 1, 2,
    E θ_b^k = Σ_f w(f) s_b^k(f) Π_{c ≠ b} s_c^0(f) / Z,     Z = Σ_f w(f) Π_c s_c^0(f),

of which an answer moves those of its own block alone. One block is the case of a factor with one node and
the prior in the place of T.

Rule: the likelihood is a running product of probabilities, and no exponential is taken. Where it comes near
to what floating point can hold, it is taken anew from its logarithm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.lattice import Lattice

__all__ = ["BlockMoments"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_SMALL: Final = 1e-60  # a block's evidence below it is taken anew from scaled likelihoods
_SMALLEST: Final = 1e-200  # evidence of all blocks that is no good divisor
_LOST: Final = 1e-5  # a variance of so small a share of E θ² has eleven digits left


class BlockMoments:
    """Of n sittings; changed in place by :meth:`heard`."""

    __slots__ = ("_likelihood", "_powers", "_sums", "lattice", "of")

    def __init__(
        self, lattice: Lattice, of: Floats, powers: Floats, likelihood: Floats, sums: Floats
    ) -> None:
        self.lattice = lattice
        self.of = of  # the log-likelihood that it follows, (n, n_carriers, Q)
        self._powers = powers  # θ^k T_b(q | f), (n_blocks, Q, 3 F)
        self._likelihood = likelihood  # (n, n_blocks, Q), each up to a factor of its own
        self._sums = sums  # s_b^k(f), (n, n_blocks, 3, F)

    @classmethod
    def fresh(cls, lattice: Lattice, log_likelihood: Floats) -> BlockMoments | None:
        """Before the first answer, for a log-likelihood of 0, (n, n_blocks, Q).

        None for a population whose blocks have no common factor.
        """
        given = _given(lattice)
        if given is None:
            return None
        powers = np.concatenate([given * power for power in _powers(lattice)], axis=2)
        sums = powers.sum(axis=1).reshape(len(given), 3, -1)
        return cls(
            lattice,
            log_likelihood,
            powers,
            np.ones_like(log_likelihood),
            np.broadcast_to(sums, (len(log_likelihood), *sums.shape)).copy(),
        )

    def heard(self, rows: Index | None, carriers: Index, probability: Floats) -> None:
        """The log-likelihoods of some ``rows``, or of all, have got an answer to an item of ``carriers``.

        ``carriers`` is (n_rows,), and ``probability`` (n_rows, Q) that of the answers on the nodes.
        """
        blocks = set(carriers.tolist())
        if len(blocks) == 1:
            return self._hear(slice(None) if rows is None else rows, blocks.pop(), probability)
        for block in blocks:
            mine = np.flatnonzero(carriers == block)
            self._hear(mine if rows is None else rows[mine], block, probability[mine])
        return None

    def _hear(self, rows: Index | slice, block: int, probability: Floats) -> None:
        likelihood = self._likelihood[rows, block]
        likelihood *= probability
        sums = (likelihood @ self._powers[block]).reshape(len(likelihood), 3, -1)
        low = sums[:, 0].max(axis=1) < _SMALL
        if low.any():
            own = self.of[rows, block][low]
            likelihood[low] = np.exp(own - own.max(axis=1, keepdims=True))
            sums[low] = (likelihood[low] @ self._powers[block]).reshape(-1, 3, sums.shape[2])
        if not isinstance(rows, slice):  # else it is the very array
            self._likelihood[rows, block] = likelihood
        self._sums[rows, block] = sums

    def blocks(self) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Means and SDs, (n, n_blocks), and whether they are good, (n,): the others want a joint grid."""
        sums = self._sums
        n_blocks = sums.shape[1]
        factor = self.lattice.factor
        if factor is None:  # one block
            moments = sums[:, :, :, 0]
        else:
            others = factor.others([sums[:, block, 0] for block in range(n_blocks)])
            moments = np.einsum("nbkf,nbf->nbk", sums, others)
        evidence = moments[:, :1, 0]
        divisor = np.maximum(evidence, _SMALLEST)
        mean, square = moments[:, :, 1] / divisor, moments[:, :, 2] / divisor
        variance = square - mean * mean
        good = (evidence >= _SMALLEST) & (variance >= _LOST * square)
        return mean, np.sqrt(np.maximum(variance, 0.0)), np.asarray(good.all(axis=1))

    def copy(self, of: Floats) -> BlockMoments:
        """Of all sittings, in arrays of their own; their log-likelihood is ``of``."""
        return BlockMoments(self.lattice, of, self._powers, self._likelihood.copy(), self._sums.copy())

    def select(self, rows: Index, of: Floats) -> BlockMoments:
        """Of some of the sittings, whose log-likelihood is ``of``."""
        return BlockMoments(self.lattice, of, self._powers, self._likelihood[rows], self._sums[rows])


def _powers(lattice: Lattice) -> tuple[Floats, Floats, Floats]:
    theta = lattice.grid.theta[:, None]
    return np.ones_like(theta), theta, theta**2


def _given(lattice: Lattice) -> Floats | None:
    """T_b(q | f), (n_blocks, Q, F); the prior's masses for one block."""
    if lattice.n_blocks == 1:
        return lattice.prior.reshape(1, -1, 1)
    return None if lattice.factor is None else lattice.factor.given
