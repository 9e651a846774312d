r"""Latent regression: what ability has to do with what is known of persons.

θ_blocks = B′ x + e, e ~ N(0, Σ), with known items: B and Σ maximise Π_n ∫ L_n(θ) N(θ; B′ x_n, Σ) dθ.
N(μ, Σ) is N(0, Σ) tilted by exp(uᵀ θ), u = Σ⁻¹ μ, and a tilt multiplies the likelihood of each block
alone: so one prior on one lattice serves everybody, competencies included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.ability import refuse_strangers
from compassess.irt.covariates import Covariates, covariates_of
from compassess.irt.design import Design
from compassess.irt.estimation.groups import frequencies
from compassess.irt.estimation.parameter_errors import inverse_information
from compassess.irt.estimation.squarem import accelerated
from compassess.irt.expectation import over_persons
from compassess.irt.items import Items
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.responses import Responses, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LatentRegression", "latent_regression"]

Floats = NDArray[np.float64]

_MAX_STEPS: Final = 500
_LEAST: Final = 1e-4  # eigenvalue of Σ; below it the nodes see no spread


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentRegression:
    """The answer of :func:`latent_regression`.

    Attributes
    ----------
    names : of the columns, "(intercept)" first.
    coefficients, standard_errors : B and its errors, (n_columns, n_blocks), in θ by unit of the covariate.
    covariance : of vec B block by block, (n_blocks n_columns,) twice; items count as known.
    residual : Σ with mean 0, and the competencies with their λ.
    residual_errors : of Σ, (n_blocks, n_blocks).
    r_squared : share of a block's variance that the covariates tell, 1 − σ² / (σ² + Var(x β)), (n_blocks,).
    predicted : x β of every person, (n_persons, n_blocks).
    log_likelihood, n_parameters : of B and Σ, items known.
    converged, status : whether the iteration ended, and a sentence.
    """

    names: tuple[str, ...]
    coefficients: Floats
    standard_errors: Floats
    covariance: Floats
    residual: Population
    residual_errors: Floats
    r_squared: Floats
    predicted: Floats
    log_likelihood: float
    n_parameters: int
    n_persons: int
    converged: bool
    status: str

    @property
    def tilt(self) -> Floats:
        """Σ⁻¹ x β of every person, (n_persons, n_blocks)."""
        return np.asarray(np.linalg.solve(self.residual.covariance, self.predicted.T).T)

    def to_frame(self) -> pd.DataFrame:
        """A row a coefficient: block, name, coefficient, standard_error, z."""
        n_columns, n_blocks = self.coefficients.shape
        value, error = self.coefficients.T.ravel(), self.standard_errors.T.ravel()
        return frame(
            {
                "block": np.repeat(np.array(self.residual.blocks, dtype=object), n_columns),
                "name": list(self.names) * n_blocks,
                "coefficient": value,
                "standard_error": error,
                "z": value / error,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moments:
    """Of every person: E θ, (n, B), Cov θ, (n, B, B), log of the evidence, (n,)."""

    mean: Floats
    covariance: Floats
    log_evidence: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """What is known while B and Σ are sought; the point is B by rows, then Σ by its lower triangle."""

    measurement: Measurement
    design: Design
    covariates: Covariates
    weight: Floats

    @property
    def n_blocks(self) -> int:
        return self.measurement.lattice.n_blocks

    def unpacked(self, point: Floats) -> tuple[Floats, Floats]:
        size = self.covariates.values.shape[1] * self.n_blocks
        sigma = np.zeros((self.n_blocks, self.n_blocks))
        sigma[np.tril_indices(self.n_blocks)] = point[size:]
        return point[:size].reshape(-1, self.n_blocks), sigma + np.tril(sigma, -1).T

    def packed(self, beta: Floats, sigma: Floats) -> Floats:
        return np.concatenate([beta.ravel(), sigma[np.tril_indices(self.n_blocks)]])

    def feasible(self, point: Floats) -> bool:
        return bool(np.linalg.eigvalsh(self.unpacked(point)[1])[0] > _LEAST)

    def population(self, sigma: Floats) -> Population:
        """N(0, Σ), with the competencies of the items' population."""
        people = self.measurement.lattice.population
        scale = np.sqrt(np.diag(sigma))
        homes = [people.blocks[block] for block in people.block_of.tolist()]
        return Population.create(
            people.blocks,
            correlation=sigma / np.outer(scale, scale),
            competencies=dict(zip(people.competencies, homes, strict=True)),
            loadings=dict(zip(people.competencies, people.loadings.tolist(), strict=True)),
            standard_deviation=scale,
        )

    def moments(self, beta: Floats, sigma: Floats) -> _Moments:
        """The E-step."""
        people = self.population(sigma)
        grid = self.measurement.lattice.grid
        lattice = Lattice(people, grid)
        mean = self.covariates.values @ beta
        tilt: Floats = np.linalg.solve(sigma, mean.T).T.astype(np.float64)
        theta, n_blocks = grid.theta, self.n_blocks

        def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> _Moments:
            del likelihood, persons
            first = posterior.blocks @ theta
            second = np.empty((len(first), n_blocks, n_blocks))
            values = np.broadcast_to(theta, (len(first), 1, theta.size))
            for b in range(n_blocks):
                second[:, b, b] = posterior.blocks[:, b] @ theta**2
                for d in range(b + 1, n_blocks):
                    product = lattice.across(posterior, b, d, values, values)[:, 0, 0]
                    second[:, b, d] = second[:, d, b] = product
            return _Moments(
                mean=first,
                covariance=second - first[:, :, None] * first[:, None],
                log_evidence=posterior.log_evidence,
            )

        parts = over_persons(chunk, self.design, lattice, self.measurement.table, tilt=tilt)
        return _Moments(
            mean=np.concatenate([part.mean for part in parts]),
            covariance=np.concatenate([part.covariance for part in parts]),
            log_evidence=np.concatenate([part.log_evidence for part in parts])
            - 0.5 * np.einsum("nb,nb->n", mean, tilt),
        )

    def step(self, point: Floats) -> tuple[Floats, float]:
        """A step of EM, and the log-likelihood before it."""
        found = self.moments(*self.unpacked(point))
        x, w = self.covariates.values, self.weight
        normal, right = x.T @ (w[:, None] * x), x.T @ (w[:, None] * found.mean)
        beta: Floats = np.linalg.solve(normal, right).astype(np.float64)
        left = found.mean - x @ beta
        spread = found.covariance + left[:, :, None] * left[:, None]
        sigma = np.einsum("n,nbd->bd", w, spread) / w.sum()
        return self.packed(beta, (sigma + sigma.T) / 2), float(w @ found.log_evidence)

    def scores(self, point: Floats) -> Floats:
        """∂ log f_n / ∂ point of every person, (n, size): Fisher's identity."""
        beta, sigma = self.unpacked(point)
        found = self.moments(beta, sigma)
        precision = np.linalg.inv(sigma)
        left = found.mean - self.covariates.values @ beta
        by_beta = self.covariates.values[:, :, None] * (left @ precision)[:, None]
        inner = found.covariance + left[:, :, None] * left[:, None] - sigma
        by_sigma = 0.5 * precision @ inner @ precision
        rows, columns = np.tril_indices(self.n_blocks)
        doubled = np.where(rows == columns, 1.0, 2.0)
        return np.column_stack([by_beta.reshape(len(left), -1), by_sigma[:, rows, columns] * doubled])


