"""Norms from a reference population's answers.

Rule: norms are about abilities, not about estimates. Posterior means vary less than abilities do, and
counting them would make a population look more alike than it is.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from compassess.bank import Norm, Norms
from compassess.bank.norms import norms_problems
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt import Calibration, Population, calibrate
from compassess.irt.expectation import each_chunk
from compassess.irt.lattice import BlockPosterior
from compassess.irt.measurement import Measurement
from compassess.responses import Responses
from compassess.scoring.interpretation import Interpretation, below_composite
from compassess.scoring.usable import refuse_unusable

__all__ = ["norms_from"]

Floats = NDArray[np.float64]

#: Rows of a table: quarters of an SD in −3 … 3; the cubic between them errs by 0.06 of a rank for two humps
#: four of their SDs apart, and by 5e-5 for a lognormal population.
_DEVIATES: Final = np.linspace(-3.0, 3.0, 25)
_FEWEST: Final = 2  # persons: fewer have no SD


def norms_from(
    responses: Responses,
    interpretation: Interpretation,
    *,
    population: str,
    date: str | datetime.date,
    percentiles: Literal["normal", "table"] = "normal",
) -> Norms:
    """The norms of the people who gave these answers to a bank's operational items.

    First the population's own means and covariance of the blocks are estimated by maximum likelihood, the
    items as they are known; under the bank's prior instead everybody would lean towards its N(0, 1) by as
    much as the answers leave open. Under that population, for each dimension u with posterior moments of the
    persons i,

        mean = (1/N) Σ_i E(u | x_i)
        SD²  = (1/N) Σ_i [E(u | x_i) − mean]² + (1/N) Σ_i Var(u | x_i)

    the variance of the posterior means *and* the mean posterior variance. For blocks and composite this
    is the maximum likelihood estimate itself. A table holds (1/N) Σ_i P(u < t | x_i) at t = mean + k SD,
    k = −3, −2.75, … 3, as far as N persons tell anything (0.5/N and more from both ends).

    Standard errors: those of blocks and composite by the delta method from the cross-products of the
    persons' scores. A competency with loading λ hangs on its block's and on what its own answers add,
    Var(mean_c) = λ² Var(mean_b) + Var_i(E(θ_c − λ θ_b | x_i)) / N, likewise for the variance.

    Parameters
    ----------
    population : who they are, in a few words; it is printed in conclusions.
    date : when they were tested.
    percentiles : "normal" takes ranks from mean and SD; "table" adds tables of percentile ranks, for a
        population that is not normal.

    Limits: a competency with λ < 1 and few items of its own leans towards its block, and a table towards
    the normal distribution, by as much as answers leave open. Persons without answers are left out.

    Raises
    ------
    InputError : fewer than two persons with answers; a block without answers; a population that the fit
        does not find (all answers alike, for one); a date or name that is none.

    References
    ----------
    Mislevy (1984), Psychometrika 49, 359-381 (latent distributions and their moments); Bock & Aitkin (1981),
    Psychometrika 46, for the step; Kolen & Brennan (2014), ch. 9, for norms.
    """
    known = _with_answers(responses, interpretation)
    fit = _population_fit(known, interpretation)
    measurement = Measurement.create(
        interpretation.measurement.items, population=_population(fit, interpretation)
    )
    found = _posteriors(known, measurement)
    blocks = _linear_norms(found, measurement, np.eye(measurement.lattice.n_blocks), fit)
    (composite,) = _linear_norms(found, measurement, interpretation.composite[None], fit)
    competencies = _competency_norms(found, measurement, blocks)
    if percentiles == "table":
        composite, blocks, competencies = _with_tables(
            found, measurement, interpretation.composite, composite, blocks, competencies
        )
    people = measurement.lattice.population
    norms = Norms(
        population=population,
        date=date if isinstance(date, str) else date.isoformat(),
        n_persons=known.n_persons,
        composite=composite,
        blocks=dict(zip(people.blocks, blocks, strict=True)),
        competencies=dict(zip(people.competencies, competencies, strict=True)),
    )
    raise_if_any(list(norms_problems(norms)))
    return norms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Posteriors:
    """What the posteriors of n persons say.

    Attributes
    ----------
    joint : posterior masses of the blocks, summed over persons, (Q,) * n_blocks.
    own : those of every competency, (n_competencies, Q).
    blocks, competencies : E u and E u² by person and dimension, (2, n, n_dimensions).
    """

    joint: Floats
    own: Floats
    blocks: Floats
    competencies: Floats

    def __add__(self, other: _Posteriors) -> _Posteriors:
        return _Posteriors(
            joint=self.joint + other.joint,
            own=self.own + other.own,
            blocks=np.concatenate([self.blocks, other.blocks], axis=1),
            competencies=np.concatenate([self.competencies, other.competencies], axis=1),
        )


def _with_answers(responses: Responses, interpretation: Interpretation) -> Responses:
    """The answers to items of the bank, of everybody who gave any."""
    ids = [name for name in interpretation.measurement.items.ids if name in set(responses.items)]
    items = interpretation.measurement.items
    refuse_unusable(responses, items.ids)
    known = responses.select_items(ids)
    known = known.select_persons(known.answered(ids))
    told = known.n_answers_per_item > 0
    there = {name for name, answered in zip(ids, told.tolist(), strict=True) if answered}
    blocks = {block for name, block in zip(items.ids, items.blocks, strict=True) if name in there}
    problems = [
        Problem(where=f"responses, block {block!r}", what="nobody answered an item of this block")
        for block in items.population.blocks
        if block not in blocks
    ]
    if known.n_persons < _FEWEST:
        problems.append(
            Problem(
                where="responses",
                what="too few persons with answers for norms",
                got=str(known.n_persons),
                expected=f"{_FEWEST} or more",
            )
        )
    raise_if_any(problems)
    return known


def _population_fit(responses: Responses, interpretation: Interpretation) -> Calibration:
    """The population's own means and covariance of the blocks, the items and λ as they are known."""
    items = interpretation.measurement.items.select(list(responses.items))
    people = items.population
    fit = calibrate(
        responses,
        dict(zip(items.ids, items.models, strict=True)),
        blocks=dict(zip(items.ids, items.blocks, strict=True)),
        competencies=dict(zip(items.ids, items.competencies, strict=True)),
        loadings={
            name: loading
            for name, loading in zip(people.competencies, people.loadings.tolist(), strict=True)
            if name in items.competencies
        },
        fixed=items,
        standard_errors="crossprod",
    )
    if not fit.converged:
        raise InputError(
            Problem(
                where="responses",
                what="the norm population's means and variances cannot be found",
                got=fit.status,
                remedy="Norms need persons who differ, and enough of them.",
            )
        )
    return fit


