"""Means and covariances of all dimensions under the joint posterior of one or many persons.

Given their blocks, competencies are independent, so that for dimensions u ≠ v
Cov(u, v) = Cov(g_u(θ_b), g_v(θ_b′)) with g_u(θ_b) = E(u | θ_b, answers); g of a block is the block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.lattice import BlockPosterior, Lattice

__all__ = ["Moments", "dimension_moments", "mean_and_sd"]

Floats = NDArray[np.float64]

_LEAST: Final = 1e-12  # variance that rounding may have taken below 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """``mean`` (n, n_dimensions), ``covariance`` (n, n_dimensions, n_dimensions)."""

    mean: Floats
    covariance: Floats


def mean_and_sd(masses: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of masses on the nodes, over the last axis."""
    mean = masses @ theta
    variance = np.einsum("...q,...q->...", masses, (theta - mean[..., None]) ** 2)
    return mean, np.sqrt(variance)


def dimension_moments(
    lattice: Lattice, likelihood: Floats, posterior: BlockPosterior, masses: Floats
) -> Moments:
    """Posterior moments of the blocks and of every carrier with λ < 1 (:mod:`compassess.irt.dimensions`).

    ``masses`` are the carriers' posteriors. Products are taken in their precision, the result is float64.
    """
    theta, n_blocks = lattice.grid.theta.astype(masses.dtype), lattice.n_blocks
    n_persons = masses.shape[0]
    below = [index for index, carrier in enumerate(lattice.carriers) if carrier.transition is not None]
    block_of = [*range(n_blocks), *(lattice.carriers[index].block for index in below)]
    own = np.concatenate([posterior.blocks, masses[:, below]], axis=1)
    mean, square = np.moveaxis(own @ np.stack([theta, theta**2], axis=1), 2, 0).astype(np.float64)
    given = [
        *[np.broadcast_to(theta, (n_persons, theta.size))] * n_blocks,
        *(lattice.conditional_mean(index, likelihood, posterior).astype(masses.dtype) for index in below),
    ]
    products = np.empty((n_persons, len(block_of), len(block_of)))
    of_block = {
        block: (rows, np.stack([given[row] for row in rows], axis=1))
        for block in range(n_blocks)
        for rows in ([row for row, home in enumerate(block_of) if home == block],)
    }
    for first, (rows, g_first) in of_block.items():
        within = (g_first * posterior.blocks[:, first, None]) @ g_first.transpose(0, 2, 1)
        products[:, np.array(rows)[:, None], rows] = within
        for second in range(first + 1, n_blocks):
            columns, g_second = of_block[second]
            across = lattice.across(posterior, first, second, g_first, g_second)
            products[:, np.array(rows)[:, None], columns] = across
            products[:, np.array(columns)[:, None], rows] = across.transpose(0, 2, 1)
    covariance = products - mean[:, :, None] * mean[:, None, :]
    every = np.arange(len(block_of))
    covariance[:, every, every] = np.maximum(square - mean**2, _LEAST)
    return Moments(mean=mean, covariance=covariance)
