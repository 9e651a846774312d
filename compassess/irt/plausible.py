"""Plausible values: draws from the joint posterior of blocks and competencies, as continuous numbers.

The blocks are drawn one after the other, each from its posterior given the answers and the blocks that were
drawn before it; a competency from its posterior given the answers and its block. Only the dimension that is
being drawn, and those still to come, are on nodes: what was drawn enters the normal prior as it is.

Rule: no jitter. A node drawn from its mass and moved at random within its cell would have a variance that is
h² / 12 too large, and h² / 6 too large under a linear interpolation of the density: 19 and 38 % where the
nodes are 1.5 posterior SD apart. Masses on nodes are samples of the density, whose logarithm is nearly a
parabola; it is interpolated by cubics, which reproduce a normal density whatever its width, and the
distribution function of that is inverted (see :class:`_Inverse`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.ability import refuse_strangers
from compassess.irt.cells import Curves, Sheet
from compassess.irt.chunks import chunk_size
from compassess.irt.dimensions import dimension_of_competency
from compassess.irt.estimates import RANK
from compassess.irt.expectation import over_persons
from compassess.irt.grid import Grid
from compassess.irt.interpolation import cubic_weights
from compassess.irt.items import Items
from compassess.irt.latent_regression import LatentRegression
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.irt.posterior_means import on_own_grids
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Draws", "PlausibleValues", "plausible_values"]

Floats = NDArray[np.float64]

_FINER: Final = 8  # points in a cell
_FLOOR: Final = 1e-300  # keeps logarithms finite where nothing is left anyhow


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
    status : by person "ok", or what is left to say about the grid
        (:data:`compassess.irt.ABILITY_STATUSES`); draws are no better than it.
    """

    blocks: tuple[str, ...]
    persons: tuple[str, ...] | None
    theta: Floats
    competencies: Draws
    status: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """A row a draw of a person: draw (from 1), person, theta by block, then by competency."""
        n_draws, n_persons, n_blocks = self.theta.shape
        labels = self.persons or tuple(str(row + 1) for row in range(n_persons))
        columns: dict[str, Sequence[object] | NDArray[np.generic]] = {
            "draw": np.repeat(np.arange(1, n_draws + 1), n_persons),
            "person": labels * n_draws,
        }
        for j, name in enumerate(self.blocks):
            columns["theta" if n_blocks == 1 else f"theta_{name}"] = self.theta[:, :, j].ravel()
        for j, name in enumerate(self.competencies.names):
            if name not in self.blocks:
                columns[f"theta_{name}"] = self.competencies.theta[:, :, j].ravel()
        return frame(columns)


