"""One estimation: the groups' answers laid out on a grid, and what is free.

Groups share items and λ. The reference group stands first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from compassess.irt.design import Design
from compassess.irt.estimation.space import Space
from compassess.irt.expectation import Expectation, expectation
from compassess.irt.grid import Grid
from compassess.irt.lattice import Lattice
from compassess.irt.layout import Layout, log_probability_table
from compassess.irt.models import Family, Floats, model_named
from compassess.irt.priors import Priors, penalty

__all__ = ["Evaluation", "Fit"]

_LEAST_EIGENVALUE: Final = 1e-6  # below it a covariance matrix counts as singular on the way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """An E-step at φ: the objective (log-likelihood + Σ log prior), and the expectations by group."""

    phi: Floats
    value: float
    log_likelihood: float
    by_group: tuple[Expectation, ...]

    @property
    def total(self) -> Expectation:
        """The expectations of all groups together."""
        return reduce(Expectation.__add__, self.by_group)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """The data, the grid, what is free, and the priors by batch."""

    designs: tuple[Design, ...]
    grid: Grid
    space: Space
    priors: tuple[Priors, ...]

    @property
    def layout(self) -> Layout:
        """Where categories stand; the same for all groups."""
        return self.designs[0].layout

    @property
    def families(self) -> tuple[Family, ...]:
        """By batch."""
        return tuple(model_named(batch.model).family for batch in self.layout.batches)

    @property
    def n_persons(self) -> int:
        """Rows of all groups."""
        return sum(design.n_persons for design in self.designs)

    @property
    def total(self) -> float:
        """Persons of all groups, counted by their frequencies."""
        return sum(design.total for design in self.designs)

    @property
    def bound(self) -> float:
        """The greatest |λ|: a narrower transition than the grid resolves would hang on the nodes."""
        spacing = self.grid.spacing
        return float(np.sqrt(1.0 - (spacing / 1.5) ** 2)) if spacing < 1.3 else 0.5

    def on(self, grid: Grid) -> Fit:
        """The same on other nodes."""
        return replace(self, grid=grid)

    def thinned(self, stride: int) -> Fit:
        """The same with every ``stride``-th person of each group."""
        return replace(self, designs=tuple(design.thinned(stride) for design in self.designs))

    def lattice(self, phi: Floats, group: int = 0, dtype: DTypeLike = np.float64) -> Lattice:
        """The population of a group on the grid."""
        return Lattice(self.space.population(phi, group), self.grid, dtype)

    def table(self, phi: Floats) -> Floats:
        """Log-probabilities of all categories on the nodes."""
        return log_probability_table(self.layout, self.space.xi(phi), self.grid.theta)

    def evaluation(self, phi: Floats, dtype: DTypeLike = np.float64) -> Evaluation:
        """One E-step."""
        table = self.table(phi)
        by_group = tuple(
            expectation(design, self.lattice(phi, group, dtype), table, dtype)
            for group, design in enumerate(self.designs)
        )
        log_likelihood = sum(expected.log_likelihood for expected in by_group)
        return Evaluation(
            phi=phi,
            value=log_likelihood + self.log_prior(phi),
            log_likelihood=log_likelihood,
            by_group=by_group,
        )

    def log_prior(self, phi: Floats) -> float:
        """Σ log prior of the free items, up to constants; 0 without priors."""
        return sum(
            float(penalty(family, priors, xi).value.sum())
            for family, priors, xi in zip(self.families, self.priors, self.space.xi(phi), strict=True)
            if priors
        )

    def feasible(self, phi: Floats) -> bool:
        """Whether φ lies inside every domain."""
        inside = all(
            bool(np.all(family.feasible(xi)))
            for family, xi in zip(self.families, self.space.xi(phi), strict=True)
        )
        return (
            bool(np.all(np.isfinite(phi)))
            and inside
            and bool(np.all(np.abs(phi[self.space.loading_places]) <= self.bound))
            and all(
                np.linalg.eigvalsh(self.space.covariance(phi, group))[0] > _LEAST_EIGENVALUE
                for group in range(len(self.designs))
            )
        )

    def within_bounds(self, phi: Floats) -> Floats:
        """φ with every λ brought back to its bound."""
        phi = phi.copy()
        places = self.space.loading_places
        phi[places] = np.clip(phi[places], -self.bound, self.bound)
        return phi

    def loading_tables(self, evaluation: Evaluation) -> list[Floats]:
        """The expected tables of θ_c × θ_b of the competencies whose λ is free, (Q, Q) each."""
        if not self.space.free_loadings:
            return []
        carriers, pairs = self.lattice(evaluation.phi).carrier_of_competency, evaluation.total.pairs
        found = [pairs[int(carriers[competency])] for competency in self.space.free_loadings]
        return [table for table in found if table is not None]  # a free λ is below 1: there is one for each
