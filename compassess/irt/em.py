"""EM for the model of the house: the estimated parameters, and a step from them to better ones.

Groups share items and λ. The reference group stands first: its blocks are N(0, 1) and correlate by
R; other groups have means and covariances of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.expectation import Expectation, expectation
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.layout import Layout, log_probability_table
from compassess.irt.maximisation import fitted_correlation, fitted_items, fitted_loading, fitted_moments
from compassess.irt.models import model_named
from compassess.irt.population import Population
from compassess.irt.structure import Structure

__all__ = ["Fit", "Parameters"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Everything that is estimated.

    ``items`` by batch; ``loadings`` λ of all competencies; ``means`` (n_groups, n_blocks) and
    ``covariances`` (n_groups, n_blocks, n_blocks), the first of which is the reference's R.
    """

    items: tuple[Floats, ...]
    loadings: Floats
    means: Floats
    covariances: Floats

    def packed(self) -> Floats:
        """One vector: items, R below the diagonal, λ, then means and covariances of other groups."""
        n_blocks = self.means.shape[1]
        below, triangle = np.tril_indices(n_blocks, -1), np.tril_indices(n_blocks)
        return np.concatenate(
            [
                *[xi.ravel() for xi in self.items],
                self.covariances[0][below],
                self.loadings,
                self.means[1:].ravel(),
                *[covariance[triangle] for covariance in self.covariances[1:]],
            ]
        )

    def unpacked(self, vector: Floats) -> Parameters:
        """The same shapes with the vector's values."""
        n_groups, n_blocks = self.means.shape
        below, triangle = np.tril_indices(n_blocks, -1), np.tril_indices(n_blocks)
        sizes = [
            *[xi.size for xi in self.items],
            below[0].size,
            self.loadings.size,
            (n_groups - 1) * n_blocks,
            *[triangle[0].size] * (n_groups - 1),
        ]
        pieces = np.split(vector, np.cumsum(sizes)[:-1])
        n_batches = len(self.items)
        means = np.vstack([np.zeros((1, n_blocks)), pieces[n_batches + 2].reshape(-1, n_blocks)])
        covariances = np.stack(
            [
                _symmetric(np.eye(n_blocks), below, pieces[n_batches]),
                *[_symmetric(np.zeros((n_blocks, n_blocks)), triangle, x) for x in pieces[n_batches + 3 :]],
            ]
        )
        return Parameters(
            items=tuple(x.reshape(xi.shape) for x, xi in zip(pieces, self.items, strict=False)),
            loadings=pieces[n_batches + 1],
            means=means,
            covariances=covariances,
        )


class Fit:
    """One EM: the groups' data laid out on a grid, and which loadings are free."""

    def __init__(
        self, designs: Sequence[Design], grid: Grid, structure: Structure, free: tuple[int, ...]
    ) -> None:
        self.designs = tuple(designs)
        self.grid = grid
        self.structure = structure
        self.free = free
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

    def lattice(self, parameters: Parameters, group: int = 0) -> Lattice:
        """That population on the grid."""
        return Lattice(self.population(parameters, group), self.grid)

    def table(self, parameters: Parameters) -> Floats:
        """Log-probabilities of all categories on the nodes."""
        return log_probability_table(self.layout, parameters.items, self.grid.theta)

    def step(self, parameters: Parameters) -> tuple[Parameters, float]:
        """One cycle of EM; the log-likelihood is the one before it."""
        table, theta = self.table(parameters), self.grid.theta
        lattices = [self.lattice(parameters, group) for group in range(len(self.designs))]
        by_group = [
            expectation(design, lattice, table)
            for design, lattice in zip(self.designs, lattices, strict=True)
        ]
        total = reduce(Expectation.__add__, by_group)
        items = tuple(
            fitted_items(model_named(batch.model), xi, total.counts[batch.rows], theta)
            for batch, xi in zip(self.layout.batches, parameters.items, strict=True)
        )
        loadings = parameters.loadings.copy()
        for competency in self.free:
            pairs = total.pairs[int(lattices[0].carrier_of_competency[competency])]
            assert pairs is not None
            loadings[competency] = fitted_loading(pairs, theta, self.bound)
        correlation = fitted_correlation(by_group[0].joint, theta, parameters.covariances[0])
        moments = [fitted_moments(expected.joint, theta) for expected in by_group[1:]]
        following = Parameters(
            items=items,
            loadings=loadings,
            means=np.stack([parameters.means[0], *[mean for mean, _ in moments]]),
            covariances=np.stack([correlation, *[covariance for _, covariance in moments]]),
        )
        return following, total.log_likelihood

    def feasible(self, parameters: Parameters) -> bool:
        """Whether an extrapolated point lies inside every domain."""
        inside = all(
            bool(np.all(model_named(batch.model).feasible(xi)))
            for batch, xi in zip(self.layout.batches, parameters.items, strict=True)
        )
        free = parameters.loadings[list(self.free)]
        return (
            inside
            and bool(np.all(np.abs(free) <= self.bound))
            and bool(np.linalg.eigvalsh(parameters.covariances).min() > 1e-6)
        )


def _symmetric(start: Floats, places: tuple[NDArray[np.intp], NDArray[np.intp]], values: Floats) -> Floats:
    """``start`` with ``values`` at ``places`` and at their mirror images."""
    matrix = start.copy()
    matrix[places] = values
    matrix[places[1], places[0]] = values
    return matrix
