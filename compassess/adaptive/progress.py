"""How far sittings have come, in arrays: one row for a live sitting, many for a simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.irt.lattice import BlockPosterior
from compassess.irt.moments import mean_and_sd

__all__ = ["Estimate", "Progress", "answered", "estimate", "fresh", "going_on", "left"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Progress:
    """The state of n sittings.

    Attributes
    ----------
    log_likelihood : of the answers so far, by carrier, (n, n_carriers, Q).
    open_items : items that may still be presented, (n, n_items).
    by_competency : items so far that count for the blueprint, (n, n_competencies).
    length : items so far that count, (n,): those presented without the technically lost ones.
    presented : items presented so far, (n,).
    seconds : time spent on items so far, as far as it was handed in, (n,).
    elapsed : seconds since the start by the times handed in, (n,); 0 where none were.
    last_row : row of the table of log-probabilities of each block's last scored item, (n, n_blocks); −1
        before there is one.
    """

    log_likelihood: Floats
    open_items: NDArray[np.bool_]
    by_competency: NDArray[np.int64]
    length: NDArray[np.int64]
    presented: NDArray[np.int64]
    seconds: Floats
    elapsed: Floats
    last_row: NDArray[np.intp]

    def select(self, rows: NDArray[np.intp]) -> Progress:
        """Some of the sittings."""
        return Progress(
            log_likelihood=self.log_likelihood[rows],
            open_items=self.open_items[rows],
            by_competency=self.by_competency[rows],
            length=self.length[rows],
            presented=self.presented[rows],
            seconds=self.seconds[rows],
            elapsed=self.elapsed[rows],
            last_row=self.last_row[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """What the answers so far say.

    Attributes
    ----------
    likelihood : by carrier, scaled to a maximum of 1, (n, n_carriers, Q).
    posterior : of the blocks.
    masses : posterior masses of every carrier's own dimension, (n, n_carriers, Q).
    block_theta, block_se : (n, n_blocks).
    theta : of the competencies, (n, n_competencies).
    spread : E Var(θ_c | θ_b, answers), (n, n_competencies); 0 where λ = 1.
    """

    likelihood: Floats
    posterior: BlockPosterior
    masses: Floats
    block_theta: Floats
    block_se: Floats
    theta: Floats
    spread: Floats

    def select(self, rows: NDArray[np.intp]) -> Estimate:
        """Of some of the sittings."""
        return Estimate(
            likelihood=self.likelihood[rows],
            posterior=self.posterior.select(rows),
            masses=self.masses[rows],
            block_theta=self.block_theta[rows],
            block_se=self.block_se[rows],
            theta=self.theta[rows],
            spread=self.spread[rows],
        )


def fresh(pool: Pool, available: NDArray[np.bool_]) -> Progress:
    """Sittings before their first item; ``available`` (n, n_items) tells each one's pool."""
    n_sittings = available.shape[0]
    lattice = pool.lattice
    return Progress(
        log_likelihood=np.zeros((n_sittings, lattice.n_carriers, lattice.grid.n_nodes)),
        open_items=available.copy(),
        by_competency=np.zeros((n_sittings, lattice.population.n_competencies), dtype=np.int64),
        length=np.zeros(n_sittings, dtype=np.int64),
        presented=np.zeros(n_sittings, dtype=np.int64),
        seconds=np.zeros(n_sittings),
        elapsed=np.zeros(n_sittings),
        last_row=np.full((n_sittings, lattice.n_blocks), -1, dtype=np.intp),
    )


def going_on(pool: Pool, before: Progress) -> Progress:
    """Second sittings before their first item: what was presented before is left out, nothing counts yet."""
    return fresh(pool, before.open_items)


def answered(
    pool: Pool,
    progress: Progress,
    items: NDArray[np.intp],
    codes: NDArray[np.integer],
    seconds: float | Floats = 0.0,
) -> Progress:
    """Every sitting of ``progress`` one answer further; the old value stays as it was."""
    rows = np.arange(len(items))
    log_likelihood = progress.log_likelihood.copy()
    row = pool.row_of[items, codes]
    log_likelihood[rows, pool.carrier[items]] += pool.measurement.table[row]
    last_row = progress.last_row.copy()
    last_row[rows, pool.block[items]] = row
    by_competency = progress.by_competency.copy()
    by_competency[rows, pool.competency[items]] += 1
    return Progress(
        log_likelihood=log_likelihood,
        open_items=_closed(progress, items),
        by_competency=by_competency,
        length=progress.length + 1,
        presented=progress.presented + 1,
        seconds=progress.seconds + seconds,
        elapsed=progress.elapsed,
        last_row=last_row,
    )


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
    )


def _closed(progress: Progress, items: NDArray[np.intp]) -> NDArray[np.bool_]:
    """The pools without the items presented now."""
    open_items = progress.open_items.copy()
    open_items[np.arange(len(items)), items] = False
    return open_items


def estimate(pool: Pool, progress: Progress) -> Estimate:
    """Posterior of blocks and competencies after the answers so far."""
    lattice, theta = pool.lattice, pool.lattice.grid.theta
    scale = progress.log_likelihood.max(axis=2)
    likelihood = np.exp(progress.log_likelihood - scale[..., None])
    posterior = lattice.posterior_from(likelihood, scale.sum(axis=1))
    masses = lattice.carrier_posteriors(likelihood, posterior)
    mean, sd = mean_and_sd(masses, theta)
    spread = np.zeros_like(mean)
    for index, carrier in enumerate(lattice.carriers):
        if carrier.transition is not None:
            given = lattice.conditional_mean(index, likelihood, posterior)
            explained = _variance(posterior.blocks[:, carrier.block], given)
            spread[:, index] = np.maximum(sd[:, index] ** 2 - explained, 0.0)
    carriers = lattice.carrier_of_competency
    block_theta, block_se = mean_and_sd(posterior.blocks, theta)
    return Estimate(
        likelihood=likelihood,
        posterior=posterior,
        masses=masses,
        block_theta=block_theta,
        block_se=block_se,
        theta=mean[:, carriers],
        spread=spread[:, carriers],
    )


def _variance(masses: Floats, values: Floats) -> Floats:
    """Variance of ``values`` (n, Q) under ``masses`` (n, Q)."""
    mean = np.einsum("nq,nq->n", masses, values)
    return np.einsum("nq,nq->n", masses, (values - mean[:, None]) ** 2)
