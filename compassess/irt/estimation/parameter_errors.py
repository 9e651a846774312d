"""From the information of what is free to the covariance and the standard errors of what is reported.

The covariance V of φ is carried to the IRT metric by the delta method: V_irt = J V Jᵀ, J = ∂ irt / ∂φ. A
direction that the information does not determine gives NaN to all that take part in it, never a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.space import Space
from compassess.irt.layout import irt_columns
from compassess.irt.models import Columns, Floats

__all__ = [
    "Labels",
    "ParameterCovariance",
    "ParameterErrors",
    "inverse_information",
    "parameter_errors",
    "sandwich",
]

# Of an information with a unit diagonal: an error 100,000 times that of a parameter alone.
_SINGULAR: Final = 1e-10
_TOUCHED: Final = 1e-3  # share of an undetermined direction; rounding leaves less than 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterCovariance:
    """The covariance of all estimates in the IRT metric, for linking, DIF and whatever comes after.

    ``names`` tell the row and column of each: (item, parameter, group) with parameters "a", "b1", … "c", "d",
    or for nominal items "a1" … and "c1" …, the group "" for items that are equal in all; ("loading",
    competency, ""), ("mean", block, group) and ("covariance", "block, block", group). Estimates that were
    fixed are left out; NaN where an estimate is not determined.
    """

    names: tuple[tuple[str, str, str], ...]
    matrix: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterErrors:
    """Standard errors in the IRT metric, shaped like the parameters; NaN where there is none.

    ``a``, ``b``, ``c``, ``d``, ``slopes``, ``intercepts`` as in :class:`Items`, of the reference group where
    an item differs between groups; ``loadings`` (n_competencies,) and ``correlation`` (n_blocks, n_blocks)
    those of λ and R (covariances where the variance of a block is free); ``means`` (n_groups, n_blocks) and
    ``covariances`` (n_groups, n_blocks, n_blocks) those of the groups, the reference first. ``covariance``
    holds all of them together.
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
    covariance: ParameterCovariance

    def columns(self, names: Sequence[str]) -> dict[str, Floats]:
        """``se_`` columns for the parameters among ``names``, as in a frame of items."""
        width = self.b.shape[1]
        known = {"a": self.a, "c": self.c, "d": self.d}
        known |= {"b" if width == 1 else f"b{k + 1}": self.b[:, k] for k in range(width)}
        known |= {f"a{k + 1}": column for k, column in enumerate(self.slopes.T)}
        known |= {f"c{k + 1}": column for k, column in enumerate(self.intercepts.T)}
        return {f"se_{name}": known[name] for name in names if name in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What estimates are called: the id and the group ("" for all) of each variant; labels of groups."""

    n_items: int
    item_of_variant: tuple[str, ...]
    group_of_variant: tuple[str, ...]
    groups: tuple[str, ...]


def parameter_errors(
    variance: Floats, fit: Fit, phi: Floats, category_of: NDArray[np.intp], labels: Labels
) -> ParameterErrors:
    """Carry the covariance of φ, (n_parameters, n_parameters), to the IRT metric."""
    space = fit.space
    jacobians = _item_jacobians(fit, phi)
    by_batch = []
    for family, xi, (form, jacobian) in zip(fit.families, space.xi(phi), jacobians, strict=True):
        errors = np.full(jacobian.shape[:2], np.nan)
        if form.places.size:
            own = variance[form.places[:, :, None], form.places[:, None, :]]
            square = np.einsum("jiw,jwv,jiv->ji", jacobian, own, jacobian, optimize=True)
            told = np.any(jacobian, axis=2)
            errors[told] = np.sqrt(np.maximum(square, 0.0))[told]
        by_batch.append(_split(family.to_irt(xi), errors))
    columns = irt_columns(fit.layout, category_of, by_batch)
    n_items = labels.n_items
    own = np.sqrt(np.diag(variance))
    means, covariances = _moment_errors(fit, own)
    loadings = np.full(len(space.loadings_given), np.nan)
    loadings[list(space.free_loadings)] = own[space.loading_places]
    return ParameterErrors(
        a=columns["a"][:n_items],
        b=columns["b"][:n_items],
        c=columns["c"][:n_items],
        d=columns["d"][:n_items],
        slopes=columns["slopes"][:n_items],
        intercepts=columns["intercepts"][:n_items],
        loadings=loadings,
        correlation=covariances[0],
        means=means,
        covariances=covariances,
        covariance=_joint(variance, fit, phi, category_of, labels, jacobians),
    )


def _item_jacobians(fit: Fit, phi: Floats) -> list[tuple[ItemForm, Floats]]:
    """∂ irt / ∂φ[places] by batch, (n_items, n_irt, width)."""
    return [
        (form, family.to_irt_jacobian(xi) @ form.jacobian(phi))
        for family, form, xi in zip(fit.families, fit.space.forms, fit.space.xi(phi), strict=True)
    ]


def _split(columns: Columns, values: Floats) -> Columns:
    """(n_items, n_irt) values as the columns of :meth:`Family.to_irt`."""
    widths = [(name, known.shape[1]) for name, known in columns.items()]
    ends = np.cumsum([width for _, width in widths])
    return {
        name: values[:, end - width : end] for (name, width), end in zip(widths, ends.tolist(), strict=True)
    }


def _moment_errors(fit: Fit, own: Floats) -> tuple[Floats, Floats]:
    """Errors of the groups' means and covariances; NaN where fixed."""
    space = fit.space
    means = np.full((space.n_groups, space.n_blocks), np.nan)
    covariances = np.full((space.n_groups, space.n_blocks, space.n_blocks), np.nan)
    for group in range(space.n_groups):
        means[group, space.free_mean[group]] = own[space.mean_places(group)]
        rows, columns = space.moments(group)
        covariances[group, rows, columns] = covariances[group, columns, rows] = own[
            space.covariance_places(group)
        ]
    return means, covariances


def _joint(
    variance: Floats,
    fit: Fit,
    phi: Floats,
    category_of: NDArray[np.intp],
    labels: Labels,
    jacobians: Sequence[tuple[ItemForm, Floats]],
) -> ParameterCovariance:
    """The covariance of everything in the IRT metric, with names."""
    space = fit.space
    names: list[tuple[str, str, str]] = []
    entries: list[tuple[NDArray[np.intp], NDArray[np.intp], Floats]] = []
    for batch, family, xi, (form, jacobian) in zip(
        fit.layout.batches, fit.families, space.xi(phi), jacobians, strict=True
    ):
        parameters = [
            (name, column) for name, values in family.to_irt(xi).items() for column in range(values.shape[1])
        ]
        told = np.any(jacobian, axis=2)
        number = len(names) + np.cumsum(told.ravel()).reshape(told.shape) - 1
        row, _, column = np.broadcast_arrays(number[:, :, None], 0, form.places[:, None, :])
        entries.append((row[told].ravel(), column[told].ravel(), jacobian[told].ravel()))
        for variant, kept in zip(batch.items.tolist(), told, strict=True):
            steps = _steps(category_of[variant])
            item, group = labels.item_of_variant[variant], labels.group_of_variant[variant]
            names += [
                (item, _called(*parameters[index], steps), group) for index in np.flatnonzero(kept).tolist()
            ]
    own = _population_names(space, labels)
    places = np.arange(space.n_item_parameters, phi.size)
    entries.append((len(names) + np.arange(places.size), places, np.ones(places.size)))
    names += own
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    # Entries at one place add up: a parameter may enter an item more than once.
    jacobian_of_all = sparse.csr_matrix((values, (rows, columns)), shape=(len(names), phi.size))
    return ParameterCovariance(names=tuple(names), matrix=_carried(variance, jacobian_of_all))


def _population_names(space: Space, labels: Labels) -> list[tuple[str, str, str]]:
    """Names of λ, means and covariances, in the order of φ."""
    competencies, blocks = tuple(space.structure.block_of_competency), space.structure.blocks
    names = [("loading", competencies[competency], "") for competency in space.free_loadings]
    for group, label in enumerate(labels.groups):
        names += [("mean", blocks[block], label) for block in np.flatnonzero(space.free_mean[group]).tolist()]
        names += [
            ("covariance", f"{blocks[i]}, {blocks[j]}", label)
            for i, j in zip(*space.moments(group), strict=True)
        ]
    return names


def _carried(variance: Floats, jacobian: sparse.csr_matrix) -> Floats:
    """J V Jᵀ, NaN in the rows that an undetermined parameter touches and nowhere else."""
    unknown = np.isnan(np.diag(variance))
    known = np.where(np.isnan(variance), 0.0, variance)
    matrix = jacobian @ (jacobian @ known).T
    touched = np.asarray(abs(jacobian) @ unknown) > 0
    matrix[touched] = matrix[:, touched] = np.nan
    return np.asarray(matrix)


def _steps(category_of: NDArray[np.intp]) -> tuple[list[int], list[int]]:
    """Codes (from 1) of an item's thresholds, and of its categories, as its columns of IRT parameters."""
    codes = category_of[category_of >= 0]
    first = np.concatenate([[True], np.diff(codes) > 0]) if codes.size else np.zeros(0, dtype=np.bool_)
    places = np.flatnonzero(first)
    return places[1:].tolist(), (places + 1).tolist()


def _called(name: str, column: int, steps: tuple[list[int], list[int]]) -> str:
    """The name of an IRT parameter, as in a frame of items."""
    thresholds, categories = steps
    if name == "b":
        return f"b{thresholds[column]}"
    if name in ("slopes", "intercepts"):
        return f"{'a' if name == 'slopes' else 'c'}{categories[column]}"
    return name


def inverse_information(information: Floats, held: NDArray[np.bool_] | None = None) -> Floats:
    """The inverse of a positive semidefinite matrix; NaN in the rows that its null space touches.

    A parameter that the information does not determine has no error, nor has one that is ``held`` at a bound,
    (n_parameters,), or whose own information is not positive; the others keep theirs, given those.
    """
    out = ~(np.diag(information) > 0) if held is None else held | ~(np.diag(information) > 0)
    if out.any():
        rest = np.full_like(information, np.nan)
        rest[np.ix_(~out, ~out)] = inverse_information(information[np.ix_(~out, ~out)])
        return rest
    if not information.size:
        return information
    scale = np.sqrt(np.diag(information))
    scaled = information / np.outer(scale, scale)
    inverse = _regular_inverse(scaled)
    if inverse is not None:
        return inverse / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    told = values > _SINGULAR
    inverse = (vectors[:, told] / values[told]) @ vectors[:, told].T / np.outer(scale, scale)
    untold = np.abs(vectors[:, ~told]).max(axis=1, initial=0.0) > _TOUCHED
    inverse[untold] = inverse[:, untold] = np.nan
    return np.asarray(inverse)


def sandwich(inverse: Floats, spread: Floats) -> Floats:
    """I⁻¹ C I⁻¹ of an inverse that may hold NaN, which stays where it was."""
    untold = np.isnan(np.diag(inverse))
    known = np.where(untold[:, None] | untold, 0.0, inverse)
    result = known @ spread @ known
    result[untold] = result[:, untold] = np.nan
    return np.asarray(result)


def _regular_inverse(scaled: Floats) -> Floats | None:
    """The inverse where surely no eigenvalue is below the bound, without finding them; None elsewhere.

    The least eigenvalue is at least 1 / tr A⁻¹. Many times faster than all eigenvectors of thousands of
    parameters.
    """
    factor, failed = linalg.lapack.dpotrf(scaled, lower=1)
    if failed:
        return None
    inverse, failed = linalg.lapack.dpotri(factor, lower=1)
    if failed or not 1.0 / np.trace(inverse) > _SINGULAR:
        return None
    below = np.tril(inverse, -1)
    return np.asarray(below + below.T + np.diag(np.diag(inverse)))
