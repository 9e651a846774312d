"""How far apart an item keeps the blocks' estimates and all other abilities that are still possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.kullback_leibler import global_information
from compassess.adaptive.criteria.shelves import Shelf, on_shelves, shelves_of
from compassess.adaptive.estimate import Estimate
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.irt.interpolation import cubic_weights

__all__ = ["BlockKullbackLeibler"]

Floats = NDArray[np.float64]

_FLOATS: Final = 2**20  # of a temporary array: so many sittings at a time that it is no larger


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockKullbackLeibler:
    """Posterior-weighted Kullback-Leibler divergence about the blocks, comparable across them.

    worth_i = Σ_r p(θ_b = r | answers) Σ_x P̃_i(x | θ̂_b) log [P̃_i(x | θ̂_b) / P̃_i(x | r)], with θ̂_b the
    posterior mean and P̃_i(x | θ_b) = E(P_i(x | θ_c) | θ_b, answers) what an answer says of the block: an
    item's answer hangs on its competency alone, and the competency given its block is still uncertain. The
    average over all blocks is one over the item's own, because no other one moves its answers.
    For λ = 1 it is the divergence KLP of the block itself. Never negative, rounding apart.

    References
    ----------
    Wang & Chang (2011), Psychometrika 76 (several dimensions); Mulder & van der Linden (2010), in Elements of
    adaptive testing, ch. 4.
    """

    name: ClassVar[str] = "block_kullback_leibler"
    version: ClassVar[int] = 1

    def prepared(self, pool: Pool) -> PreparedBlockKullbackLeibler:
        """With the pool's probabilities."""
        return PreparedBlockKullbackLeibler(pool, shelves_of(pool))


@dataclass(frozen=True, slots=True)
class PreparedBlockKullbackLeibler:
    """Over a pool."""

    pool: Pool
    shelves: tuple[Shelf, ...]
    across_blocks: ClassVar[bool] = True

    def worth(self, view: View) -> Floats:
        """(n, n_items); P̃ at θ̂_b by a cubic through the four nearest nodes."""
        now = view.now
        told = on_shelves(self.pool, self.shelves, len(view.seeds), lambda shelf: self._on_shelf(now, shelf))
        return np.maximum(told, 0.0)

    def _on_shelf(self, now: Estimate, shelf: Shelf) -> Floats:
        n_sittings, n_nodes = len(now.block_theta), self.pool.lattice.grid.n_nodes
        step = max(_FLOATS // (n_nodes * len(shelf.log_probability)), 1)
        starts = range(0, n_sittings, step)
        parts = [self._of(now, shelf, slice(start, start + step)) for start in starts]
        return np.concatenate(parts) if parts else np.zeros((0, len(shelf.items)))

    def _of(self, now: Estimate, shelf: Shelf, sittings: slice) -> Floats:
        lattice = self.pool.lattice
        carrier = lattice.carriers[shelf.carrier]
        log_block = self._log_block(now, shelf, sittings)  # (n or 1, n_rows, Q)
        grid = lattice.grid
        place = (now.block_theta[sittings, carrier.block] - grid.theta[0]) / (grid.theta[1] - grid.theta[0])
        weights = cubic_weights(grid.n_nodes, place)  # (Q, n)
        masses = now.posterior.blocks[sittings, carrier.block]
        if len(log_block) == 1:
            at, integral = np.exp(log_block[0] @ weights).T, masses @ log_block[0].T
        else:
            at = np.exp(np.einsum("nrq,qn->nr", log_block, weights))
            integral = (log_block @ masses[:, :, None])[:, :, 0]
        at /= np.add.reduceat(at, shelf.starts, axis=1)[:, _item_of_row(shelf)]
        return global_information(np.log(at), integral, np.ones((len(masses), 1)), shelf.starts)

    def _log_block(self, now: Estimate, shelf: Shelf, sittings: slice) -> Floats:
        """log P̃ of every row given the block's θ on the nodes."""
        transition = self.pool.lattice.carriers[shelf.carrier].transition
        if transition is None:
            return shelf.log_probability[None]
        likelihood = now.likelihood[sittings, shelf.carrier]
        message = now.posterior.messages[sittings, shelf.carrier]
        joint = (likelihood[:, None, :] * shelf.probability) @ transition
        return np.asarray(np.log(np.maximum(joint / message[:, None, :], np.finfo(np.float64).tiny)))


def _item_of_row(shelf: Shelf) -> NDArray[np.intp]:
    """The place on the shelf of every row's item."""
    first = np.zeros(len(shelf.log_probability), dtype=np.intp)
    first[shelf.starts[1:]] = 1
    return np.asarray(np.cumsum(first))
