"""Standard errors from the cross-products of the persons' scores (the empirical information).

Letters: ξ all free parameters, s_p = ∂ log L_p / ∂ξ = E(complete-data score | answers of p) by
Fisher's identity; the information is Σ_p s_p s_pᵀ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.layout import Layout
from compassess.irt.models import model_named
from compassess.irt.population import Population

__all__ = ["ParameterErrors", "crossproduct_information", "parameter_errors"]

Floats = NDArray[np.float64]

_SINGULAR: Final = (
    1e-10  # of an information with a unit diagonal: an error 100,000 times that of a parameter alone
)
_TOUCHED: Final = 1e-3  # share of an undetermined direction; rounding leaves less than 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterErrors:
    """Standard errors in the IRT metric: ``a`` (n_items,), ``b`` (n_items, max K − 1); NaN where none.

    ``loadings`` (n_competencies,) and ``correlation`` (n_blocks, n_blocks) hold those of λ and R;
    ``means`` (n_groups, n_blocks) and ``covariances`` (n_groups, n_blocks, n_blocks) those of the
    groups, the reference first. NaN where fixed.
    """

    a: Floats
    b: Floats
    loadings: Floats
    correlation: Floats
    means: Floats
    covariances: Floats


def crossproduct_information(
    design: Design,
    lattice: Lattice,
    table: Floats,
    gradients: tuple[Floats, ...],
    free: tuple[int, ...],
    *,
    free_moments: bool = False,
) -> Floats:
    """Σ_p s_p s_pᵀ, (n_parameters, n_parameters): items by batch, then the population, then λ.

    The population of the reference group is R below its diagonal; that of a group with
    ``free_moments`` is its means and its covariances on and below the diagonal.

    Parameters
    ----------
    gradients : ∂ log P by batch, (n_items, n_parameters, K, n_nodes).
    free : competencies with an estimated λ.

    References
    ----------
    Louis (1982), JRSS B 44, eq. 3.1; Bock & Lieberman (1970).
    """

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        masses = lattice.carrier_posteriors(likelihood, posterior)
        scores = np.column_stack(
            [
                *_item_scores(design, persons, masses, gradients),
                _moment_scores(lattice, posterior, free_moments),
                _loading_scores(lattice, likelihood, masses, posterior, free),
            ]
        )
        return np.asarray(scores.T @ scores)

    return np.asarray(sum(over_persons(chunk, design, lattice, table)))


def _item_scores(
    design: Design, persons: slice, masses: Floats, gradients: tuple[Floats, ...]
) -> list[Floats]:
    """Scores of the items, one array a batch, (n, n_items × n_parameters)."""
    layout, result = design.layout, []
    for batch, gradient in zip(layout.batches, gradients, strict=True):
        scores = np.zeros((masses.shape[0], *gradient.shape[:2]))
        for item, rows in enumerate(batch.rows):
            carrier = layout.carrier_of_item[batch.items[item]]
            expected = masses[:, carrier] @ gradient[item].reshape(-1, masses.shape[2]).T
            answered = np.asarray(_dense(design, persons, slice(int(rows[0]), int(rows[-1]) + 1)))
            by_category = expected.reshape(masses.shape[0], gradient.shape[1], -1)
            scores[:, item] = np.einsum("npk,nk->np", by_category, answered)
        result.append(scores.reshape(masses.shape[0], -1))
    return result


def _dense(design: Design, persons: slice, rows: slice) -> Floats:
    found = design.indicators(persons, rows)
    return found if isinstance(found, np.ndarray) else found.toarray()


def _moment_scores(lattice: Lattice, posterior: BlockPosterior, free_moments: bool) -> Floats:
    """Scores of the population, from S_p = E((θ − μ)(θ − μ)ᵀ | answers) and Σ.

    ∂/∂σ_ij = (Σ⁻¹ S_p Σ⁻¹ − Σ⁻¹)_ij for i > j, half of it for i = j; ∂/∂μ = Σ⁻¹ E(θ − μ | answers).
    """
    n_persons, n_blocks = len(posterior.evidence), lattice.n_blocks
    people = lattice.population
    deviation = lattice.grid.theta - people.mean[:, None]
    first = np.einsum("nbq,bq->nb", posterior.blocks, deviation)
    second = np.empty((n_persons, n_blocks, n_blocks))
    for i in range(n_blocks):
        second[:, i, i] = posterior.blocks[:, i] @ deviation[i] ** 2
        for j in range(i):
            second[:, i, j] = second[:, j, i] = (lattice.pair(posterior, j, i) @ deviation[i]) @ deviation[j]
    inverse = np.linalg.inv(people.covariance)
    scores = inverse @ second @ inverse - inverse
    if not free_moments:
        rows, columns = np.tril_indices(n_blocks, -1)
        return np.asarray(scores[:, rows, columns])
    rows, columns = np.tril_indices(n_blocks)
    scores = scores[:, rows, columns] * np.where(rows == columns, 0.5, 1.0)
    return np.column_stack([first @ inverse, scores])


def _loading_scores(
    lattice: Lattice, likelihood: Floats, masses: Floats, posterior: BlockPosterior, free: tuple[int, ...]
) -> Floats:
    """∂/∂λ of the expected log N(θ_c; λ θ_b, 1 − λ²), (n, number of free loadings)."""
    theta, columns = lattice.grid.theta, []
    for competency in free:
        index = int(lattice.carrier_of_competency[competency])
        block = posterior.blocks[:, lattice.carriers[index].block]
        loading = float(lattice.population.loadings[competency])
        rest = 1.0 - loading**2
        cc = masses[:, index] @ theta**2
        bb = block @ theta**2
        cb = (block * lattice.conditional_mean(index, likelihood, posterior)) @ theta
        residual = cc - 2 * loading * cb + loading**2 * bb
        columns.append(loading / rest + (cb - loading * bb) / rest - loading * residual / rest**2)
    return np.column_stack(columns) if columns else np.empty((len(posterior.evidence), 0))


def parameter_errors(
    information: Floats,
    layout: Layout,
    parameters: tuple[Floats, ...],
    thresholds: NDArray[np.bool_],
    people: Population,
    free: tuple[int, ...],
    n_groups: int = 1,
) -> ParameterErrors:
    """Invert the information and carry it to the IRT metric by the delta method.

    ``information`` holds items by batch, R below its diagonal, λ, then for every further group its
    means and covariances. ``thresholds`` tells which places of (n_items, max K − 1) hold a threshold.
    A parameter that the information does not determine has the error NaN; the others keep theirs.
    """
    variance = _inverse(information)
    a, b = np.full(thresholds.shape[0], np.nan), np.full(thresholds.shape, np.nan)
    start = 0
    for batch, xi in zip(layout.batches, parameters, strict=True):
        jacobian, width = model_named(batch.model).to_irt_jacobian(xi), xi.shape[1]
        for row, item in enumerate(batch.items):
            places = slice(start + row * width, start + (row + 1) * width)
            covariance = jacobian[row] @ variance[places, places] @ jacobian[row].T
            errors = np.sqrt(np.diag(covariance))
            a[item], b[item, thresholds[item]] = errors[0], errors[1:]
        start += xi.size
    n_blocks = people.n_blocks
    below, triangle = np.tril_indices(n_blocks, -1), np.tril_indices(n_blocks)
    sizes = [below[0].size, len(free), *[n_blocks, triangle[0].size] * (n_groups - 1)]
    pieces = np.split(np.sqrt(np.diag(variance)[start:]), np.cumsum(sizes)[:-1])
    loadings = np.full(people.n_competencies, np.nan)
    loadings[list(free)] = pieces[1]
    correlation = _mirrored(n_blocks, below, pieces[0])
    unknown = np.full(n_blocks, np.nan)
    return ParameterErrors(
        a=a,
        b=b,
        loadings=loadings,
        correlation=correlation,
        means=np.stack([unknown, *pieces[2::2]]),
        covariances=np.stack([correlation, *[_mirrored(n_blocks, triangle, x) for x in pieces[3::2]]]),
    )


def _mirrored(n: int, places: tuple[NDArray[np.intp], NDArray[np.intp]], values: Floats) -> Floats:
    """A symmetric matrix with ``values`` at ``places`` and NaN elsewhere."""
    matrix = np.full((n, n), np.nan)
    matrix[places] = values
    matrix[places[1], places[0]] = values
    return matrix


def _inverse(information: Floats) -> Floats:
    """The inverse of a positive semidefinite matrix; NaN in the rows that its null space touches."""
    scale = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    told = values > _SINGULAR
    inverse = (vectors[:, told] / values[told]) @ vectors[:, told].T / np.outer(scale, scale)
    untold = np.abs(vectors[:, ~told]).max(axis=1, initial=0.0) > _TOUCHED
    inverse[untold] = inverse[:, untold] = np.nan
    return np.asarray(inverse)
