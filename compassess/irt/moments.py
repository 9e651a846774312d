"""Means and covariances of all competencies under the joint posterior of one or many persons.

Given their blocks, competencies are independent, so that for c ≠ c′
Cov(θ_c, θ_c′) = Cov(g_c(θ_b), g_c′(θ_b′)) with g_c(θ_b) = E(θ_c | θ_b, answers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.lattice import BlockPosterior, Lattice

__all__ = ["CompetencyMoments", "competency_moments", "mean_and_sd"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompetencyMoments:
    """``mean`` (n, n_competencies), ``covariance`` (n, n_competencies, n_competencies)."""

    mean: Floats
    covariance: Floats


def mean_and_sd(masses: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Mean and SD of masses on the nodes, over the last axis."""
    mean = masses @ theta
    variance = np.einsum("...q,...q->...", masses, (theta - mean[..., None]) ** 2)
    return mean, np.sqrt(variance)


def competency_moments(
    lattice: Lattice, likelihood: Floats, posterior: BlockPosterior, masses: Floats
) -> CompetencyMoments:
    """Posterior moments of every competency; ``masses`` are the carriers' posteriors."""
    theta, carriers = lattice.grid.theta, lattice.carrier_of_competency
    mean, sd = mean_and_sd(masses, theta)
    mean, sd = mean[:, carriers], sd[:, carriers]
    block_of = lattice.population.block_of
    given = {
        block: np.stack(
            [
                lattice.conditional_mean(int(carriers[c]), likelihood, posterior)
                for c in np.flatnonzero(block_of == block)
            ],
            axis=1,
        )
        for block in np.unique(block_of).tolist()
    }
    n_competencies = lattice.population.n_competencies
    products = np.empty((len(posterior.evidence), n_competencies, n_competencies))
    for first, g_first in given.items():
        rows = np.flatnonzero(block_of == first)
        within = (g_first * posterior.blocks[:, first, None]) @ g_first.transpose(0, 2, 1)
        products[:, rows[:, None], rows] = within
        for second, g_second in given.items():
            if second > first:
                table = lattice.pair(posterior, first, second)
                across = g_first @ table @ g_second.transpose(0, 2, 1)
                columns = np.flatnonzero(block_of == second)
                products[:, rows[:, None], columns] = across
                products[:, columns[:, None], rows] = across.transpose(0, 2, 1)
    covariance = products - mean[:, :, None] * mean[:, None, :]
    own = np.arange(n_competencies)
    covariance[:, own, own] = sd**2
    return CompetencyMoments(mean=mean, covariance=covariance)
