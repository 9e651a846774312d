"""A prior from which items are chosen, and nothing else: an earlier result, or a regression on the group.

With means m and standard deviations s by block the choosing prior is N(m, S R S), S = diag(s), R that of the
population; competencies hang on their blocks as ever. It sharpens the first choices only. The reported
posterior, and every stopping rule, keep the population's prior: a result must not hang on what others of the
group, or the same person years ago, have done.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from compassess.adaptive.events import Prior
from compassess.adaptive.pool import Pool
from compassess.irt.lattice import Lattice
from compassess.irt.population import Population

__all__ = ["pool_from_prior"]


def pool_from_prior(pool: Pool, prior: Prior) -> Pool:
    """The same items over a population with the prior's means and SDs; blocks left out stay N(0, 1)."""
    people = pool.lattice.population
    given = {name: (mean, sd) for name, mean, sd in prior}
    pairs = np.array([given.get(name, (0.0, 1.0)) for name in people.blocks])
    shifted = Population.create(
        people.blocks,
        correlation=people.correlation,
        competencies={
            name: people.blocks[block]
            for name, block in zip(people.competencies, people.block_of.tolist(), strict=True)
        },
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=pairs[:, 0],
        standard_deviation=pairs[:, 1],
    )
    lattice = Lattice(shifted, pool.lattice.grid)
    return replace(pool, measurement=replace(pool.measurement, lattice=lattice))
