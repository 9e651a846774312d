"""How far sittings have come, in arrays: one row for a live sitting, many for a simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.moments import mean_and_sd

__all__ = ["Estimate", "Grids", "Progress", "answered", "estimate", "fresh", "going_on", "left", "without"]

Floats = NDArray[np.float64]

_SMALLEST: Final = 1e-200  # evidence below it is computed with scaled likelihoods
_LOST: Final = 1e-5  # a variance of so small a share of E θ² has eleven digits left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
    """The state of n sittings.

    Attributes
    ----------
    log_likelihood : of the answers so far, by carrier, (n, n_carriers, Q).
    open_items : items that may still be presented, (n, n_items).
    n_open : how many those are, by competency, (n, n_competencies).
    by_competency : items so far that count for the blueprint, (n, n_competencies).
    length : items so far that count, (n,): those presented without the technically lost ones.
    presented : items presented so far, (n,).
    seconds : time spent on items so far, as far as it was handed in, (n,).
    counted : which items those of ``length`` are, (n, n_items); (n, 0) where nobody asks.
    elapsed : seconds since the start by the times handed in, (n,); 0 where none were.
    last_row : row of the table of log-probabilities of each block's last scored item, (n, n_blocks); −1
        before there is one.
    """

    log_likelihood: Floats
    open_items: NDArray[np.bool_]
    n_open: NDArray[np.int64]
    by_competency: NDArray[np.int64]
    length: NDArray[np.int64]
    presented: NDArray[np.int64]
    seconds: Floats
    counted: NDArray[np.bool_]
    elapsed: Floats
    last_row: NDArray[np.intp]

    def select(self, rows: NDArray[np.intp]) -> Progress:
        """Some of the sittings."""
        return Progress(
            log_likelihood=self.log_likelihood[rows],
            open_items=self.open_items[rows],
            n_open=self.n_open[rows],
            by_competency=self.by_competency[rows],
            length=self.length[rows],
            presented=self.presented[rows],
            seconds=self.seconds[rows],
            counted=self.counted[rows],
            elapsed=self.elapsed[rows],
            last_row=self.last_row[rows],
        )


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


def fresh(pool: Pool, available: NDArray[np.bool_], *, counting: bool = True) -> Progress:
    """Sittings before their first item; ``available`` (n, n_items) tells each one's pool.

    Without ``counting`` it is not kept which items counted: only content constraints ask for it.
    """
    n_sittings = available.shape[0]
    lattice = pool.lattice
    return Progress(
        log_likelihood=np.zeros((n_sittings, lattice.n_carriers, lattice.grid.n_nodes)),
        open_items=available.copy(),
        n_open=_by_competency(pool, available),
        by_competency=np.zeros((n_sittings, lattice.population.n_competencies), dtype=np.int64),
        length=np.zeros(n_sittings, dtype=np.int64),
        presented=np.zeros(n_sittings, dtype=np.int64),
        seconds=np.zeros(n_sittings),
        counted=np.zeros(available.shape if counting else (n_sittings, 0), dtype=bool),
        elapsed=np.zeros(n_sittings),
        last_row=np.full((n_sittings, lattice.n_blocks), -1, dtype=np.intp),
    )


def going_on(pool: Pool, before: Progress) -> Progress:
    """Second sittings before their first item: what was presented before is left out, nothing counts yet."""
    return fresh(pool, before.open_items)


def without(pool: Pool, progress: Progress, items: NDArray[np.intp]) -> Progress:
    """The same sittings, in which ``items``, places in the pool, are not presented (any more)."""
    open_items = progress.open_items.copy()
    open_items[:, items] = False
    return replace(progress, open_items=open_items, n_open=_by_competency(pool, open_items))


def answered(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    codes: NDArray[np.integer],
    seconds: float | Floats = 0.0,
) -> Progress:
    """Every sitting of ``progress`` one answer further; the old value stays as it was."""
    after = Progress(**{name: getattr(progress, name).copy() for name in Progress.__slots__})
    answer(pool, after, items, codes, seconds)
    return after


def answer(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    codes: NDArray[np.integer],
    seconds: float | Floats = 0.0,
) -> None:
    """The same in place, for who made ``progress`` and is alone in having it."""
    rows, competency = np.arange(len(items)), pool.competency[items]
    row = pool.row_of[items, codes]
    told = pool.measurement.table.take(row, axis=0)
    if progress.log_likelihood.shape[1] == 1:
        progress.log_likelihood[:, 0] += told
    else:
        progress.log_likelihood[rows, pool.carrier[items]] += told
    progress.last_row[rows, pool.block[items]] = row
    progress.n_open[rows, competency] -= progress.open_items[rows, items]
    progress.open_items[rows, items] = False
    progress.by_competency[rows, competency] += 1
    progress.length[...] += 1
    progress.presented[...] += 1
    progress.seconds[...] += seconds
    if progress.counted.size:
        progress.counted[rows, items] = True


def left(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    *,
    scores: bool,
    counts: bool,
    seconds: float | Floats = 0.0,
) -> Progress:
    """Every sitting one item further that was not answered.

    It ``scores`` its lowest category or adds no evidence, and ``counts`` for coverage and length or not;
    either way it is never presented again.
    """
    after = answered(pool, progress, items, pool.lowest[items], seconds)
    return replace(
        after,
        log_likelihood=after.log_likelihood if scores else progress.log_likelihood,
        last_row=after.last_row if scores else progress.last_row,
        by_competency=after.by_competency if counts else progress.by_competency,
        length=after.length if counts else progress.length,
        counted=after.counted if counts else progress.counted,
    )


def _by_competency(pool: Pool, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many flags (n, n_items) are set in each competency, (n, n_competencies)."""
    counts = np.zeros((len(flags), pool.lattice.population.n_competencies), dtype=np.int64)
    for competency in range(counts.shape[1]):
        counts[:, competency] = flags[:, pool.competency == competency].sum(axis=1)
    return counts


def estimate(pool: Pool, progress: Progress) -> Estimate:
    """Posterior of blocks and competencies after the answers so far."""
    grids = Grids(pool.lattice, progress.log_likelihood)
    if pool.lattice.n_blocks == 1 and not pool.lattice.has_layer:
        moments = _of_one_block(pool.lattice, progress.log_likelihood[:, 0])
        if moments is not None:
            mean, sd = moments
            every = (len(mean), pool.lattice.population.n_competencies)
            theta = np.broadcast_to(mean, every)
            return Estimate(
                block_theta=mean, block_se=sd, theta=theta, spread=np.broadcast_to(0.0, every), grids=grids
            )
    return _estimated(pool.lattice, grids)


def _of_one_block(lattice: Lattice, log_likelihood: Floats) -> tuple[Floats, Floats] | None:
    """Mean and SD, (n, 1) each, by one product of likelihoods with prior, θ prior and θ² prior.

    None where a likelihood comes near to what floating point can hold, or where the difference
    E θ² − (E θ)² would lose digits.
    """
    theta = lattice.grid.theta
    sums = np.exp(log_likelihood) @ (
        lattice.prior[:, None] * np.stack([np.ones_like(theta), theta, theta**2], 1)
    )
    if sums.shape[0] == 0 or sums[:, 0].min() < _SMALLEST:
        return None
    mean, square = sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]
    variance = square - mean**2
    if (variance < _LOST * square).any():
        return None
    return mean[:, None], np.sqrt(variance)[:, None]


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
