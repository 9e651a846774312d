"""Posterior means and SDs of everybody, each person on a grid that is fine and wide enough."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.design import Design
from compassess.irt.expectation import highest_of, over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.quadrature import moment_functions, pairs_of, worth
from compassess.irt.refinement import Means, Placed, refined
from compassess.responses import Responses

__all__ = ["on_own_grids", "posterior_means"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

_LEAST: Final = -80.0  # of a logarithm in float32: below it numbers are subnormal, and slow


def posterior_means(design: Design, measurement: Measurement, dtype: DTypeLike = np.float64) -> Means:
    """Means and SDs on the measurement's grid; ``dtype`` is for one dimension, several are float64."""
    lattice = measurement.lattice
    if lattice.n_carriers == 1 and not lattice.population.has_competency_layer:
        return _on_a_line(design, measurement, np.dtype(dtype))
    functions = moment_functions(lattice.grid.theta)
    pairs = pairs_of(lattice.population, [(one.block, one.competency) for one in lattice.carriers])
    picked = _columns(lattice)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Means:
        del persons
        carriers = lattice.carrier_posteriors(likelihood, posterior)
        sums = np.concatenate([posterior.blocks, carriers], axis=1) @ functions
        return Means.of(worth(sums, lattice.grid.spacing, pairs), posterior.log_evidence, picked)

    return Means.joined(over_persons(chunk, design, lattice, measurement.table))


def _on_a_line(design: Design, measurement: Measurement, dtype: np.dtype[Any]) -> Means:
    """One dimension: the logarithm of the posterior, one exponential, one product.

    The prior is added to the logarithm, so that a prior and a likelihood far from each other meet without
    underflow.
    """
    lattice, grid = measurement.lattice, measurement.lattice.grid
    people = lattice.population
    prior = -0.5 * (grid.theta - people.mean[0]) ** 2 / people.covariance[0, 0]
    prior -= np.log(np.exp(prior - prior.max()).sum()) + prior.max()
    weights, functions = design.weights(measurement.table, dtype), moment_functions(grid.theta).astype(dtype)
    prior = prior.astype(dtype)
    picked = _columns(lattice)

    def chunk(persons: slice) -> Means:
        log_mass = design.log_likelihood(persons, weights)[:, 0]
        log_mass += prior
        highest = highest_of(log_mass)
        log_mass -= highest[:, None]
        if dtype == np.float32:
            np.maximum(log_mass, _LEAST, out=log_mass)
        sums = (np.exp(log_mass, out=log_mass) @ functions).astype(np.float64)
        found = worth(sums[:, None], grid.spacing, ())
        return Means.of(found, highest + np.log(sums[:, 0]), picked)

    return Means.joined(list(map_chunks(chunk, design.n_persons, chunk_size(grid.n_nodes))))


def _columns(lattice: Lattice) -> Index:
    """Blocks, then competencies, among blocks and carriers."""
    if lattice.n_carriers == 1 and not lattice.population.has_competency_layer:
        return np.zeros(1 + lattice.population.n_competencies, dtype=np.intp)
    return np.concatenate([np.arange(lattice.n_blocks), lattice.n_blocks + lattice.carrier_of_competency])


def on_own_grids(
    responses: Responses, measurement: Measurement, *, refine: bool, dtype: DTypeLike = np.float64
) -> tuple[Means, tuple[Placed, ...]]:
    """Means of everybody, and who was summed on which grid in the end; without ``refine`` on one."""
    means = posterior_means(measurement.design(responses), measurement, dtype)
    if not refine:
        return means, (Placed(measurement=measurement, persons=np.arange(responses.n_persons)),)

    def again(finer: Measurement, persons: Index) -> Means:
        return posterior_means(finer.design(responses.select_persons(persons)), finer)

    return means, refined(means, again, measurement)
