"""What the answers of sittings say: of blocks and competencies at once, on the nodes when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.block_moments import BlockMoments
from compassess.adaptive.messages import Messages
from compassess.adaptive.pool import Pool
from compassess.adaptive.progress import Progress
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.moments import mean_and_sd

__all__ = ["Estimate", "Grids", "estimate"]

Floats = NDArray[np.float64]


class Grids:
    """What the answers say on the nodes; computed when somebody asks for it."""

    __slots__ = ("_lattice", "_log_likelihood", "_values")

    def __init__(self, lattice: Lattice, log_likelihood: Floats) -> None:
        self._lattice, self._log_likelihood = lattice, log_likelihood
        self._values: tuple[Floats, BlockPosterior, Floats] | None = None

    def values(self) -> tuple[Floats, BlockPosterior, Floats]:
        """Likelihood and posterior masses by carrier, and the posterior of the blocks between them."""
        if self._values is None:
            lattice = self._lattice
            scale = self._log_likelihood.max(axis=2)
            likelihood = np.exp(self._log_likelihood - scale[..., None])
            posterior = lattice.posterior_from(likelihood, scale.sum(axis=1))
            self._values = likelihood, posterior, lattice.carrier_posteriors(likelihood, posterior)
        return self._values

    def select(self, rows: NDArray[np.intp]) -> Grids:
        """Of some of the sittings."""
        some = Grids(self._lattice, self._log_likelihood[rows])
        if self._values is not None:
            likelihood, posterior, masses = self._values
            some._values = likelihood[rows], posterior.select(rows), masses[rows]
        return some


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """What the answers so far say.

    Attributes
    ----------
    block_theta, block_se : (n, n_blocks).
    theta : of the competencies, (n, n_competencies).
    spread : E Var(θ_c | θ_b, answers), (n, n_competencies); 0 where λ = 1.
    grids : where the functions below come from.
    """

    block_theta: Floats
    block_se: Floats
    theta: Floats
    spread: Floats
    grids: Grids

    @property
    def likelihood(self) -> Floats:
        """By carrier, scaled to a maximum of 1, (n, n_carriers, Q)."""
        return self.grids.values()[0]

    @property
    def posterior(self) -> BlockPosterior:
        """Of the blocks."""
        return self.grids.values()[1]

    @property
    def masses(self) -> Floats:
        """Posterior masses of every carrier's own dimension, (n, n_carriers, Q)."""
        return self.grids.values()[2]

    def select(self, rows: NDArray[np.intp]) -> Estimate:
        """Of some of the sittings."""
        return Estimate(
            block_theta=self.block_theta[rows],
            block_se=self.block_se[rows],
            theta=self.theta[rows],
            spread=self.spread[rows],
            grids=self.grids.select(rows),
        )


def estimate(pool: Pool, progress: Progress) -> Estimate:
    """Posterior of blocks and competencies after the answers so far.

    From what was kept since the answer before, where that is of this pool's population and these answers.
    """
    lattice = pool.lattice
    grids = Grids(lattice, progress.log_likelihood)
    kept = progress.kept
    if kept is None or kept.of is not progress.log_likelihood or kept.lattice is not lattice:
        return _estimated(lattice, grids)
    carriers = lattice.carrier_of_competency
    if isinstance(kept, Messages):
        mean, sd, theta, spread = kept.dimensions()
        return Estimate(
            block_theta=mean,
            block_se=sd,
            theta=theta[:, carriers],
            spread=spread[:, carriers],
            grids=grids,
        )
    mean, sd = _of_blocks(kept, progress.log_likelihood)
    return Estimate(
        block_theta=mean,
        block_se=sd,
        theta=mean[:, carriers],
        spread=np.zeros((len(mean), carriers.size)),
        grids=grids,
    )


def _of_blocks(kept: BlockMoments, log_likelihood: Floats) -> tuple[Floats, Floats]:
    """Means and SDs, (n, n_blocks), where need be from the nodes."""
    mean, sd, good = kept.blocks()
    poor = np.flatnonzero(~good)
    if poor.size:
        exact = _estimated(kept.lattice, Grids(kept.lattice, log_likelihood[poor]))
        mean[poor], sd[poor] = exact.block_theta, exact.block_se
    return mean, sd


def _estimated(lattice: Lattice, grids: Grids) -> Estimate:
    theta = lattice.grid.theta
    likelihood, posterior, masses = grids.values()
    block_theta, block_se = mean_and_sd(posterior.blocks, theta)
    mean, spread = block_theta, np.zeros_like(block_theta)  # what they are where every carrier is its block
    if lattice.has_layer:
        mean, sd = mean_and_sd(masses, theta)
        spread = np.zeros_like(mean)
        for index, carrier in enumerate(lattice.carriers):
            if carrier.transition is not None:
                given = lattice.conditional_mean(index, likelihood, posterior)
                explained = _variance(posterior.blocks[:, carrier.block], given)
                spread[:, index] = np.maximum(sd[:, index] ** 2 - explained, 0.0)
    carriers = lattice.carrier_of_competency
    return Estimate(
        block_theta=block_theta,
        block_se=block_se,
        theta=mean[:, carriers],
        spread=spread[:, carriers],
        grids=grids,
    )


def _variance(masses: Floats, values: Floats) -> Floats:
    """Variance of ``values`` (n, Q) under ``masses`` (n, Q)."""
    mean = np.einsum("nq,nq->n", masses, values)
    return np.einsum("nq,nq->n", masses, (values - mean[:, None]) ** 2)
