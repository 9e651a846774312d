r"""How sharply the likelihood bends: the information of complete data less what missing abilities cost.

By Louis' identity the observed information is, at the estimates,

    I = E(−∂² log p(x, θ) / ∂φ²) − Σ_p Cov(s_p, s_p),    s_p = ∂ log p(x_p, θ) / ∂φ under the posterior of p.

For steps uphill a close and cheap stand-in is enough. Under each posterior every s is replaced by its linear
part in θ, s ≈ β (θ − m), β = Cov(s, θ) / Var θ: then the second term is Σ_p β_p C_p β_pᵀ, with C_p the
posterior covariances of all dimensions, plus what two quadratic scores of the population have in common
under a normal posterior, 2 tr(M C M′ C) for sᵢ = θᵀ M θ. What a projection leaves out makes the stand-in
larger than I, never smaller: its steps are between those of EM and of Newton, and go up.

References
----------
Louis (1982), JRSS B 44, eq. 3.2; Orchard & Woodbury (1972) for the principle of missing information.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.design import Design
from compassess.irt.estimation.em import item_problems
from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.maximisation import scoring_parts
from compassess.irt.estimation.scores import ItemScores, add_by_place
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Floats

__all__ = ["complete_information", "missing_information"]


def complete_information(fit: Fit, evaluation: Evaluation) -> Floats:
    """The expected information of complete data under the expected counts, (n_parameters, n_parameters)."""
    space, phi = fit.space, evaluation.phi
    result = np.zeros((space.n_parameters,) * 2)
    for problem in item_problems(fit, evaluation.total.counts):
        if problem.form.places.size:
            rows = problem.form.places
            np.add.at(result, (rows[:, :, None], rows[:, None, :]), scoring_parts(problem, phi)[1])
    loadings = space.loadings(phi)[list(space.free_loadings)]
    start, n_persons = space.loading_places.start, fit.total
    for offset, loading in enumerate(loadings.tolist()):
        result[start + offset, start + offset] = n_persons * (1 + loading**2) / (1 - loading**2) ** 2
    for group, design in enumerate(fit.designs):
        inverse = np.linalg.inv(space.covariance(phi, group))
        free, places = space.free_mean[group], space.mean_places(group)
        result[places, places] = design.total * inverse[np.ix_(free, free)]
        units = [_unit(i, j, len(inverse)) for i, j in zip(*space.moments(group), strict=True)]
        turned = np.array([inverse @ unit for unit in units]).reshape(-1, *inverse.shape)
        places = space.covariance_places(group)
        result[places, places] = 0.5 * design.total * np.einsum("aij,bji->ab", turned, turned)
    return result


def missing_information(fit: Fit, phi: Floats, dtype: DTypeLike = np.float32) -> Floats:
    """Σ_p Cov(s_p, s_p) with linear scores, (n_parameters, n_parameters); see the top of the file."""
    scores, table = ItemScores(fit, phi, dtype), fit.table(phi)
    total = np.zeros((fit.space.n_parameters,) * 2)
    for group, design in enumerate(fit.designs):
        lattice = fit.lattice(phi, group, dtype)
        forms = _population_forms(fit, phi, lattice, group)
        total += _of_group(design, lattice, table, scores, forms, dtype)
    return (total + total.T) / 2


def _of_group(
    design: Design,
    lattice: Lattice,
    table: Floats,
    scores: ItemScores,
    forms: Sequence[tuple[int, Floats, Floats]],
    dtype: DTypeLike,
) -> Floats:
    """One group's share. ``forms`` are the population's scores, θᵀ M θ + v θ: place, M and v."""
    places = np.array([place for place, _, _ in forms], dtype=np.intp)
    quadratic = np.array([matrix for _, matrix, _ in forms], dtype=dtype)
    linear = np.array([vector for _, _, vector in forms], dtype=dtype)

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        masses = lattice.carrier_posteriors(likelihood, posterior)
        mean, covariance = dimension_moments(lattice, likelihood, posterior, masses)
        n_persons, n_dimensions = mean.shape
        dimension = dimension_of_carrier(lattice)
        spread = np.einsum("ndd->nd", covariance)[:, dimension]
        weights = masses * (
            (lattice.grid.theta - mean[:, dimension, None]) / np.maximum(spread, 1e-12)[..., None]
        ).astype(masses.dtype)
        slopes = np.zeros((n_dimensions, n_persons, scores.n_parameters), dtype=masses.dtype)
        for carrier, where, values in scores.by_part(design, persons, weights):
            add_by_place(slopes[dimension[carrier]], where, values)
        root = _root(covariance).astype(masses.dtype)
        if places.size:
            about = 2 * np.einsum("fij,nj->nfi", quadratic, mean.astype(masses.dtype)) + linear
            slopes[:, :, places] = about.transpose(2, 0, 1)
        if design.frequency is not None:
            root = root * np.sqrt(design.frequency[persons])[:, None, None].astype(masses.dtype)
        result = np.zeros((scores.n_parameters,) * 2)
        for column in range(n_dimensions):
            part = sum(slopes[d] * root[:, d, column, None] for d in range(column, n_dimensions))
            result += part.T @ part
        if places.size:
            bent = root.transpose(0, 2, 1)[:, None] @ quadratic @ root[:, None]
            flat = bent.reshape(n_persons, places.size, -1).transpose(1, 0, 2).reshape(places.size, -1)
            if design.frequency is not None:  # the root of the frequency stands in it twice
                flat = flat / np.repeat(np.sqrt(design.frequency[persons]), n_dimensions**2)
            result[np.ix_(places, places)] += 2 * flat @ flat.T
        return result

    return np.asarray(sum(over_persons(chunk, design, lattice, table, dtype)))


def dimension_of_carrier(lattice: Lattice) -> NDArray[np.intp]:
    """Dimensions are the blocks, then the carriers with a transition; (n_carriers,)."""
    place = np.empty(lattice.n_carriers, dtype=np.intp)
    following = lattice.n_blocks
    for index, carrier in enumerate(lattice.carriers):
        if carrier.transition is None:
            place[index] = carrier.block
        else:
            place[index] = following
            following += 1
    return place


def dimension_moments(
    lattice: Lattice, likelihood: Floats, posterior: BlockPosterior, masses: Floats
) -> tuple[Floats, Floats]:
    """Posterior means (n, n_dimensions) and covariances (n, n_dimensions, n_dimensions).

    Given the blocks the other dimensions are independent: Cov(u, v) = Cov(g_u, g_v) with
    g(θ_blocks) = E(dimension | blocks, answers).
    """
    theta, n_blocks = lattice.grid.theta.astype(masses.dtype), lattice.n_blocks
    n_persons = masses.shape[0]
    below = [index for index, carrier in enumerate(lattice.carriers) if carrier.transition is not None]
    block_of = [*range(n_blocks), *(lattice.carriers[index].block for index in below)]
    own = [*(posterior.blocks[:, block] for block in range(n_blocks)), *(masses[:, index] for index in below)]
    mean = np.stack([mass @ theta for mass in own], axis=1).astype(np.float64)
    square = np.stack([mass @ theta**2 for mass in own], axis=1).astype(np.float64)
    given = [
        *[np.broadcast_to(theta, (n_persons, theta.size))] * n_blocks,
        *(lattice.conditional_mean(index, likelihood, posterior).astype(masses.dtype) for index in below),
    ]
    products = np.empty((n_persons, len(own), len(own)))
    of_block = {
        block: (rows, np.stack([given[row] for row in rows], axis=1))
        for block in range(n_blocks)
        for rows in ([row for row, home in enumerate(block_of) if home == block],)
    }
    for first, (rows, g_first) in of_block.items():
        within = (g_first * posterior.blocks[:, first, None]) @ g_first.transpose(0, 2, 1)
        products[:, np.array(rows)[:, None], rows] = within
        for second in range(first + 1, n_blocks):
            columns, g_second = of_block[second]
            across = g_first @ lattice.pair(posterior, first, second) @ g_second.transpose(0, 2, 1)
            products[:, np.array(rows)[:, None], columns] = across
            products[:, np.array(columns)[:, None], rows] = across.transpose(0, 2, 1)
    covariance = products - mean[:, :, None] * mean[:, None, :]
    every = np.arange(len(own))
    covariance[:, every, every] = np.maximum(square - mean**2, 1e-12)
    return mean, covariance


def _root(covariance: Floats) -> Floats:
    """L with L Lᵀ = C, a little widened where rounding has made C less than positive definite."""
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        lifted = vectors * np.sqrt(np.maximum(values, 1e-12))[:, None]
        return np.asarray(np.linalg.qr(lifted.transpose(0, 2, 1)).R.transpose(0, 2, 1))


def _population_forms(
    fit: Fit, phi: Floats, lattice: Lattice, group: int
) -> list[tuple[int, Floats, Floats]]:
    """The complete-data scores of λ and of a group's moments as θᵀ M θ + v θ in the dimensions."""
    space, dimension = fit.space, dimension_of_carrier(lattice)
    n_blocks = lattice.n_blocks
    n_dimensions = n_blocks + sum(carrier.transition is not None for carrier in lattice.carriers)
    forms = []
    for offset, competency in enumerate(space.free_loadings):
        carrier = int(lattice.carrier_of_competency[competency])
        own, block = int(dimension[carrier]), lattice.carriers[carrier].block
        loading = float(space.loadings(phi)[competency])
        rest, matrix = 1.0 - loading**2, np.zeros((n_dimensions,) * 2)
        matrix[own, own] = -loading / rest**2
        matrix[block, block] = -loading / rest - loading**3 / rest**2
        matrix[own, block] = matrix[block, own] = 0.5 / rest + loading**2 / rest**2
        forms.append((space.loading_places.start + offset, matrix, np.zeros(n_dimensions)))
    mean, inverse = space.mean(phi, group), np.linalg.inv(space.covariance(phi, group))
    for place, block in zip(
        range(space.mean_places(group).start, space.mean_places(group).stop),
        np.flatnonzero(space.free_mean[group]).tolist(),
        strict=True,
    ):
        vector = np.zeros(n_dimensions)
        vector[:n_blocks] = inverse[block]
        forms.append((place, np.zeros((n_dimensions,) * 2), vector))
    for place, i, j in zip(
        range(space.covariance_places(group).start, space.covariance_places(group).stop),
        *space.moments(group),
        strict=True,
    ):
        matrix, vector = np.zeros((n_dimensions,) * 2), np.zeros(n_dimensions)
        outer = np.outer(inverse[i], inverse[j]) * (1.0 if i != j else 0.5)
        matrix[:n_blocks, :n_blocks] = (outer + outer.T) / 2
        vector[:n_blocks] = -2 * matrix[:n_blocks, :n_blocks] @ mean
        forms.append((place, matrix, vector))
    return forms


def _unit(i: int, j: int, size: int) -> Floats:
    """∂Σ / ∂σ_ij: ones at (i, j) and (j, i)."""
    unit = np.zeros((size, size))
    unit[i, j] = unit[j, i] = 1.0
    return unit
