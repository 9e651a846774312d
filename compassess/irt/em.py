"""EM for the model of the house: the estimated parameters, and a step from them to better ones.

Groups share items and λ. The reference group stands first: its blocks are N(0, 1) and correlate by
R, but where all slopes of a block are fixed at 1 and its variance is free; other groups have means and
covariances of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.design import Design
from compassess.irt.expectation import Expectation, expectation
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.layout import Layout, log_probability_table
from compassess.irt.maximisation import (
    ItemParameters,
    ItemProblem,
    fitted_items,
    fitted_loading,
    fitted_moments,
    fitted_reference,
)
from compassess.irt.models import Form, model_named
from compassess.irt.population import Population
from compassess.irt.priors import Priors, penalty
from compassess.irt.structure import Structure

__all__ = ["Fit", "Parameters"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Everything that is estimated.

    ``items`` by batch, free parameters only; ``loadings`` λ of all competencies; ``means``
    (n_groups, n_blocks) and ``covariances`` (n_groups, n_blocks, n_blocks), the first the reference's.
    """

    items: tuple[ItemParameters, ...]
    loadings: Floats
    means: Floats
    covariances: Floats

    def packed(self) -> Floats:
        """One vector: items (σ, then β), covariances of the reference, λ, moments of other groups."""
        triangle = np.tril_indices(self.means.shape[1])
        return np.concatenate(
            [
                *[np.concatenate([free.shared, free.own.ravel()]) for free in self.items],
                self.covariances[0][triangle],
                self.loadings,
                self.means[1:].ravel(),
                *[covariance[triangle] for covariance in self.covariances[1:]],
            ]
        )

    def unpacked(self, vector: Floats) -> Parameters:
        """The same shapes with the vector's values."""
        n_groups, n_blocks = self.means.shape
        triangle = np.tril_indices(n_blocks)
        sizes = [
            *[free.shared.size + free.own.size for free in self.items],
            triangle[0].size,
            self.loadings.size,
            (n_groups - 1) * n_blocks,
            *[triangle[0].size] * (n_groups - 1),
        ]
        pieces = np.split(vector, np.cumsum(sizes)[:-1])
        n_batches = len(self.items)
        means = np.vstack([np.zeros((1, n_blocks)), pieces[n_batches + 2].reshape(-1, n_blocks)])
        covariances = np.stack(
            [_symmetric(n_blocks, triangle, x) for x in (pieces[n_batches], *pieces[n_batches + 3 :])]
        )
        return Parameters(
            items=tuple(
                ItemParameters(
                    shared=x[: free.shared.size], own=x[free.shared.size :].reshape(free.own.shape)
                )
                for x, free in zip(pieces, self.items, strict=False)
            ),
            loadings=pieces[n_batches + 1],
            means=means,
            covariances=covariances,
        )


