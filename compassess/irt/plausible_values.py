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
from compassess.irt.cells import Curves, Sheet
from compassess.irt.dimensions import dimension_of_competency
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
    lattice, table = measurement.lattice, measurement.table
    sheet, slopes = (
        Sheet.of(responses, measurement),
        Curves(items, measurement.layout).tables(lattice.grid.theta),
    )
    sampler = _Sampler(lattice)
    uniform = _uniforms(seed, n_draws, design.n_persons, sampler.n_dimensions)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        del likelihood
        shape = (persons.stop - persons.start, lattice.n_carriers, lattice.grid.n_nodes)
        curve = _Curve(
            theta=lattice.grid.theta,
            value=sheet.sums(persons, slopes.log_likelihood).reshape(shape),
            slope=sheet.sums(persons, slopes.score).reshape(shape),
        )
        return np.stack([sampler.draw(posterior, curve, numbers) for numbers in uniform[:, persons]])

    draws = np.concatenate(over_persons(chunk, design, lattice, table), axis=1)
    people = lattice.population
    return PlausibleValues(
        blocks=people.blocks,
        persons=responses.persons,
        theta=draws[..., : people.n_blocks],
        competencies=Draws(names=people.competencies, theta=draws[..., sampler.place_of_competency]),
    )


def _uniforms(seed: int, n_draws: int, n_persons: int, n_dimensions: int) -> Floats:
    """Numbers in [0, 1) by draw, person and dimension; a stream a draw, in the order of the persons."""
    streams = np.random.SeedSequence(seed).spawn(n_draws)
    return np.stack([np.random.default_rng(one).random((n_persons, n_dimensions)) for one in streams])