def plausible_values(
    responses: Responses,
    items: Items,
    n_draws: int = 10,
    *,
    seed: int,
    population: Population | None = None,
    regression: LatentRegression | None = None,
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
    regression : of the same persons, :func:`.latent_regression.latent_regression`: the prior of a
    person is then N(x β, Σ) of their covariates. Relations of θ with a covariate are unbiased only in
    draws that knew it.
    population, nodes, limit : as in :func:`compassess.irt.score`; by default every person is drawn on a grid
        that is fine and wide enough.

    Raises
    ------
    InputError : fewer than one draw; a regression of other persons or blocks, or beside a population; codes
        outside an item's categories; no column in common.

    References
    ----------
    Mislevy (1991), Psychometrika 56, 177-196; von Davier, Gonzalez & Mislevy (2009), IERI Monograph Series
    2, 9-36, on their use.
    """
    if n_draws < 1:
        raise InputError(
            Problem(where="n_draws", what="nothing to draw", got=str(n_draws), expected="at least 1")
        )
    refuse_strangers(responses, items)
    tilt = None
    if regression is not None:
        population, tilt = _regressed(regression, responses, population)
    measurement = Measurement.create(items, nodes=nodes, limit=limit, population=population)
    people, refine = measurement.lattice.population, nodes is None and limit is None
    means, placed = on_own_grids(responses, measurement, refine=refine)
    place_of_competency = dimension_of_competency(measurement.lattice)
    n_dimensions = max(people.n_blocks, int(place_of_competency.max(initial=0)) + 1)
    uniform = _uniforms(seed, n_draws, responses.n_persons, n_dimensions)
    draws = np.empty_like(uniform)
    for one in placed:
        theirs = responses if len(placed) == 1 else responses.select_persons(one.persons)
        own = None if tilt is None else tilt[one.persons]
        draws[:, one.persons] = _draws(theirs, one.measurement, uniform[:, one.persons], own)
    names = np.array(list(RANK), dtype=object)
    return PlausibleValues(
        blocks=people.blocks,
        persons=responses.persons,
        theta=draws[..., : people.n_blocks],
        competencies=Draws(names=people.competencies, theta=draws[..., place_of_competency]),
        status=tuple(names[means.status].tolist()),
    )


def _regressed(
    regression: LatentRegression, responses: Responses, population: Population | None
) -> tuple[Population, Floats]:
    """N(0, Σ) of the residuals, and what tilts it towards each person's mean."""
    if population is not None or len(regression.predicted) != responses.n_persons:
        raise InputError(
            Problem(
                where="regression",
                what="it brings its own population, of its own persons",
                got=f"{responses.n_persons} persons" + ("" if population is None else " and a population"),
                expected=f"its {len(regression.predicted)} persons, and no population",
            )
        )
    return regression.residual, regression.tilt


def _draws(
    responses: Responses, measurement: Measurement, uniform: Floats, tilt: Floats | None = None
) -> Floats:
    """Draws on one grid, (n_draws, n_persons, n_dimensions), from as many uniform numbers."""
    lattice, sheet = measurement.lattice, Sheet.of(responses, measurement)
    slopes = Curves(measurement.items, measurement.layout).tables(lattice.grid.theta)
    sampler = _Sampler(lattice)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        del likelihood
        shape = (persons.stop - persons.start, lattice.n_carriers, lattice.grid.n_nodes)
        curve = _Curve(
            theta=lattice.grid.theta,
            value=sheet.sums(persons, slopes.log_likelihood).reshape(shape),
            slope=sheet.sums(persons, slopes.score).reshape(shape),
        )
        return sampler.draws(posterior, curve, uniform[:, persons], None if tilt is None else tilt[persons])

    design = measurement.design(responses)
    return np.concatenate(over_persons(chunk, design, lattice, measurement.table, tilt=tilt), axis=1)


def _uniforms(seed: int, n_draws: int, n_persons: int, n_dimensions: int) -> Floats:
    """Numbers in [0, 1) by draw, person and dimension; a stream a draw, in the order of the persons."""
    streams = np.random.SeedSequence(seed).spawn(n_draws)
    return np.stack([np.random.default_rng(one).random((n_persons, n_dimensions)) for one in streams])


class _Sampler:
    """What all persons share: read-only after it is made.

    Dimensions are the blocks, then the competencies with λ < 1.
    """

    __slots__ = ("_inverse", "_lattice", "_own", "_standard", "_steps")

    def __init__(self, lattice: Lattice) -> None:
        self._lattice = lattice
        self._own = [index for index, one in enumerate(lattice.carriers) if one.transition is not None]
        self._inverse = _Inverse(lattice.grid)
        self._standard = _Inverse(Grid.create(lattice.grid.n_nodes))
        self._steps = [_Step.given(n_known, lattice) for n_known in range(1, lattice.n_blocks)]

    @property
    def n_dimensions(self) -> int:
        return self._lattice.n_blocks + len(self._own)

    def draws(
        self, posterior: BlockPosterior, curve: _Curve, uniform: Floats, tilt: Floats | None = None
    ) -> Floats:
        """Draws of all persons, (n_draws, n, n_dimensions), from as many uniform numbers."""
        n_draws, n, _ = uniform.shape
        together = max(chunk_size(self._lattice.floats_per_person) // max(n, 1), 1)
        parts = [
            self._draw(posterior, curve, uniform[first : first + together], tilt)
            for first in range(0, n_draws, together)
        ]
        return np.concatenate(parts)

    def _draw(self, posterior: BlockPosterior, curve: _Curve, uniform: Floats, tilt: Floats | None) -> Floats:
        """Some draws of everybody, all in one: a row is a draw of a person."""
        person = np.tile(np.arange(uniform.shape[1]), len(uniform))
        numbers = uniform.reshape(person.size, self.n_dimensions)
        theta = np.empty_like(numbers)
        theta[:, 0] = self._inverse(_log(posterior.blocks[:, 0])[person], numbers[:, 0])
        log_likelihood = self._log_likelihood(posterior)
        if tilt is not None:
            log_likelihood += tilt[:, :, None] * self._lattice.grid.theta
        log_likelihood = log_likelihood[person]
        for n_known, step in enumerate(self._steps, start=1):
            log_mass = step.log_masses(theta[:, :n_known], log_likelihood[:, n_known:])
            theta[:, n_known] = self._inverse(log_mass, numbers[:, n_known])
        for place, index in enumerate(self._own, start=self._lattice.n_blocks):
            carrier = self._lattice.carriers[index]
            loading = self._lattice.population.loadings[carrier.competency]
            centre, spread = loading * theta[:, carrier.block], np.sqrt(1.0 - loading**2)
            z = self._standard.grid.theta
            log_mass = curve.at(index, person, centre[:, None] + spread * z) - 0.5 * z**2
            theta[:, place] = centre + spread * self._standard(log_mass, numbers[:, place])
        return theta.reshape(uniform.shape)

    def _log_likelihood(self, posterior: BlockPosterior) -> Floats:
        """log of each block's likelihood, (n, n_blocks, Q): what its carriers' messages say together."""
        n, _, n_nodes = posterior.messages.shape
        log_likelihood = np.zeros((n, self._lattice.n_blocks, n_nodes))
        for index, carrier in enumerate(self._lattice.carriers):
            log_likelihood[:, carrier.block] += _log(posterior.messages[:, index])
        return log_likelihood


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

    def log_masses(self, known: Floats, log_likelihood: Floats) -> Floats:
        """Posterior masses of the next block, (n, Q) and any sum, the blocks after it summed out.

        ``log_likelihood`` (n, n_rest, Q) of the blocks still to come.
        """
        n, n_rest, n_nodes = log_likelihood.shape
        mean = self.rest_mean + (known - self.known_mean) @ self.regression
        joint = (self.constant + mean @ self.linear).reshape((n,) + (n_nodes,) * n_rest)
        for block in range(n_rest):
            shape = [n] + [1] * n_rest
            shape[1 + block] = n_nodes
            joint += log_likelihood[:, block].reshape(shape)
        if n_rest == 1:
            return joint
        joint -= joint.max(axis=tuple(range(1, 1 + n_rest)), keepdims=True)
        masses = np.exp(joint, out=joint).reshape(n, n_nodes, n_nodes ** (n_rest - 1))
        return _log(masses.sum(axis=2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curve:
    """log L of every carrier by its ``value`` and ``slope`` on the nodes, (n, n_carriers, Q) each."""

    theta: Floats
    value: Floats
    slope: Floats

    def at(self, carrier: int, person: NDArray[np.intp], theta: Floats) -> Floats:
        """log L of persons at any θ, (n_rows, m): cubic Hermite between nodes, straight on beyond them.

        It errs by h⁴ / 384 of the fourth derivative of log L: some 1e-4 for ten items of slope 2.
        """
        width = self.theta[1] - self.theta[0]
        inside = np.clip(theta, self.theta[0], self.theta[-1])
        left = np.minimum(((inside - self.theta[0]) / width).astype(np.intp), self.theta.size - 2)
        w = (inside - self.theta[left]) / width
        value, slope = self.value[:, carrier], self.slope[:, carrier] * width
        row = person[:, None]
        y0, y1, d0, d1 = value[row, left], value[row, left + 1], slope[row, left], slope[row, left + 1]
        rise = y1 - y0
        cubic = y0 + w * (d0 + w * (3 * rise - 2 * d0 - d1 + w * (d0 + d1 - 2 * rise)))
        return np.asarray(cubic + np.where(w > 0.5, d1, d0) / width * (theta - inside))


class _Inverse:
    """From a uniform number to θ: the inverse of the distribution function of masses on a grid.

    log p is interpolated at 8 points in a cell by the cubic through the four nodes around it. Over two of
    these steps the mass is Simpson's, and within them the density is linear, so that F is a parabola there:
    the variance errs by less than 0.1 % where nodes are 1.5 SD apart, and by the fourth power where nearer.
    """

    __slots__ = ("_ends", "_weights", "grid")

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        points = np.linspace(0, grid.n_nodes - 1, _FINER * (grid.n_nodes - 1) + 1)
        self._ends = grid.theta[0] + grid.spacing * points[::2]
        self._weights = cubic_weights(grid.n_nodes, points)

    def __call__(self, log_masses: Floats, uniform: Floats) -> Floats:
        """θ by row, (n,), from log masses (n, Q) of any sum."""
        n = np.arange(len(log_masses))
        density = log_masses @ self._weights
        density -= density.max(axis=1, keepdims=True)
        np.exp(density, out=density)
        low, high = density[:, :-1:2], density[:, 2::2]
        up_to = np.cumsum(low + 4 * density[:, 1::2] + high, axis=1)
        target = uniform * up_to[:, -1]
        part = np.minimum((up_to <= target[:, None]).sum(axis=1), up_to.shape[1] - 1)
        before = np.where(part > 0, up_to[n, part - 1], 0.0)
        share = (target - before) / (up_to[n, part] - before)
        d0, d1 = low[n, part], high[n, part]
        # The stable root of d0 x + (d1 − d0) x² / 2 = share (d0 + d1) / 2.
        bottom = d0 + np.sqrt(np.maximum(d0**2 + (d1**2 - d0**2) * share, 0))
        x = np.divide(share * (d0 + d1), bottom, out=share.copy(), where=bottom > 0)
        return np.asarray(self._ends[part] + np.clip(x, 0, 1) * (self._ends[1] - self._ends[0]))


def _log(masses: Floats) -> Floats:
    return np.log(np.maximum(masses, _FLOOR))
