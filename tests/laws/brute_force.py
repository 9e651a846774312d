"""The model of the house summed over its whole joint grid, with nothing factored out.

One axis for every block and one for every competency, λ = 1 or not. Masses are written down from the
definition with scipy's densities, looped over node by node. Slow, and hard to get wrong.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from compassess.irt import Grid, Population

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """Masses of one person: axes are the blocks, then the competencies."""

    population: Population
    theta: Floats
    masses: Floats

    @property
    def evidence(self) -> float:
        """The probability of the answers."""
        return float(self.masses.sum())

    def marginal(self, *axes: int) -> Floats:
        """Posterior masses of some axes, in the order asked for."""
        others = tuple(axis for axis in range(self.masses.ndim) if axis not in axes)
        kept = sorted(axes)
        table = self.masses.sum(axis=others) / self.evidence
        return np.asarray(table.transpose([kept.index(axis) for axis in axes]))

    def block(self, index: int) -> Floats:
        """Posterior masses of a block."""
        return self.marginal(index)

    def competency(self, index: int) -> Floats:
        """Posterior masses of a competency."""
        return self.marginal(self.population.n_blocks + index)


def prior_masses(population: Population, grid: Grid) -> Floats:
    """Masses of MVN(mean, covariance) at every node of the blocks' joint grid, summing to 1."""
    density = np.empty((grid.n_nodes,) * population.n_blocks)
    normal = stats.multivariate_normal(population.mean, population.covariance)
    for nodes in itertools.product(range(grid.n_nodes), repeat=population.n_blocks):
        density[nodes] = normal.pdf(grid.theta[list(nodes)])
    return density / density.sum()


def competency_masses(grid: Grid, loading: float) -> Floats:
    """p(θ_c = q | θ_b = r), (q, r): a column sums to 1; for λ = 1 the competency is its block."""
    if loading == 1.0:
        return np.eye(grid.n_nodes)
    table = np.empty((grid.n_nodes, grid.n_nodes))
    for r, block in enumerate(grid.theta):
        for q, own in enumerate(grid.theta):
            table[q, r] = stats.norm.pdf(own, loading * block, np.sqrt(1 - loading**2))
        table[:, r] /= table[:, r].sum()
    return table


def joint(population: Population, grid: Grid, likelihood: Floats) -> Joint:
    """The joint masses of one person, from the likelihood of each competency, (n_competencies, Q)."""
    n_blocks = population.n_blocks
    n_axes = n_blocks + population.n_competencies
    prior = prior_masses(population, grid)
    masses = prior.reshape(prior.shape + (1,) * population.n_competencies)
    for c in range(population.n_competencies):
        table = competency_masses(grid, float(population.loadings[c])) * likelihood[c][:, None]
        shape = [1] * n_axes
        shape[n_blocks + c] = shape[int(population.block_of[c])] = grid.n_nodes
        masses = masses * table.T.reshape(shape)  # the block's axis stands before the competency's
    return Joint(population=population, theta=grid.theta, masses=masses)