class _Sampler:
    """What all persons share: read-only after it is made.

    Dimensions are the blocks, then the competencies with λ < 1; ``place_of_competency`` (n_competencies,).
    """

    __slots__ = ("_inverse", "_lattice", "_own", "_standard", "_steps", "place_of_competency")

    def __init__(self, lattice: Lattice) -> None:
        self._lattice = lattice
        self._own = [index for index, one in enumerate(lattice.carriers) if one.transition is not None]
        self._inverse = _Inverse(lattice.grid)
        self._standard = _Inverse(Grid.create(lattice.grid.n_nodes))
        self._steps = [_Step.given(n_known, lattice) for n_known in range(1, lattice.n_blocks)]
        self.place_of_competency = dimension_of_competency(lattice)

    @property
    def n_dimensions(self) -> int:
        return self._lattice.n_blocks + len(self._own)

    def draw(self, posterior: BlockPosterior, curve: _Curve, uniform: Floats) -> Floats:
        """A draw of every person, (n, n_dimensions), from as many uniform numbers."""
        theta = np.empty_like(uniform)
        theta[:, 0] = self._inverse(posterior.blocks[:, 0], uniform[:, 0])
        log_likelihood = np.log(np.maximum(posterior.likelihood, _FLOOR))
        for n_known, step in enumerate(self._steps, start=1):
            masses = step.masses(theta[:, :n_known], log_likelihood[:, n_known:])
            theta[:, n_known] = self._inverse(masses, uniform[:, n_known])
        for place, index in enumerate(self._own, start=self._lattice.n_blocks):
            carrier = self._lattice.carriers[index]
            loading = self._lattice.population.loadings[carrier.competency]
            centre, spread = loading * theta[:, carrier.block], np.sqrt(1.0 - loading**2)
            z = self._standard.grid.theta
            log_mass = curve.at(index, centre[:, None] + spread * z) - 0.5 * z**2
            theta[:, place] = centre + spread * self._standard(_masses(log_mass), uniform[:, place])
        return theta


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Step:
    """The normal prior of the blocks still to come, given those that were drawn.

    ``regression`` (n_known, n_rest) and means give the conditional mean μ; on the nodes x of the rest,
    ``constant`` = −½ xᵀ A x, (Q^n_rest,), and ``linear`` = A x, (n_rest, Q^n_rest), with A the conditional
    precision, so that the log-density is constant + μᵀ linear.
    """

    known_mean: Floats
    rest_mean: Floats
    regression: Floats
    constant: Floats
    linear: Floats

    @classmethod
    def given(cls, n_known: int, lattice: Lattice) -> _Step:
        people = lattice.population
        known, rest = slice(0, n_known), slice(n_known, lattice.n_blocks)
        regression: Floats = np.asarray(
            np.linalg.solve(people.covariance[known, known], people.covariance[known, rest]), dtype=np.float64
        )
        left = people.covariance[rest, rest] - people.covariance[rest, known] @ regression
        axes = np.meshgrid(*[lattice.grid.theta] * (lattice.n_blocks - n_known), indexing="ij")
        nodes = np.stack([axis.ravel() for axis in axes])
        linear: Floats = np.asarray(np.linalg.solve(left, nodes), dtype=np.float64)
        return cls(
            known_mean=people.mean[known],
            rest_mean=people.mean[rest],
            regression=regression,
            constant=-0.5 * np.einsum("bq,bq->q", nodes, linear),
            linear=linear,
        )

    def masses(self, known: Floats, log_likelihood: Floats) -> Floats:
        """Posterior masses of the next block, (n, Q), the blocks after it summed out.

        ``log_likelihood`` (n, n_rest, Q) of the blocks still to come.
        """
        n, n_rest, n_nodes = log_likelihood.shape
        mean = self.rest_mean + (known - self.known_mean) @ self.regression
        joint = (self.constant + mean @ self.linear).reshape((n,) + (n_nodes,) * n_rest)
        for block in range(n_rest):
            shape = [n] + [1] * n_rest
            shape[1 + block] = n_nodes
            joint += log_likelihood[:, block].reshape(shape)
        flat = _masses(joint.reshape(n, n_nodes**n_rest))
        return np.asarray(flat.reshape(n, n_nodes, n_nodes ** (n_rest - 1)).sum(axis=2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curve:
    """log L of every carrier by its ``value`` and ``slope`` on the nodes, (n, n_carriers, Q) each."""

    theta: Floats
    value: Floats
    slope: Floats

    def at(self, carrier: int, theta: Floats) -> Floats:
        """log L at any θ, (n, m): cubic Hermite between the nodes, straight on beyond them.

        It errs by h⁴ / 384 of the fourth derivative of log L: some 1e-4 for ten items of slope 2.
        """
        width = self.theta[1] - self.theta[0]
        inside = np.clip(theta, self.theta[0], self.theta[-1])
        left = np.minimum(((inside - self.theta[0]) / width).astype(np.intp), self.theta.size - 2)
        w = (inside - self.theta[left]) / width
        value, slope = self.value[:, carrier], self.slope[:, carrier]
        y0, y1 = (np.take_along_axis(value, left + side, axis=1) for side in (0, 1))
        d0, d1 = (np.take_along_axis(slope, left + side, axis=1) * width for side in (0, 1))
        cubic = y0 + w * d0 + w**2 * (3 * (y1 - y0) - 2 * d0 - d1) + w**3 * (2 * (y0 - y1) + d0 + d1)
        return np.asarray(cubic + np.where(w > 0.5, d1, d0) / width * (theta - inside))


class _Inverse:
    """From a uniform number to θ: the inverse of the distribution function of masses on a grid.

    F is exact on nodes 8 times as fine; between two of them the density is linear, with the sinc
    interpolation's values at both ends, so that F is a parabola there. The small negative values that the
    interpolation of a coarse grid can have count as 0.
    """

    __slots__ = ("_below", "_density", "_fine", "grid")

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._fine = np.linspace(grid.theta[0], grid.theta[-1], _FINER * (grid.n_nodes - 1) + 1)
        self._below = np.ascontiguousarray(grid.below(self._fine).T)
        self._density = np.sinc((self._fine[:, None] - grid.theta) / grid.spacing)

    def __call__(self, masses: Floats, uniform: Floats) -> Floats:
        """θ by person, (n,), from masses (n, Q) of any sum."""
        n = np.arange(len(masses))
        below = np.maximum.accumulate(masses @ self._below, axis=1)
        target = below[:, 0] + uniform * (below[:, -1] - below[:, 0])
        part = np.clip((below <= target[:, None]).sum(axis=1) - 1, 0, self._fine.size - 2)
        share = (target - below[n, part]) / np.maximum(below[n, part + 1] - below[n, part], _FLOOR)
        d0, d1 = (np.maximum(np.einsum("nq,nq->n", masses, self._density[part + side]), 0) for side in (0, 1))
        # The stable root of d0 x + (d1 − d0) x² / 2 = share (d0 + d1) / 2.
        bottom = d0 + np.sqrt(np.maximum(d0**2 + (d1**2 - d0**2) * share, 0))
        x = np.divide(share * (d0 + d1), bottom, out=share.copy(), where=bottom > _FLOOR)
        return np.asarray(self._fine[part] + np.clip(x, 0, 1) * (self._fine[1] - self._fine[0]))


def _masses(log_mass: Floats) -> Floats:
    return np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