def _population(fit: Calibration, interpretation: Interpretation) -> Population:
    """The bank's blocks and competencies with the means and covariance that were found."""
    people, found = interpretation.lattice.population, fit.items.population
    order = [found.blocks.index(name) for name in people.blocks]
    homes = [people.blocks[block] for block in people.block_of.tolist()]
    return Population.create(
        people.blocks,
        correlation=found.correlation[np.ix_(order, order)],
        competencies=dict(zip(people.competencies, homes, strict=True)),
        loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
        mean=found.mean[order],
        standard_deviation=np.sqrt(np.diag(found.covariance))[order],
    )


def _posteriors(responses: Responses, measurement: Measurement) -> _Posteriors:
    lattice, theta = measurement.lattice, measurement.lattice.grid.theta
    powers = np.stack([theta, theta**2], axis=1)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> _Posteriors:
        del persons
        own = lattice.carrier_posteriors(likelihood, posterior)[:, lattice.carrier_of_competency]
        return _Posteriors(
            joint=lattice.expected_joint(posterior, np.ones(len(own))),
            own=own.sum(axis=0),
            blocks=np.moveaxis(posterior.blocks @ powers, -1, 0),
            competencies=np.moveaxis(own @ powers, -1, 0),
        )

    design = measurement.design(responses)
    return reduce(_Posteriors.__add__, each_chunk(chunk, design, lattice, measurement.table))


def _linear_norms(
    found: _Posteriors, measurement: Measurement, weights: Floats, fit: Calibration
) -> list[Norm]:
    """Of weighted sums vᵀθ of the blocks, a row of weights each: moments of the average posterior."""
    lattice = measurement.lattice
    masses = found.joint / found.joint.sum()
    nodes = np.stack(np.meshgrid(*[lattice.grid.theta] * lattice.n_blocks, indexing="ij")).reshape(
        lattice.n_blocks, -1
    )
    mean = nodes @ masses.ravel()
    centred = nodes - mean[:, None]
    covariance = (centred * masses.ravel()) @ centred.T
    errors = _block_errors(fit, lattice.population.blocks)
    norms = []
    for v in weights:
        sd = float(np.sqrt(v @ covariance @ v))
        mean_error, variance_error = np.sqrt(_variances(v, errors))
        norms.append(
            Norm(
                mean=float(v @ mean),
                standard_deviation=sd,
                mean_se=float(mean_error),
                standard_deviation_se=float(variance_error) / (2.0 * sd),
            )
        )
    return norms


