r"""How sharply the likelihood bends: the information of complete data less what missing abilities cost.

By Louis' identity the observed information is, at the estimates,

    I = E(−∂² log p(x, θ) / ∂φ²) − Σ_p Cov(s_p, s_p),    s_p = ∂ log p(x_p, θ) / ∂φ under the posterior of p.

For steps uphill a close and cheap stand-in is enough. Under each posterior every s is replaced by its linear
part in θ, s ≈ β (θ − m), β = Cov(s, θ) / Var θ: then the second term is Σ_p β_p C_p β_pᵀ, with C_p the
posterior covariances of all dimensions, plus what two quadratic scores of the population have in common
under a normal posterior, 2 tr(M C M′ C) for sᵢ = θᵀ M θ. What a projection leaves out makes the stand-in
larger than I, what skewed posteriors differ from normal ones by a third smaller at most where that was
looked for: its steps are between those of EM and about those of Newton, and go up.

References
----------
Louis (1982), JRSS B 44, eq. 3.2; Orchard & Woodbury (1972) for the principle of missing information.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from compassess.irt.design import Design
from compassess.irt.dimensions import dimension_of_carrier
from compassess.irt.estimation.em import item_problems
from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.maximisation import scoring_parts
from compassess.irt.estimation.population_scores import loading_score
from compassess.irt.estimation.scores import ItemScores, add_by_place
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Floats
from compassess.irt.moments import dimension_moments

__all__ = ["complete_information", "missing_factor", "missing_information"]

Index = NDArray[np.intp]


def complete_information(fit: Fit, evaluation: Evaluation) -> sparse.csr_matrix:
    """The expected information of complete data under the expected counts, (n_parameters, n_parameters)."""
    space, phi = fit.space, evaluation.phi
    blocks: list[tuple[Index, Floats]] = [  # places (n, width), and their (n, width, width)
        (problem.form.places, scoring_parts(problem, phi)[1])
        for problem in item_problems(fit, evaluation.total.counts)
        if problem.form.places.size
    ]
    loadings = space.loadings(phi)[list(space.free_loadings)]
    sharp = fit.total * (1 + loadings**2) / (1 - loadings**2) ** 2
    blocks.append((_range(space.loading_places)[:, None], sharp[:, None, None]))
    for group, design in enumerate(fit.designs):
        inverse = np.linalg.inv(space.covariance(phi, group))
        free = space.free_mean[group]
        blocks.append((_range(space.mean_places(group))[None], (design.total * inverse[free][:, free])[None]))
        units = [_unit(i, j, len(inverse)) for i, j in zip(*space.moments(group), strict=True)]
        turned = np.array([inverse @ unit for unit in units]).reshape(-1, *inverse.shape)
        sharp = 0.5 * design.total * np.einsum("aij,bji->ab", turned, turned)
        blocks.append((_range(space.covariance_places(group))[None], sharp[None]))
    rows = np.concatenate([np.repeat(places, places.shape[1], axis=1).ravel() for places, _ in blocks])
    columns = np.concatenate([np.tile(places, (1, places.shape[1])).ravel() for places, _ in blocks])
    values = np.concatenate([sharp.ravel() for _, sharp in blocks])
    return sparse.csr_matrix((values, (rows, columns)), shape=(space.n_parameters,) * 2)


def missing_factor(fit: Fit, phi: Floats) -> sparse.csr_matrix:
    """Z with Zᵀ Z the missing information of items and means, (n_persons × n_dimensions, n_parameters).

    The quadratic scores of λ and of covariances have their linear parts in it alone.
    """
    scores, table = ItemScores(fit, phi, np.float32), fit.table(phi)
    parts = []
    for group, design in enumerate(fit.designs):
        lattice = fit.lattice(phi, group, np.float32)
        work = _Missing(design, lattice, scores, _population_forms(fit, phi, lattice, group))
        parts += over_persons(work.sparse_rows, design, lattice, table, np.float32)
    return _stacked(parts, scores.n_parameters)


def _stacked(parts: list[sparse.csr_matrix], n_columns: int) -> sparse.csr_matrix:
    """The parts below each other; their arrays are given up one after the other, not held twice."""
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    data = np.concatenate([part.data for part in parts])
    for part in parts:
        part.data = part.data[:0]
    indices = np.concatenate([part.indices for part in parts])
    parts.clear()
    return sparse.csr_matrix((data, indices, indptr), shape=(lengths.size, n_columns))


def missing_information(fit: Fit, phi: Floats) -> Floats:
    """Σ_p Cov(s_p, s_p) with linear scores, (n_parameters, n_parameters); see the top of the file."""
    scores, table = ItemScores(fit, phi, np.float32), fit.table(phi)
    total = np.zeros((fit.space.n_parameters,) * 2)
    for group, design in enumerate(fit.designs):
        lattice = fit.lattice(phi, group, np.float32)
        work = _Missing(design, lattice, scores, _population_forms(fit, phi, lattice, group))
        total += sum(over_persons(work.products, design, lattice, table, np.float32))
    return (total + total.T) / 2


class _Missing:
    """One group's share. ``forms`` are the population's scores, θᵀ M θ + v θ: place, M and v."""

    def __init__(
        self,
        design: Design,
        lattice: Lattice,
        scores: ItemScores,
        forms: Sequence[tuple[int, Floats, Floats]],
    ) -> None:
        self._design, self._lattice, self._scores = design, lattice, scores
        self._dimension = dimension_of_carrier(lattice)
        self._places = np.array([place for place, _, _ in forms], dtype=np.intp)
        self._quadratic = np.array([matrix for _, matrix, _ in forms], dtype=np.float32)
        self._linear = np.array([vector for _, _, vector in forms], dtype=np.float32)

    def products(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """A chunk's Σ β C βᵀ, with what quadratic scores have in common."""
        root, weights, population = self._parts(persons, likelihood, posterior)
        n_dimensions, n_persons = root.shape[1], len(root)
        slopes = np.zeros((n_dimensions, n_persons, self._scores.n_parameters), dtype=root.dtype)
        for carrier, where, values in self._scores.by_part(self._design, persons, weights):
            add_by_place(slopes[self._dimension[carrier]], where, values)
        slopes[:, :, self._places] = population
        result = np.zeros((self._scores.n_parameters,) * 2)
        for column in range(n_dimensions):
            part = sum(slopes[d] * root[:, d, column, None] for d in range(column, n_dimensions))
            result += part.T @ part
        if self._places.size:
            bent = root.transpose(0, 2, 1)[:, None] @ self._quadratic @ root[:, None]
            if self._design.frequency is not None:  # the root of the frequency stands in it twice
                bent = bent / np.sqrt(self._design.frequency[persons])[:, None, None, None]
            flat = bent.transpose(1, 0, 2, 3).reshape(self._places.size, -1)
            result[np.ix_(self._places, self._places)] += 2 * flat @ flat.T
        return result

    def sparse_rows(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> sparse.csr_matrix:
        """A chunk's rows of Z, dimension after dimension."""
        root, weights, population = self._parts(persons, likelihood, posterior)
        n_persons, n_dimensions = root.shape[:2]
        rows, columns, entries = [], [], []
        for carrier, person, where, values in self._scores.by_answer(self._design, persons, weights):
            own = int(self._dimension[carrier])
            for column in range(own + 1):
                rows.append(np.repeat(column * n_persons + person, values.shape[1]))
                columns.append(where.ravel())
                entries.append((values * root[person, own, column, None]).ravel())
        for column in range(n_dimensions):
            turned = np.einsum("dnf,nd->nf", population[column:], root[:, column:, column])
            rows.append(np.repeat(column * n_persons + np.arange(n_persons), self._places.size))
            columns.append(np.tile(self._places, n_persons))
            entries.append(turned.ravel())
        places = np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32)
        shape = n_persons * n_dimensions, self._scores.n_parameters
        return sparse.csr_matrix((np.concatenate(entries), places), shape=shape)

    def _parts(
        self, persons: slice, likelihood: Floats, posterior: BlockPosterior
    ) -> tuple[Floats, Floats, Floats]:
        """L with L Lᵀ = C, (n, D, D); the weights of β, (n, n_carriers, Q); β of forms, (D, n, n_forms)."""
        lattice = self._lattice
        masses = lattice.carrier_posteriors(likelihood, posterior)
        moments = dimension_moments(lattice, likelihood, posterior, masses)
        mean, covariance = moments.mean, moments.covariance
        spread = np.einsum("ndd->nd", covariance)[:, self._dimension]
        weights = masses * (
            (lattice.grid.theta - mean[:, self._dimension, None]) / np.maximum(spread, 1e-12)[..., None]
        ).astype(masses.dtype)
        root = _root(covariance).astype(masses.dtype)
        if self._design.frequency is not None:
            root = root * np.sqrt(self._design.frequency[persons])[:, None, None].astype(masses.dtype)
        if not self._places.size:
            return root, weights, np.zeros((mean.shape[1], len(mean), 0), dtype=masses.dtype)
        about = 2 * np.einsum("fij,nj->nfi", self._quadratic, mean.astype(masses.dtype)) + self._linear
        return root, weights, about.transpose(2, 0, 1)


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
    """The complete-data scores of λ and of a group's moments as θᵀ M θ + v θ + a constant, all dimensions."""
    space, dimension = fit.space, dimension_of_carrier(lattice)
    n_blocks = lattice.n_blocks
    n_dimensions = n_blocks + sum(carrier.transition is not None for carrier in lattice.carriers)
    forms = []
    for offset, competency in enumerate(space.free_loadings):
        carrier = int(lattice.carrier_of_competency[competency])
        own, block = int(dimension[carrier]), lattice.carriers[carrier].block
        score = loading_score(float(space.loadings(phi)[competency]))
        matrix = np.zeros((n_dimensions,) * 2)
        matrix[own, own], matrix[block, block] = score.own, score.block
        matrix[own, block] = matrix[block, own] = score.cross / 2
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
        outer = np.outer(inverse[i], inverse[j]) * (1.0 if i != j else 0.5)  # as in covariance_scores
        matrix[:n_blocks, :n_blocks] = (outer + outer.T) / 2
        vector[:n_blocks] = -2 * matrix[:n_blocks, :n_blocks] @ mean
        forms.append((place, matrix, vector))
    return forms


def _range(places: slice) -> Index:
    return np.arange(places.start, places.stop)


def _unit(i: int, j: int, size: int) -> Floats:
    """∂Σ / ∂σ_ij: ones at (i, j) and (j, i)."""
    unit = np.zeros((size, size))
    unit[i, j] = unit[j, i] = 1.0
    return unit
