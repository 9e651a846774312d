r"""Plausible values: draws from the joint posterior of blocks and competencies, as continuous numbers.

The blocks are drawn one after the other, each from its posterior given the answers and the blocks that were
drawn before it; a competency from its posterior given the answers and its block. Only the dimension that is
being drawn, and those still to come, are on nodes: what was drawn enters the normal prior as it is.

Rule: no jitter. A node drawn from its mass and moved at random within its cell would have a variance that is
h² / 12 too large, and h² / 6 too large under a linear interpolation of the density: 19 and 38 % where the
nodes are 1.5 posterior SD apart. Masses of a smooth density on nodes are its samples, and between them a
band-limited function is their sinc interpolation. So its distribution function F(t) = Σ_q p_q (½ +
Si(π (t − θ_q) / h) / π) is tabulated on finer nodes and inverted there (see :class:`_Inverse`); draws have
the moments of the masses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.chunks import chunk_size
from compassess.irt.expectation import over_persons
from compassess.irt.grid import Grid
from compassess.irt.items import Items
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Draws", "PlausibleValues", "plausible_values"]

Floats = NDArray[np.float64]

_FINER: Final = 8  # parts of a cell; within a part the density is linear, which errs by its fourth power
_FLOOR: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """Draws of several dimensions: ``theta``, (n_draws, n_persons, n_dimensions)."""

    names: tuple[str, ...]
    theta: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlausibleValues:
    """The answer of :func:`plausible_values`.

    Attributes
    ----------
    theta : draws of the blocks, (n_draws, n_persons, n_blocks), one block included.
    competencies : draws of the competencies, jointly with the blocks; equal to their block where λ = 1.
    """

    blocks: tuple[str, ...]
    persons: tuple[str, ...] | None
    theta: Floats
    competencies: Draws

    def to_frame(self) -> pd.DataFrame:
        """A row a draw of a person: draw (from 1), person, theta by block, then by competency."""
        n_draws, n_persons, n_blocks = self.theta.shape
        labels = self.persons or tuple(str(row + 1) for row in range(n_persons))
        columns: dict[str, object] = {
            "draw": np.repeat(np.arange(1, n_draws + 1), n_persons),
            "person": labels * n_draws,
        }
        for j, name in enumerate(self.blocks):
            columns["theta" if n_blocks == 1 else f"theta_{name}"] = self.theta[:, :, j].ravel()
        for j, name in enumerate(self.competencies.names):
            if name not in self.blocks:
                columns[f"theta_{name}"] = self.competencies.theta[:, :, j].ravel()
        return frame(columns)  # type: ignore[arg-type]


def plausible_values(
    responses: Responses,
    items: Items,
    n_draws: int = 10,
    *,
    seed: int,
    population: Population | None = None,
    nodes: int | None = None,
    limit: float | None = None,
) -> PlausibleValues:
    """Draws from p(θ_blocks, θ_competencies | answers) of every person.

    Statistics of the population are unbiased in them, where those of EAP (too little variance) and of ML
    (too much) are not: compute them in each draw, and combine the draws by Rubin's rules.

    Parameters
    ----------
    responses : matched with ``items`` by name; persons without answers are drawn from the population.
    n_draws : draws of each person.
    seed : draw d of person n hangs on the seed, d, n and the answers of n alone, not on how many persons
        or draws there are.
    population, nodes, limit : as in :func:`compassess.irt.score`. Where that says "coarse_grid" the draws
        are no better than its estimates.

    Raises
    ------
    InputError : fewer than one draw; codes outside an item's categories; no column in common.

    References
    ----------
    Mislevy (1991), Psychometrika 56, 177-196; von Davier, Gonzalez & Mislevy (2009) on their use.
    """
    if n_draws < 1:
        raise InputError(
            Problem(where="n_draws", what="nothing to draw", got=str(n_draws), expected="at least 1")
        )
    measurement = Measurement.create(items, nodes=nodes, limit=limit, population=population)
    design = measurement.design(responses)
    sampler = _Sampler(measurement)
    uniform = _uniforms(seed, n_draws, design.n_persons, sampler.n_dimensions)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        n_rows = n_draws * sampler.floats_per_draw
        size = chunk_size(n_rows)
        n = persons.stop - persons.start
        parts = [slice(first, min(first + size, n)) for first in range(0, n, size)]
        own = uniform[:, persons]
        return np.concatenate(
            [sampler.draw(likelihood[p], posterior.likelihood[p], posterior.blocks[p], own[:, p]) for p in parts],
            axis=1,
        )

    draws = np.concatenate(over_persons(chunk, design, measurement.lattice, measurement.table), axis=1)
    people = measurement.lattice.population
    return PlausibleValues(
        blocks=people.blocks,
        persons=responses.persons,
        theta=draws[..., : people.n_blocks],
        competencies=Draws(names=people.competencies, theta=draws[..., sampler.place_of_competency]),
    )
