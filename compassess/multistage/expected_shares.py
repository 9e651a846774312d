"""Which shares of the population each path and each module of a panel gets, before anybody sits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats.qmc import Sobol

from compassess.adaptive import Assessment, Pool
from compassess.multistage.paths import path_distribution

__all__ = ["expected_shares"]

Floats = NDArray[np.float64]

_POWER: Final = 11  # 2,048 points of a Sobol sequence, where a grid would have too many dimensions


def expected_shares(assessment: Assessment, *, panel: str | None = None) -> Mapping[tuple[str, ...], float]:
    """∫ P(path | θ) p(θ) dθ of every path of a panel that routes by sums, by the names of its modules.

    In one dimension on the nodes of the grid, to its precision; in several on 2,048 points of a Sobol
    sequence, always the same.

    Raises
    ------
    InputError : as :func:`compassess.multistage.path_distribution`.

    References
    ----------
    Luecht, Brumfield & Breithaupt (2006), Applied Measurement in Education 19, 189-202.
    """
    points, weights = _population(assessment.plan.pool)
    found = path_distribution(assessment, points, panel)
    shares = weights @ found.probability
    return dict(zip(found.paths, shares.tolist(), strict=True))


def _population(pool: Pool) -> tuple[Floats, Floats]:
    """Abilities (n, n_competencies) that stand for the population, and their weights, with the sum 1."""
    people, lattice = pool.lattice.population, pool.lattice
    if people.n_blocks == 1 and people.n_competencies == 1:
        flat = np.ones((1, lattice.n_carriers, lattice.grid.n_nodes))
        posterior = lattice.posterior_from(flat, np.zeros(1))
        masses = lattice.carrier_posteriors(flat, posterior)[0, lattice.carrier_of_competency[0]]
        return lattice.grid.theta[:, None], masses / masses.sum()
    size = people.n_blocks + people.n_competencies
    draws = Sobol(size, scramble=True, seed=0).random_base2(_POWER)
    normal = ndtri(draws)
    blocks = normal[:, : people.n_blocks] @ np.linalg.cholesky(people.covariance).T
    loadings = np.asarray(people.loadings)
    own = np.sqrt(np.maximum(1.0 - loadings**2, 0.0)) * normal[:, people.n_blocks :]
    theta = loadings * blocks[:, people.block_of] + own
    return theta, np.full(len(theta), 1.0 / len(theta))
