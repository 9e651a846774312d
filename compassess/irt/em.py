"""EM for the model of the house: the estimated parameters, and a step from them to better ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.design import Design
from compassess.irt.expectation import expectation
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.layout import log_probability_table
from compassess.irt.maximisation import fitted_correlation, fitted_items, fitted_loading
from compassess.irt.models import model_named
from compassess.irt.population import Population
from compassess.irt.structure import Structure

__all__ = ["Fit", "Parameters"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameters:
    """Everything that is estimated: items by batch, R, λ of all competencies."""

    items: tuple[Floats, ...]
    correlation: Floats
    loadings: Floats

    def packed(self) -> Floats:
        """One vector: items, R below the diagonal, λ."""
        below = np.tril_indices(len(self.correlation), -1)
        parts = [xi.ravel() for xi in self.items]
        return np.concatenate([*parts, self.correlation[below], self.loadings])

    def unpacked(self, vector: Floats) -> Parameters:
        """The same shapes with the vector's values."""
        ends = np.cumsum([xi.size for xi in self.items])
        pieces = np.split(vector, ends)
        items = tuple(p.reshape(x.shape) for p, x in zip(pieces, self.items, strict=False))
        below = np.tril_indices(len(self.correlation), -1)
        correlation = np.eye(len(self.correlation))
        correlation[below] = pieces[-1][: below[0].size]
        correlation = correlation + np.tril(correlation, -1).T
        return Parameters(items=items, correlation=correlation, loadings=pieces[-1][below[0].size :])


class Fit:
    """One EM: the data laid out on a grid, and which loadings are free."""

    def __init__(self, design: Design, grid: Grid, structure: Structure, free: tuple[int, ...]) -> None:
        self.design = design
        self.grid = grid
        self.structure = structure
        self.free = free
        # A narrower transition than the grid resolves would make λ depend on the nodes.
        self.bound = float(np.sqrt(1.0 - (grid.spacing / 1.5) ** 2)) if grid.spacing < 1.5 else 0.5

    def population(self, parameters: Parameters) -> Population:
        """The population with these R and λ."""
        names = tuple(self.structure.block_of_competency)
        return Population.create(
            self.structure.blocks,
            correlation=parameters.correlation,
            competencies=self.structure.block_of_competency,
            loadings=dict(zip(names, parameters.loadings.tolist(), strict=True)),
        )

    def lattice(self, parameters: Parameters) -> Lattice:
        """That population on the grid."""
        return Lattice(self.population(parameters), self.grid)

    def table(self, parameters: Parameters) -> Floats:
        """Log-probabilities of all categories on the nodes."""
        return log_probability_table(self.design.layout, parameters.items, self.grid.theta)

    def step(self, parameters: Parameters) -> tuple[Parameters, float]:
        """One cycle of EM; the log-likelihood is the one before it."""
        lattice, theta = self.lattice(parameters), self.grid.theta
        expected = expectation(self.design, lattice, self.table(parameters))
        items = tuple(
            fitted_items(model_named(batch.model), xi, expected.counts[batch.rows], theta)
            for batch, xi in zip(self.design.layout.batches, parameters.items, strict=True)
        )
        loadings = parameters.loadings.copy()
        for competency in self.free:
            pairs = expected.pairs[int(lattice.carrier_of_competency[competency])]
            assert pairs is not None
            loadings[competency] = fitted_loading(pairs, theta, self.bound)
        correlation = fitted_correlation(expected.joint, theta, parameters.correlation)
        following = Parameters(items=items, correlation=correlation, loadings=loadings)
        return following, expected.log_likelihood

    def feasible(self, parameters: Parameters) -> bool:
        """Whether an extrapolated point lies inside every domain."""
        layout = self.design.layout
        inside = all(
            bool(np.all(model_named(batch.model).feasible(xi)))
            for batch, xi in zip(layout.batches, parameters.items, strict=True)
        )
        free = parameters.loadings[list(self.free)]
        return (
            inside
            and bool(np.all(np.abs(free) <= self.bound))
            and bool(np.linalg.eigvalsh(parameters.correlation).min() > 1e-6)
        )
