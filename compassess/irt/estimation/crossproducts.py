"""The cross-products of the persons' scores: the empirical information.

Letters: φ all free parameters, s_p = ∂ log L_p / ∂φ = E(complete-data score | answers of p) by Fisher's
identity; the information is Σ_p s_p s_pᵀ.

References
----------
Louis (1982), JRSS B 44, eq. 3.1; Bock & Lieberman (1970), Psychometrika 35.
"""

from __future__ import annotations

import numpy as np

from compassess.irt.chunks import crew
from compassess.irt.design import Design
from compassess.irt.estimation.fit import Fit
from compassess.irt.estimation.scores import ItemScores
from compassess.irt.expectation import over_persons
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Floats

__all__ = ["crossproduct_information", "person_scores"]


def crossproduct_information(fit: Fit, phi: Floats) -> Floats:
    """Σ_p s_p s_pᵀ, (n_parameters, n_parameters)."""
    total = np.zeros((fit.space.n_parameters,) * 2)
    with crew():
        for group, design in enumerate(fit.designs):
            scores = _Scores(fit, phi, group)

            def chunk(
                persons: slice,
                likelihood: Floats,
                posterior: BlockPosterior,
                scores: _Scores = scores,
                design: Design = design,
            ) -> Floats:
                found = scores.of(persons, likelihood, posterior)
                if design.frequency is None:
                    return np.asarray(found.T @ found)
                return np.asarray((found * design.frequency[persons, None]).T @ found)

            total += sum(over_persons(chunk, design, scores.lattice, fit.table(phi)))
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
        self._fit, self._phi, self._group = fit, phi, group
        self._items = ItemScores(fit, phi)

    def of(self, persons: slice, likelihood: Floats, posterior: BlockPosterior) -> Floats:
        """s_p of a chunk of persons, (n, n_parameters)."""
        space, lattice, group = self._fit.space, self.lattice, self._group
        masses = lattice.carrier_posteriors(likelihood, posterior)
        scores = self._items.of_persons(self._fit.designs[group], persons, masses)
        means, covariances = _moment_scores(lattice, posterior)
        scores[:, space.mean_places(group)] = means[:, space.free_mean[group]]
        rows, columns = space.moments(group)
        scores[:, space.covariance_places(group)] = covariances[:, rows, columns]
        scores[:, space.loading_places] = _loading_scores(
            lattice, likelihood, masses, posterior, space.free_loadings
        )
        return scores


def _moment_scores(lattice: Lattice, posterior: BlockPosterior) -> tuple[Floats, Floats]:
    """Scores of the blocks' means (n, B) and covariances (n, B, B), from S_p = E((θ − μ)(θ − μ)ᵀ | answers).

    ∂/∂μ = Σ⁻¹ E(θ − μ | answers); ∂/∂σ_ij = (Σ⁻¹ S_p Σ⁻¹ − Σ⁻¹)_ij for i > j, half of it for i = j.
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
    return first @ inverse, scores * (1.0 - 0.5 * np.eye(n_blocks))


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
