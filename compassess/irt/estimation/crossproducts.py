"""The cross-products of the persons' scores: the empirical information, and what priors add to it.

Letters: φ all free parameters, s_p = ∂ log L_p / ∂φ = E(complete-data score | answers of p) by Fisher's
identity; the information is Σ_p s_p s_pᵀ.

References
----------
Louis (1982), JRSS B 44, eq. 3.1; Bock & Lieberman (1970), Psychometrika 35.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from compassess.irt.chunks import crew
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.joint_masses import moments_about
from compassess.irt.estimation.population_scores import covariance_scores, loading_on_nodes, loading_score
from compassess.irt.estimation.scores import AnswerScores, ItemScores
from compassess.irt.estimation.space import Space
from compassess.irt.expectation import each_chunk, over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Floats
from compassess.irt.priors import penalty

__all__ = ["crossproduct_information", "person_scores", "posterior_crossproducts"]


def posterior_crossproducts(fit: Fit, phi: Floats) -> Floats:
    """Σ_p s_p s_pᵀ + Σ Jᵀ Λ J, with Λ minus the second derivatives of the log priors, J = ∂ irt / ∂φ.

    Where parameters come from their priors, it is the expected square of the slope of the log-posterior.
    """
    total = crossproduct_information(fit, phi)
    for family, form, priors, xi in zip(
        fit.families, fit.space.forms, fit.priors, fit.space.xi(phi), strict=True
    ):
        if priors and form.places.size:
            jacobian, places = form.jacobian(phi), form.places
            own = jacobian.transpose(0, 2, 1) @ penalty(family, priors, xi).curvature @ jacobian
            np.add.at(total, (places[:, :, None], places[:, None, :]), own)
    return total


_TOGETHER: Final = 2**22  # scores of a sparse design in one product: they fill about 50 MB


def crossproduct_information(fit: Fit, phi: Floats) -> Floats:
    """Σ_p s_p s_pᵀ, (n_parameters, n_parameters); persons are counted by their frequencies."""
    total = np.zeros((fit.space.n_parameters,) * 2)
    with crew():
        for group, design in enumerate(fit.designs):
            if design.is_sparse:
                _add_sparse(total, _SparseScores(fit, phi, group), fit.table(phi))
            else:
                scores = _Scores(fit, phi, group)
                for product in each_chunk(scores.products, design, scores.lattice, fit.table(phi)):
                    total += product
    return total


def person_scores(fit: Fit, phi: Floats) -> Floats:
    """s_p of everybody, group after group, (n_persons, n_parameters)."""
    parts = []
    for group, design in enumerate(fit.designs):
        scores = _Scores(fit, phi, group)
        parts += over_persons(scores.of, design, scores.lattice, fit.table(phi))
    return np.concatenate(parts)


class _Scores:
    """What the persons of a group have for scores."""

    def __init__(self, fit: Fit, phi: Floats, group: int) -> None:
        self.lattice = fit.lattice(phi, group)
        self._space, self._design, self._group = fit.space, fit.designs[group], group
        self._items = ItemScores(fit, phi)

    def of(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """s_p of a chunk of persons, (n, n_parameters)."""
        masses = self.lattice.carrier_posteriors(likelihood, posterior)
        scores = self._items.of_persons(self._design, persons, masses)
        start = self._space.n_item_parameters
        scores[:, start:] = _population_scores(
            self._space, self._group, self.lattice, likelihood, masses, posterior
        )
        return scores

    def products(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """Σ s_p s_pᵀ of a chunk."""
        scores = self.of(persons, likelihood, posterior)
        if self._design.frequency is not None:
            scores *= np.sqrt(self._design.frequency[persons, None])
        return np.asarray(scores.T @ scores)


class _SparseScores:
    """The same where every person has answers to a few of the items: only those are looked at."""

    def __init__(self, fit: Fit, phi: Floats, group: int) -> None:
        self.lattice, self.design = fit.lattice(phi, group), fit.designs[group]
        self._space, self._group = fit.space, group
        self._items = AnswerScores(fit, phi)

    @property
    def floats_per_person(self) -> int:
        """The largest array of a person: scores on the nodes, or indicators of all rows."""
        return self._items.width(self.design) * self.lattice.grid.n_nodes

    def of(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> sparse.csr_matrix:
        """s_p times the root of the frequency, (n, n_parameters)."""
        masses = self.lattice.carrier_posteriors(likelihood, posterior)
        space, n_persons, every = self._space, len(masses), slice(0, self.lattice.grid.n_nodes)
        columns, values = [], []
        for carrier in range(self.lattice.n_carriers):
            answers = self._items.answers(self.design, persons, carrier)
            scores = self._items.on_nodes(carrier, answers, every)
            values.append((masses[:, carrier, None] @ scores)[:, 0])
            columns.append(answers.places)
        values.append(_population_scores(space, self._group, self.lattice, likelihood, masses, posterior))
        own = np.arange(space.n_item_parameters, space.n_parameters)
        columns.append(np.broadcast_to(own, (n_persons, own.size)))
        flat = np.concatenate(values, axis=1)
        if self.design.frequency is not None:
            flat = flat * np.sqrt(self.design.frequency[persons, None])
        rows = np.repeat(np.arange(n_persons), flat.shape[1])
        places = rows, np.concatenate(columns, axis=1).ravel()
        # Answers that are none have a place of their own behind all parameters.
        found = sparse.csr_matrix((flat.ravel(), places), shape=(n_persons, space.n_parameters + 1))
        return found[:, : space.n_parameters]


def _add_sparse(total: Floats, scores: _SparseScores, table: Floats) -> None:
    """Add Σ s_p s_pᵀ of a group, so many persons at a time as make a product worth its overhead."""
    waiting: list[sparse.csr_matrix] = []

    def flush() -> None:
        if waiting:
            found = sparse.vstack(waiting, format="csr")
            product = (found.T @ found).tocoo()
            total[product.row, product.col] += product.data
            waiting.clear()

    chunks = each_chunk(
        scores.of, scores.design, scores.lattice, table, floats_per_person=scores.floats_per_person
    )
    for found in chunks:
        waiting.append(found)
        if sum(part.nnz for part in waiting) > _TOGETHER:
            flush()
    flush()


def _population_scores(
    space: Space, group: int, lattice: Lattice, likelihood: Floats, masses: Floats, posterior: BlockPosterior
) -> Floats:
    """Scores of λ and of all groups' moments, (n, n_population_parameters), 0 for other groups' moments."""
    result = np.zeros((len(masses), space.n_population_parameters))
    start = space.n_item_parameters
    means, covariances = _moment_scores(lattice, posterior)
    result[:, _since(start, space.mean_places(group))] = means[:, space.free_mean[group]]
    rows, columns = space.moments(group)
    result[:, _since(start, space.covariance_places(group))] = covariances[:, rows, columns]
    result[:, _since(start, space.loading_places)] = _loading_scores(
        lattice, likelihood, masses, posterior, space.free_loadings
    )
    return result


def _since(start: int, places: slice) -> slice:
    """Places counted from ``start``."""
    return slice(places.start - start, places.stop - start)


def _moment_scores(lattice: Lattice, posterior: BlockPosterior) -> tuple[Floats, Floats]:
    """Scores of the blocks' means, Σ⁻¹ E(θ − μ | answers), (n, B), and of their covariances, (n, B, B)."""
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
    prior = np.asarray(lattice.prior, dtype=np.float64).reshape((lattice.grid.n_nodes,) * n_blocks)
    first_before, second_before = moments_about(people.mean, prior, lattice.grid.theta)
    scores = covariance_scores(inverse, second) - covariance_scores(inverse, second_before)
    return (first - first_before) @ inverse, scores


def _loading_scores(
    lattice: Lattice, likelihood: Floats, masses: Floats, posterior: BlockPosterior, free: tuple[int, ...]
) -> Floats:
    """Of the free λ, (n, number of free loadings)."""
    theta, columns = lattice.grid.theta, []
    for competency in free:
        index = int(lattice.carrier_of_competency[competency])
        block = posterior.blocks[:, lattice.carriers[index].block]
        cross = (block * lattice.conditional_mean(index, likelihood, posterior)) @ theta
        transition = lattice.carriers[index].transition
        assert transition is not None
        loading = float(lattice.population.loadings[competency])
        score = loading_score(loading).at(masses[:, index] @ theta**2, cross, block @ theta**2)
        columns.append(score - block @ loading_on_nodes(loading, theta, transition).mean)
    return np.column_stack(columns) if columns else np.empty((len(posterior.evidence), 0))