def _block_errors(fit: Calibration, blocks: Sequence[str]) -> dict[str, Floats]:
    """Covariances of the estimates: of means by blocks, of covariances by pairs of them."""
    found = fit.items.population.blocks
    assert fit.covariance is not None  # the fit was asked for standard errors
    matrix, n = fit.covariance.matrix, len(found)
    order = [found.index(name) for name in blocks]
    # The estimates stand as means, then the lower triangle of the covariance row by row.
    place = np.zeros((n, n), dtype=np.intp)
    rows, columns = np.tril_indices(n)
    place[rows, columns] = place[columns, rows] = n + np.arange(rows.size)
    pairs = place[np.ix_(order, order)].ravel()
    return {"mean": matrix[np.ix_(order, order)], "covariance": matrix[np.ix_(pairs, pairs)]}


def _variances(v: Floats, errors: Mapping[str, Floats]) -> tuple[float, float]:
    """Var(vᵀ mean) and Var(vᵀ covariance v) by the delta method; both are linear in the estimates."""
    square = np.outer(v, v).ravel()
    return float(v @ errors["mean"] @ v), float(square @ errors["covariance"] @ square)


def _competency_norms(found: _Posteriors, measurement: Measurement, blocks: Sequence[Norm]) -> list[Norm]:
    people = measurement.lattice.population
    n_persons = found.blocks.shape[1]
    norms = []
    for c, (block, loading) in enumerate(
        zip(people.block_of.tolist(), people.loadings.tolist(), strict=True)
    ):
        of_block, home = found.blocks[:, :, block], blocks[block]
        first, second = found.competencies[:, :, c]
        mean = float(first.mean())
        squared = second - 2.0 * mean * first + mean**2
        variance = float(squared.mean())
        home_squared = of_block[1] - 2.0 * home.mean * of_block[0] + home.mean**2
        added = (first - loading * of_block[0]).var() / n_persons
        added_squared = (squared - loading**2 * home_squared).var() / n_persons
        mean_se, sd_se = home.mean_se or 0.0, home.standard_deviation_se or 0.0
        variance_se = 2.0 * home.standard_deviation * sd_se
        norms.append(
            Norm(
                mean=mean,
                standard_deviation=math.sqrt(variance),
                mean_se=math.sqrt(loading**2 * mean_se**2 + added),
                standard_deviation_se=math.sqrt(loading**4 * variance_se**2 + added_squared)
                / (2.0 * math.sqrt(variance)),
            )
        )
    return norms


def _with_tables(
    found: _Posteriors,
    measurement: Measurement,
    weights: Floats,
    composite: Norm,
    blocks: Sequence[Norm],
    competencies: Sequence[Norm],
) -> tuple[Norm, list[Norm], list[Norm]]:
    """The same norms with tables of the average P(u < t | x)."""
    grid, n_persons = measurement.lattice.grid, found.blocks.shape[1]
    joint, own = found.joint / n_persons, found.own / n_persons

    def of_masses(norm: Norm, masses: Floats) -> Norm:
        points = _points(norm)
        return _tabled(norm, points, grid.below(points) @ masses, n_persons)

    points = _points(composite)
    below = below_composite(grid, weights, points).reshape(points.size, -1) @ joint.ravel()
    alone = [
        joint.sum(axis=tuple(axis for axis in range(joint.ndim) if axis != block))
        for block in range(joint.ndim)
    ]
    return (
        _tabled(composite, points, below, n_persons),
        [of_masses(norm, masses) for norm, masses in zip(blocks, alone, strict=True)],
        [of_masses(norm, masses) for norm, masses in zip(competencies, own, strict=True)],
    )


def _points(norm: Norm) -> Floats:
    return norm.mean + norm.standard_deviation * _DEVIATES


def _tabled(norm: Norm, points: Floats, below: Floats, n_persons: int) -> Norm:
    """Rows that N persons tell something about; ripples of the grid are not let fall."""
    edge = 0.5 / n_persons
    kept = (below >= edge) & (below <= 1.0 - edge)
    kept &= np.concatenate([[True], below[1:] > np.maximum.accumulate(below)[:-1]])
    if kept.sum() < _FEWEST:
        return norm
    return replace(norm, theta=tuple(points[kept].tolist()), below=tuple(below[kept].tolist()))
