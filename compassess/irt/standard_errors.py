"""Standard errors from the cross-products of the persons' scores (the empirical information).

Letters: ξ all free parameters, s_p = ∂ log L_p / ∂ξ = E(complete-data score | answers of p) by
Fisher's identity; the information is Σ_p s_p s_pᵀ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.em import Fit, Parameters
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.layout import irt_columns
from compassess.irt.maximisation import ItemParameters
from compassess.irt.models import Columns, Family, Form, model_named

__all__ = [
    "ParameterErrors",
    "crossproduct_information",
    "inverse_information",
    "parameter_errors",
    "reference_moments",
]

Floats = NDArray[np.float64]

_SINGULAR: Final = (
    1e-10  # of an information with a unit diagonal: an error 100,000 times that of a parameter alone
)
_TOUCHED: Final = 1e-3  # share of an undetermined direction; rounding leaves less than 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterErrors:
    """Standard errors in the IRT metric, shaped like the parameters; NaN where there is none.

    ``a``, ``b``, ``c``, ``d``, ``slopes``, ``intercepts`` as in :class:`Items`; ``loadings``
    (n_competencies,) and ``correlation`` (n_blocks, n_blocks) those of λ and R (covariances where the
    variance of a block is free); ``means`` (n_groups, n_blocks) and ``covariances``
    (n_groups, n_blocks, n_blocks) those of the groups, the reference first.
    """

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    slopes: Floats
    intercepts: Floats
    loadings: Floats
    correlation: Floats
    means: Floats
    covariances: Floats

    def columns(self, names: Sequence[str]) -> dict[str, Floats]:
        """``se_`` columns for the parameters among ``names``, as in a frame of items."""
        width = self.b.shape[1]
        known = {"a": self.a, "c": self.c, "d": self.d}
        known |= {"b" if width == 1 else f"b{k + 1}": self.b[:, k] for k in range(width)}
        known |= {f"a{k + 1}": column for k, column in enumerate(self.slopes.T)}
        known |= {f"c{k + 1}": column for k, column in enumerate(self.intercepts.T)}
        return {f"se_{name}": known[name] for name in names if name in known}


def crossproduct_information(
    design: Design,
    lattice: Lattice,
    table: Floats,
    gradients: tuple[Floats, ...],
    forms: Sequence[Form],
    *,
    free: tuple[int, ...] = (),
    free_variance: NDArray[np.bool_] | None = None,
) -> Floats:
    """Σ_p s_p s_pᵀ, (n_parameters, n_parameters): items by batch (σ, then β), the population, then λ.

    Parameters
    ----------
    gradients : ∂ log P by batch, (n_items, n_parameters, K, n_nodes); ``forms`` what of it is free.
    free : competencies with an estimated λ.
    free_variance : for the reference group, whose population is R below its diagonal and free
        variances; None for another group, with its means and its covariances.

    References
    ----------
    Louis (1982), JRSS B 44, eq. 3.1; Bock & Lieberman (1970).
    """

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        masses = lattice.carrier_posteriors(likelihood, posterior)
        scores = np.column_stack(
            [
                *_item_scores(design, persons, masses, gradients, forms),
                _moment_scores(lattice, posterior, free_variance),
                _loading_scores(lattice, likelihood, masses, posterior, free),
            ]
        )
        return np.asarray(scores.T @ scores)

    return np.asarray(sum(over_persons(chunk, design, lattice, table)))


def _item_scores(
    design: Design,
    persons: slice,
    masses: Floats,
    gradients: tuple[Floats, ...],
    forms: Sequence[Form],
) -> list[Floats]:
    """Scores of the free parameters of the items, by batch those of σ and of β."""
    layout, result = design.layout, []
    for batch, gradient, form in zip(layout.batches, gradients, forms, strict=True):
        scores = np.zeros((masses.shape[0], *gradient.shape[:2]))
        for item, rows in enumerate(batch.rows):
            carrier = layout.carrier_of_item[batch.items[item]]
            expected = masses[:, carrier] @ gradient[item].reshape(-1, masses.shape[2]).T
            answered = design.indicators(persons, int(carrier), rows)
            by_category = expected.reshape(masses.shape[0], gradient.shape[1], -1)
            scores[:, item] = np.einsum("npk,nk->np", by_category, answered)
        result.append(scores.sum(axis=1) @ form.shared)
        result.append((scores @ form.own).reshape(masses.shape[0], -1))
    return result


def _moment_scores(
    lattice: Lattice, posterior: BlockPosterior, free_variance: NDArray[np.bool_] | None
) -> Floats:
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
    every = np.ones(n_blocks, dtype=np.bool_)
    rows, columns = reference_moments(every if free_variance is None else free_variance)
    scores = scores[:, rows, columns] * np.where(rows == columns, 0.5, 1.0)
    return scores if free_variance is not None else np.column_stack([first @ inverse, scores])


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
    variance: Floats, fit: Fit, parameters: Parameters, category_of: NDArray[np.intp]
) -> ParameterErrors:
    """Carry the covariance of the free parameters to the IRT metric by the delta method.

    ``variance`` holds items by batch (σ, then β), the reference's moments, λ, then for every further
    group its means and covariances; NaN where a parameter is not determined.
    """
    by_batch, start = [], 0
    for batch, form, free, xi in zip(
        fit.layout.batches, fit.forms, parameters.items, fit.xi(parameters), strict=True
    ):
        family = model_named(batch.model).family
        by_batch.append(_batch_errors(family, form, free, xi, variance, start))
        start += free.shared.size + free.own.size
    columns = irt_columns(fit.layout, category_of, by_batch)
    n_groups, n_blocks = parameters.means.shape
    own, triangle = reference_moments(fit.free_variance), np.tril_indices(n_blocks)
    sizes = [own[0].size, len(fit.free), *[n_blocks, triangle[0].size] * (n_groups - 1)]
    pieces = np.split(np.sqrt(np.diag(variance)[start:]), np.cumsum(sizes)[:-1])
    loadings = np.full(parameters.loadings.size, np.nan)
    loadings[list(fit.free)] = pieces[1]
    reference = _mirrored(n_blocks, own, pieces[0])
    return ParameterErrors(
        a=columns["a"],
        b=columns["b"],
        c=columns["c"],
        d=columns["d"],
        slopes=columns["slopes"],
        intercepts=columns["intercepts"],
        loadings=loadings,
        correlation=reference,
        means=np.stack([np.full(n_blocks, np.nan), *pieces[2::2]]),
        covariances=np.stack([reference, *[_mirrored(n_blocks, triangle, x) for x in pieces[3::2]]]),
    )


def _batch_errors(
    family: Family, form: Form, free: ItemParameters, xi: Floats, variance: Floats, start: int
) -> Columns:
    """Errors of a batch's IRT parameters; 0 (fixed) becomes NaN."""
    n_shared, n_own = free.shared.size, free.own.shape[1]
    basis = np.column_stack([form.shared, form.own])
    jacobians = family.to_irt_jacobian(xi) @ basis
    errors = np.full(jacobians.shape[:2], np.nan)
    for row, jacobian in enumerate(jacobians):
        first = start + n_shared + row * n_own
        places = np.concatenate([np.arange(start, start + n_shared), np.arange(first, first + n_own)])
        block = jacobian @ variance[np.ix_(places, places)] @ jacobian.T
        fixed = ~np.any(jacobian, axis=1)
        errors[row] = np.where(fixed, np.nan, np.sqrt(np.maximum(np.diag(block), 0.0)))
    widths = [(name, values.shape[1]) for name, values in family.to_irt(xi).items()]
    ends = np.cumsum([width for _, width in widths])
    return {
        name: errors[:, end - width : end] for (name, width), end in zip(widths, ends.tolist(), strict=True)
    }


def reference_moments(free_variance: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the reference's free (co)variances: below the diagonal, and free variances."""
    rows, columns = np.tril_indices(free_variance.size)
    keep = (rows != columns) | free_variance[rows]
    return rows[keep], columns[keep]


def _mirrored(n: int, places: tuple[NDArray[np.intp], NDArray[np.intp]], values: Floats) -> Floats:
    """A symmetric matrix with ``values`` at ``places`` and NaN elsewhere."""
    matrix = np.full((n, n), np.nan)
    matrix[places] = values
    matrix[places[1], places[0]] = values
    return matrix


def inverse_information(information: Floats) -> Floats:
    """The inverse of a positive semidefinite matrix; NaN in the rows that its null space touches.

    A parameter that the information does not determine has no error; the others keep theirs.
    """
    scale = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    told = values > _SINGULAR
    inverse = (vectors[:, told] / values[told]) @ vectors[:, told].T / np.outer(scale, scale)
    untold = np.abs(vectors[:, ~told]).max(axis=1, initial=0.0) > _TOUCHED
    inverse[untold] = inverse[:, untold] = np.nan
    return np.asarray(inverse)