class Fit:
    """One EM: the groups' data laid out on a grid, and what is free.

    ``forms`` and ``priors`` by batch; ``free`` competencies with an estimated λ; ``free_variance``
    blocks whose variance is free in the reference group, (n_blocks,).
    """

    def __init__(
        self,
        designs: Sequence[Design],
        grid: Grid,
        structure: Structure,
        *,
        forms: Sequence[Form],
        priors: Sequence[Priors],
        free: tuple[int, ...],
        free_variance: NDArray[np.bool_],
    ) -> None:
        self.designs = tuple(designs)
        self.grid = grid
        self.structure = structure
        self.forms = tuple(forms)
        self.priors = tuple(priors)
        self.free = free
        self.free_variance = free_variance
        # A narrower transition than the grid resolves would make λ depend on the nodes.
        self.bound = float(np.sqrt(1.0 - (grid.spacing / 1.5) ** 2)) if grid.spacing < 1.5 else 0.5

    @property
    def layout(self) -> Layout:
        """Where categories stand; the same for all groups."""
        return self.designs[0].layout

    def population(self, parameters: Parameters, group: int = 0) -> Population:
        """The population of a group; the first is the reference."""
        names = tuple(self.structure.block_of_competency)
        scale = np.sqrt(np.diag(parameters.covariances[group]))
        return Population.create(
            self.structure.blocks,
            correlation=parameters.covariances[group] / np.outer(scale, scale),
            competencies=self.structure.block_of_competency,
            loadings=dict(zip(names, parameters.loadings.tolist(), strict=True)),
            mean=parameters.means[group],
            standard_deviation=scale,
        )

    def lattice(self, parameters: Parameters, group: int = 0, dtype: DTypeLike = np.float64) -> Lattice:
        """That population on the grid."""
        return Lattice(self.population(parameters, group), self.grid, dtype)

    def xi(self, parameters: Parameters) -> tuple[Floats, ...]:
        """Working parameters by batch."""
        return tuple(
            form.xi(free.shared, free.own) for form, free in zip(self.forms, parameters.items, strict=True)
        )

    def table(self, parameters: Parameters) -> Floats:
        """Log-probabilities of all categories on the nodes."""
        return log_probability_table(self.layout, self.xi(parameters), self.grid.theta)

    @property
    def n_population_parameters(self) -> int:
        """Free correlations, variances and λ, and the moments of further groups."""
        n_blocks, n_groups = len(self.structure.blocks), len(self.designs)
        n_below = n_blocks * (n_blocks - 1) // 2
        others = (n_groups - 1) * (n_blocks + n_below + n_blocks)
        return n_below + int(self.free_variance.sum()) + len(self.free) + others

    def step(self, parameters: Parameters, dtype: DTypeLike = np.float64) -> tuple[Parameters, float]:
        """One cycle of EM; log-likelihood and log prior are those before it."""
        table, theta = self.table(parameters), self.grid.theta
        lattices = [self.lattice(parameters, group, dtype) for group in range(len(self.designs))]
        by_group = [
            expectation(design, lattice, table, dtype)
            for design, lattice in zip(self.designs, lattices, strict=True)
        ]
        total = reduce(Expectation.__add__, by_group)
        items = tuple(
            fitted_items(self._problem(index, total.counts), free)
            for index, free in enumerate(parameters.items)
        )
        loadings = parameters.loadings.copy()
        for competency in self.free:
            pairs = total.pairs[int(lattices[0].carrier_of_competency[competency])]
            assert pairs is not None
            loadings[competency] = fitted_loading(pairs, theta, self.bound)
        reference = fitted_reference(by_group[0].joint, theta, parameters.covariances[0], self.free_variance)
        moments = [fitted_moments(expected.joint, theta) for expected in by_group[1:]]
        following = Parameters(
            items=items,
            loadings=loadings,
            means=np.stack([parameters.means[0], *[mean for mean, _ in moments]]),
            covariances=np.stack([reference, *[covariance for _, covariance in moments]]),
        )
        return following, total.log_likelihood + self.log_prior(parameters)

    def _problem(self, index: int, counts: Floats) -> ItemProblem:
        """The M-step of one batch."""
        batch = self.layout.batches[index]
        return ItemProblem(
            family=model_named(batch.model).family,
            form=self.forms[index],
            counts=counts[batch.rows],
            theta=self.grid.theta,
            priors=self.priors[index],
        )

    def log_prior(self, parameters: Parameters) -> float:
        """Σ log prior of all items, up to constants; 0 without priors."""
        return sum(
            float(penalty(model_named(batch.model).family, priors, xi).value.sum())
            for batch, priors, xi in zip(self.layout.batches, self.priors, self.xi(parameters), strict=True)
            if priors
        )

    def feasible(self, parameters: Parameters) -> bool:
        """Whether an extrapolated point lies inside every domain."""
        inside = all(
            bool(np.all(model_named(batch.model).family.feasible(xi)))
            for batch, xi in zip(self.layout.batches, self.xi(parameters), strict=True)
        )
        free = parameters.loadings[list(self.free)]
        return (
            inside
            and bool(np.all(np.abs(free) <= self.bound))
            and bool(np.linalg.eigvalsh(parameters.covariances).min() > 1e-6)
        )


def _symmetric(n: int, places: tuple[NDArray[np.intp], NDArray[np.intp]], values: Floats) -> Floats:
    """A symmetric matrix with ``values`` at ``places`` and at their mirror images."""
    matrix = np.empty((n, n))
    matrix[places] = values
    matrix[places[1], places[0]] = values
    return matrix
