"""Nodes for all competencies at once, and how a node moves with what is free of the population.

θ(z) = transform of independent standard normal z, so that weights stay where they are while means, variances,
correlations and loadings change: dθ / d(parameter) is all that derivatives of expectations need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from compassess.irt.fit.dimensions import NODES, weights
from compassess.irt.population import Population

__all__ = ["JointNodes", "joint_nodes"]

Floats = NDArray[np.float64]

#: Evenly spaced nodes a variable for two and three variables; more variables are met by Sobol's points.
_BY_COUNT: Final[Mapping[int, int]] = {2: 41, 3: 17}
_LIMIT: Final = 5.0
_LOG2_POINTS: Final = 13
_STEP: Final = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointNodes:
    """``theta`` (n_nodes, n_competencies), ``weights`` (n_nodes,), ``slopes`` dθ by name of the parameter."""

    theta: Floats
    weights: Floats
    slopes: Mapping[tuple[str, ...], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Values:
    """A population's numbers: sd of blocks, R, λ, mean of blocks."""

    mean: Floats
    sd: Floats
    correlation: Floats
    loadings: Floats

    def moved(self, name: tuple[str, ...], place: tuple[int, ...], step: float) -> _Values:
        """With one number changed; a variance by its SD."""
        mean, sd = self.mean.copy(), self.sd.copy()
        correlation, loadings = self.correlation.copy(), self.loadings.copy()
        if name[0] == "mean":
            mean[place] += step
        elif name[0] == "sd":
            sd[place] += step
        elif name[0] == "loading":
            loadings[place] += step
        else:
            correlation[place] += step
            correlation[place[::-1]] += step
        return _Values(mean=mean, sd=sd, correlation=correlation, loadings=loadings)


def joint_nodes(
    population: Population, *, free_mean: NDArray[np.bool_], free_sd: NDArray[np.bool_], known_loadings: bool
) -> JointNodes:
    """Nodes of a population whose correlations are free, and λ below 1, and what is told of blocks."""
    own = np.flatnonzero(population.loadings != 1.0)
    z, mass = _standard(population.n_blocks + own.size)
    values = _Values(
        mean=population.mean.copy(),
        sd=np.sqrt(np.diag(population.covariance)),
        correlation=population.correlation.copy(),
        loadings=population.loadings.copy(),
    )
    free: dict[tuple[str, ...], tuple[int, ...]] = {}
    for b, block in enumerate(population.blocks):
        if free_mean[b]:
            free["mean", block] = (b,)
        if free_sd[b]:
            free["sd", block] = (b,)
        free |= {("correlation", population.blocks[d], block): (d, b) for d in range(b)}
    if not known_loadings:
        free |= {("loading", population.competencies[c]): (c,) for c in own.tolist()}
    slopes = {}
    for name, place in free.items():
        ends = [_theta(population, values.moved(name, place, s * _STEP), own, z) for s in (1, -1)]
        slopes[name] = (ends[0] - ends[1]) / (2 * _STEP)
    return JointNodes(theta=_theta(population, values, own, z), weights=mass, slopes=slopes)


def _standard(n: int) -> tuple[Floats, Floats]:
    """Points and masses of n independent standard normal variables."""
    if n == 1:
        return NODES[:, None], weights()
    if n in _BY_COUNT:
        line = np.linspace(-_LIMIT, _LIMIT, _BY_COUNT[n])
        z = np.stack([axis.reshape(-1) for axis in np.meshgrid(*[line] * n, indexing="ij")], axis=1)
        mass = np.exp(-0.5 * (z**2).sum(axis=1))
        keep = mass > np.exp(-0.5 * _LIMIT**2) * (1 - 1e-9)  # the ball in the cube: the corners hold nothing
        return z[keep], mass[keep] / mass[keep].sum()
    points = qmc.Sobol(n, scramble=True, rng=np.random.default_rng(0)).random_base2(_LOG2_POINTS)
    return ndtri(np.clip(points, 1e-12, 1 - 1e-12)), np.full(len(points), 1.0 / len(points))


def _theta(population: Population, values: _Values, own: NDArray[np.intp], z: Floats) -> Floats:
    covariance = values.correlation * np.outer(values.sd, values.sd)
    blocks = values.mean + z[:, : population.n_blocks] @ np.linalg.cholesky(covariance).T
    theta = blocks[:, population.block_of] * values.loadings
    theta[:, own] += z[:, population.n_blocks :] * np.sqrt(1.0 - values.loadings[own] ** 2)
    return theta
