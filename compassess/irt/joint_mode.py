"""The joint posterior mode of blocks and competencies (MAP), for many persons at once.

Letters. θ all dimensions of a person, the blocks and then every competency with λ < 1; m and K mean and
precision of their multivariate normal prior; L_d the likelihood of the answers that hang on dimension d.
The mode maximises Σ_d log L_d(θ_d) − ½ (θ − m)ᵀ K (θ − m). With θ_c | θ_b ~ N(λ θ_b, 1 − λ²) the
precision K is Σ⁻¹ among blocks, plus 1 / (1 − λ²) · (1, −λ; −λ, λ²) for each competency and its block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.cells import Answers, Curves, Sheet, Slopes
from compassess.irt.chunks import chunk_size, map_chunks
from compassess.irt.dimensions import dimension_of_carrier
from compassess.irt.estimates import RANK, Ranks
from compassess.irt.lattice import Lattice
from compassess.irt.point_estimates import INFORMATION

__all__ = ["Modes", "joint_modes"]

Floats = NDArray[np.float64]

_MOST_STEPS: Final = 200
_CONVERGED: Final = 1e-12  # gᵀ H⁻¹ g, the square of the next step in posterior SD; it is the last one
_ENOUGH: Final = 1e-4  # of the rise that the slope promises (Armijo)
_ROUNDING: Final = 1e-13  # of log L, summed over many answers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Modes:
    """``theta`` and ``se`` (n_persons, n_dimensions): blocks, then competencies with λ < 1; ``status``."""

    theta: Floats
    se: Floats
    status: Ranks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prior:
    """``mean`` (n_dimensions,), ``precision``; ``dimension`` of each carrier, (n_carriers,)."""

    mean: Floats
    precision: Floats
    dimension: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ascent:
    """Where persons stand, and where to go.

    ``theta`` and the Newton ``step`` H⁻¹ g (n, n_dimensions); ``value`` the log posterior and ``decrement``
    gᵀ H⁻¹ g, twice the rise that the step promises, (n,).
    """

    theta: Floats
    value: Floats
    step: Floats
    decrement: Floats

    def only(self, which: NDArray[np.bool_]) -> _Ascent:
        return _Ascent(**{name: getattr(self, name)[which] for name in self.__slots__})

    def replaced_by(self, other: _Ascent, where: NDArray[np.bool_]) -> _Ascent:
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in self.__slots__]
        return _Ascent(**{n: np.where(where[:, None] if a.ndim == 2 else where, b, a) for n, a, b in pairs})


def joint_modes(sheet: Sheet, curves: Curves, lattice: Lattice, table: Floats, information: str) -> Modes:
    """The highest mode of every person's joint posterior, from the highest node of the grid by Newton steps.

    ``table`` is log P on the lattice's nodes, (n_rows, n_nodes). SE: the square roots of the diagonal of
    H⁻¹, H = K + the ``information`` of the answers, observed or expected. Persons without answers get m
    and the prior's SD. Where the observed H is not positive definite the step is taken with the expected
    one; steps that do not rise are halved.
    """
    prior = _prior(lattice)

    def start(persons: slice) -> Floats:
        shape = (persons.stop - persons.start, sheet.n_carriers, lattice.grid.n_nodes)
        return _highest_node(sheet.sums(persons, table).reshape(shape), lattice)

    nodes = lattice.grid.n_nodes ** max(lattice.n_blocks, 2)
    starts = np.concatenate(list(map_chunks(start, sheet.n_persons, chunk_size(nodes))))

    def chunk(persons: slice) -> Modes:
        return _climb(curves.answers(sheet, persons), prior, starts[persons], information)

    size = chunk_size(max(sheet.floats_per_person, 8 * prior.mean.size**2))
    parts = list(map_chunks(chunk, sheet.n_persons, size))
    return Modes(
        theta=np.concatenate([part.theta for part in parts]),
        se=np.concatenate([part.se for part in parts]),
        status=np.concatenate([part.status for part in parts]),
    )


def _prior(lattice: Lattice) -> _Prior:
    people, n_blocks = lattice.population, lattice.n_blocks
    own = [carrier for carrier in lattice.carriers if carrier.transition is not None]
    mean = np.concatenate([people.mean, np.zeros(len(own))])
    precision = np.zeros((mean.size, mean.size))
    precision[:n_blocks, :n_blocks] = np.linalg.inv(people.covariance)
    for place, carrier in enumerate(own, start=n_blocks):
        loading = people.loadings[carrier.competency]
        mean[place] = loading * people.mean[carrier.block]
        pair = np.array([carrier.block, place])
        precision[np.ix_(pair, pair)] += np.outer([-loading, 1.0], [-loading, 1.0]) / (1.0 - loading**2)
    return _Prior(mean=mean, precision=precision, dimension=dimension_of_carrier(lattice))


def _highest_node(log_likelihood: Floats, lattice: Lattice) -> Floats:
    """θ at the node of the joint grid where the posterior is highest, (n, n_dimensions).

    Given its block a competency is alone, so that its best node is sought for each node of the block; from
    the sums only the blocks meet.
    """
    theta, n, n_nodes = lattice.grid.theta, len(log_likelihood), lattice.grid.n_nodes
    blocks = np.zeros((n, lattice.n_blocks, n_nodes))
    best = []
    for index, carrier in enumerate(lattice.carriers):
        if carrier.transition is None:
            blocks[:, carrier.block] += log_likelihood[:, index]
            continue
        loading = lattice.population.loadings[carrier.competency]
        density = -0.5 * (theta[:, None] - loading * theta) ** 2 / (1.0 - loading**2)
        given_block = log_likelihood[:, index, :, None] + density
        best.append((carrier.block, given_block.argmax(axis=1)))
        blocks[:, carrier.block] += given_block.max(axis=1)
    joint = np.log(lattice.prior).reshape((1,) + (n_nodes,) * lattice.n_blocks)
    for block in range(lattice.n_blocks):
        shape = [n] + [1] * lattice.n_blocks
        shape[1 + block] = n_nodes
        joint = joint + blocks[:, block].reshape(shape)
    flat = joint.reshape(n, n_nodes**lattice.n_blocks)
    places = np.unravel_index(flat.argmax(axis=1), joint.shape[1:])
    columns = [*places, *(own[np.arange(n), places[block]] for block, own in best)]
    return theta[np.stack(columns, axis=1)]


def _climb(answers: Answers, prior: _Prior, start: Floats, information: str) -> Modes:
    """Newton steps from ``start`` until nobody moves any more.

    The last step is taken unseen: it is 1e-6 posterior SD long, and leaves an error of about its square.
    """
    theta, active, share = start.copy(), np.arange(len(start)), np.ones(len(start))
    here = _look(answers, prior, start)
    for _ in range(_MOST_STEPS):
        going = here.decrement >= _CONVERGED
        theta[active[~going]] = (here.theta + here.step)[~going]
        active, share, here = active[going], share[going], here.only(going)
        if not active.size:
            break
        there = here.theta + share[:, None] * here.step
        trial = _look(answers.only(_lines(active, prior.dimension.size)), prior, there)
        slack = _ROUNDING * (1 + np.abs(here.value))
        rises = trial.value >= here.value + _ENOUGH * share * here.decrement - slack
        here = here.replaced_by(trial, rises)
        theta[active] = here.theta
        share = np.where(rises, 1.0, share / 2)
    converged = np.ones(len(start), dtype=np.bool_)
    converged[active] = False
    return _modes(_look_around(answers, prior, theta), prior, theta, converged, information)


def _look(answers: Answers, prior: _Prior, theta: Floats) -> _Ascent:
    """The log posterior at ``theta``, and the Newton step from there."""
    slopes = _look_around(answers, prior, theta)
    pull = (theta - prior.mean) @ prior.precision
    gradient = _by_dimension(slopes.score, prior, theta) - pull
    value = _by_dimension(slopes.log_likelihood, prior, theta).sum(axis=1)
    curvature, concave = _curvature(prior, _by_dimension(-slopes.curvature, prior, theta))
    if not concave.all():
        expected = _by_dimension(slopes.information, prior, theta)[~concave]
        curvature[~concave] = _curvature(prior, expected)[0]
    step = np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0], dtype=np.float64)
    return _Ascent(
        theta=theta,
        value=value - 0.5 * np.einsum("nd,nd->n", theta - prior.mean, pull),
        step=step,
        decrement=np.einsum("nd,nd->n", gradient, step),
    )


def _look_around(answers: Answers, prior: _Prior, theta: Floats) -> Slopes:
    return answers.at(theta[:, prior.dimension].ravel())


def _by_dimension(by_line: Floats, prior: _Prior, theta: Floats) -> Floats:
    """Sums by line laid out by person and dimension, 0 where a dimension has no answers of its own."""
    laid_out = np.zeros_like(theta)
    laid_out[:, prior.dimension] = by_line.reshape(len(theta), prior.dimension.size)
    return laid_out


def _curvature(prior: _Prior, information: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """H = K + information, (n, d, d), and where it is positive definite, (n,)."""
    own = np.arange(prior.mean.size)
    curvature = np.repeat(prior.precision[None], len(information), axis=0)
    curvature[:, own, own] += information
    concave = np.ones(len(information), dtype=np.bool_)
    doubtful = np.flatnonzero((information < 0).any(axis=1))
    if doubtful.size:
        concave[doubtful] = np.linalg.eigvalsh(curvature[doubtful])[:, 0] > 0
    return curvature, concave


def _lines(persons: NDArray[np.intp], n_carriers: int) -> NDArray[np.intp]:
    return (persons[:, None] * n_carriers + np.arange(n_carriers)).ravel()


def _modes(
    slopes: Slopes, prior: _Prior, theta: Floats, converged: NDArray[np.bool_], information: str
) -> Modes:
    """Modes with their standard errors; NaN where the observed H is not positive definite."""
    curvature, concave = _curvature(prior, _by_dimension(INFORMATION[information](slopes), prior, theta))
    variance = np.full_like(theta, np.nan)
    variance[concave] = np.diagonal(np.linalg.inv(curvature[concave]), axis1=1, axis2=2)
    status = np.where(concave, RANK["ok"], RANK["not_concave"])
    status = np.where(converged, status, RANK["not_converged"])
    return Modes(theta=theta, se=np.sqrt(variance), status=status.astype(np.int8))
