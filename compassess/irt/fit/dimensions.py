"""The dimensions that items of a fit hang on, and how two of these are correlated."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.population import Population

__all__ = ["NODES", "correlations", "dimension_of", "marginal", "weights"]

Floats = NDArray[np.float64]

#: Standard normal nodes, evenly spaced, as R's mirt has them by default.
NODES: Final[Floats] = np.linspace(-6.0, 6.0, 61)


def weights() -> Floats:
    """Standard normal masses of :data:`NODES`."""
    mass = np.exp(-0.5 * NODES**2)
    return mass / mass.sum()


def dimension_of(population: Population) -> NDArray[np.intp]:
    """A number for every competency; competencies that are their block (λ = 1) share that of the block."""
    names = [
        ("block", int(block)) if loading == 1.0 else ("competency", index)
        for index, (block, loading) in enumerate(zip(population.block_of, population.loadings, strict=True))
    ]
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([known[name] for name in names], dtype=np.intp)


def marginal(population: Population, competency: int) -> tuple[float, float]:
    """Mean and SD of a competency."""
    return float(population.competency_mean[competency]), float(population.competency_sd[competency])


def correlations(population: Population) -> Floats:
    """λ_c λ_d σ_bd over the SDs, 1 within a dimension, (n_competencies, n_competencies)."""
    covariance = population.covariance[np.ix_(population.block_of, population.block_of)]
    covariance = covariance * np.outer(population.loadings, population.loadings)
    sd = population.competency_sd
    rho = covariance / np.outer(sd, sd)
    same = dimension_of(population)[:, None] == dimension_of(population)[None]
    return np.where(same, 1.0, rho)