def latent_regression(
    responses: Responses,
    items: Items,
    covariates: Mapping[str, Sequence[object] | NDArray[np.generic]],
    *,
    weights: Sequence[float] | NDArray[np.generic] | None = None,
    nodes: int | None = None,
    tolerance: float = 1e-6,
) -> LatentRegression:
    """Regress the abilities of the blocks on covariates, without estimating anybody's ability.

    Parameters
    ----------
    responses : matched with ``items`` by name; missing cells are left out, persons without answers add
    nothing but their covariates.
    items : known; their population gives the blocks, the competencies and λ, its means and R are replaced.
    covariates : ``{name: a value for every person}``; numbers as they are, words as indicators against
    the first by letter. Scale numbers so that a unit is a step that means something.
    weights : how many persons a row stands for.
    nodes : a block, as in :func:`compassess.irt.score`.
    tolerance : converged when a step of EM moves no element of B or Σ by more.

    Standard errors are those of the cross-products of the persons' scores; with weights as if each row
    were so many persons. A residual SD below about a third of the nodes' spacing is not resolved.

    Raises
    ------
    InputError : covariates or weights that do not fit the persons or each other; a tolerance that is not
        positive; no column in common with the items; codes outside an item's categories.

    References
    ----------
    Mislevy (1984), Psychometrika 49, eq. 8-13, for EM; Adams, Wilson & Wu (1997), Journal of Educational and
    Behavioral Statistics 22; von Davier & Sinharay (2010), ibid. 35, on known items.
    """
    refuse_strangers(responses, items)
    if not tolerance > 0:
        problem = Problem(where="tolerance", what="out of range", got=repr(tolerance), expected="above 0")
        raise InputError(problem)
    table = covariates_of(covariates, responses.n_persons)
    frequency = frequencies(weights, responses.n_persons)
    measurement = Measurement.create(items, nodes=nodes)
    task = _Problem(
        measurement=measurement,
        design=measurement.design(responses),
        covariates=table,
        weight=np.ones(responses.n_persons) if frequency is None else frequency,
    )
    people = measurement.lattice.population
    begin = np.zeros((table.values.shape[1], people.n_blocks))
    begin[0] = people.mean
    found = accelerated(
        task.step,
        task.feasible,
        task.packed(begin, people.covariance),
        tolerance=tolerance,
        max_steps=_MAX_STEPS,
    )
    return _reported(task, found.point, found.converged, found.n_steps)


def _reported(task: _Problem, point: Floats, converged: bool, n_steps: int) -> LatentRegression:
    beta, sigma = task.unpacked(point)
    _, value = task.step(point)
    scores = task.scores(point) * np.sqrt(task.weight)[:, None]
    variance = inverse_information(scores.T @ scores)
    n_columns, n_blocks = beta.shape
    by_block = np.arange(beta.size).reshape(n_columns, n_blocks).T.ravel()
    error = np.sqrt(np.diag(variance))
    residual_errors = np.zeros((n_blocks, n_blocks))
    residual_errors[np.tril_indices(n_blocks)] = error[beta.size :]
    predicted = task.covariates.values @ beta
    mean = np.average(predicted, axis=0, weights=task.weight)
    told = np.average((predicted - mean) ** 2, axis=0, weights=task.weight)
    ended = f"converged after {n_steps} E-steps." if converged else f"not converged after {n_steps} E-steps."
    return LatentRegression(
        names=task.covariates.names,
        coefficients=beta,
        standard_errors=error[: beta.size].reshape(beta.shape),
        covariance=variance[np.ix_(by_block, by_block)],
        residual=task.population(sigma),
        residual_errors=residual_errors + np.tril(residual_errors, -1).T,
        r_squared=told / (told + np.diag(sigma)),
        predicted=predicted,
        log_likelihood=value,
        n_parameters=point.size,
        n_persons=len(predicted),
        converged=converged,
        status=ended,
    )
