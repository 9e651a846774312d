"""Everything that is estimated, as one vector φ, and what it means.

Order: the items' free parameters; the free λ; then for each group the free means and the free
(co)variances of its blocks, row by row of the lower triangle. Rule: nobody else knows this order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimation.forms import ItemForm
from compassess.irt.estimation.structure import Structure
from compassess.irt.models import Floats
from compassess.irt.population import Population

__all__ = ["Space"]

Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """What is free, and the values of what is not.

    Attributes
    ----------
    forms : by batch.
    n_item_parameters : how many of the first places belong to items.
    structure : blocks and competencies.
    free_loadings : competencies whose λ is free; ``loadings_given`` (n_competencies,) holds the others.
    held_loadings : competencies whose λ is kept at 1, unasked, because the data cannot tell it.
    free_mean, free_variance : (n_groups, n_blocks); correlations between blocks are always free.
    means_given, covariances_given : (n_groups, n_blocks) and (n_groups, n_blocks, n_blocks), for what is not
        free.
    """

    forms: tuple[ItemForm, ...]
    n_item_parameters: int
    structure: Structure
    free_loadings: tuple[int, ...]
    held_loadings: tuple[int, ...]
    loadings_given: Floats
    free_mean: NDArray[np.bool_]
    free_variance: NDArray[np.bool_]
    means_given: Floats
    covariances_given: Floats

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.free_mean)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return self.free_mean.shape[1]

    @property
    def n_parameters(self) -> int:
        """Length of φ."""
        return self.n_item_parameters + self.n_population_parameters

    @property
    def n_population_parameters(self) -> int:
        """Free λ, means, variances and correlations."""
        moments = sum(
            int(self.free_mean[group].sum()) + self.moments(group)[0].size for group in range(self.n_groups)
        )
        return len(self.free_loadings) + moments

    @property
    def loading_places(self) -> slice:
        """Where the free λ stand."""
        start = self.n_item_parameters
        return slice(start, start + len(self.free_loadings))

    def mean_places(self, group: int) -> slice:
        """Where the free means of a group stand."""
        start = self.loading_places.stop + sum(
            int(self.free_mean[g].sum()) + self.moments(g)[0].size for g in range(group)
        )
        return slice(start, start + int(self.free_mean[group].sum()))

    def covariance_places(self, group: int) -> slice:
        """Where the free (co)variances of a group stand, in the order of :meth:`moments`."""
        start = self.mean_places(group).stop
        return slice(start, start + self.moments(group)[0].size)

    def moments(self, group: int) -> tuple[Index, Index]:
        """Rows and columns of a group's free (co)variances: below the diagonal, and free variances."""
        rows, columns = np.tril_indices(self.n_blocks)
        keep = (rows != columns) | self.free_variance[group][rows]
        return rows[keep], columns[keep]

    def xi(self, phi: Floats) -> tuple[Floats, ...]:
        """Working parameters by batch."""
        return tuple(form.xi(phi) for form in self.forms)

    def loadings(self, phi: Floats) -> Floats:
        """λ of all competencies, (n_competencies,)."""
        loadings = self.loadings_given.copy()
        loadings[list(self.free_loadings)] = phi[self.loading_places]
        return loadings

    def mean(self, phi: Floats, group: int = 0) -> Floats:
        """Means of a group's blocks."""
        mean = self.means_given[group].copy()
        mean[self.free_mean[group]] = phi[self.mean_places(group)]
        return mean

    def covariance(self, phi: Floats, group: int = 0) -> Floats:
        """Covariances of a group's blocks."""
        covariance = self.covariances_given[group].copy()
        rows, columns = self.moments(group)
        covariance[rows, columns] = covariance[columns, rows] = phi[self.covariance_places(group)]
        return covariance

    def population(self, phi: Floats, group: int = 0) -> Population:
        """The population of a group; the first is the reference."""
        covariance = self.covariance(phi, group)
        scale = np.sqrt(np.diag(covariance))
        names = tuple(self.structure.block_of_competency)
        return Population.create(
            self.structure.blocks,
            correlation=covariance / np.outer(scale, scale),
            competencies=self.structure.block_of_competency,
            loadings=dict(zip(names, self.loadings(phi).tolist(), strict=True)),
            mean=self.mean(phi, group),
            standard_deviation=scale,
        )

    def write_loadings(self, phi: Floats, loadings: Floats) -> None:
        """Put the free ones of all λ into φ."""
        phi[self.loading_places] = loadings[list(self.free_loadings)]

    def write_moments(self, phi: Floats, group: int, mean: Floats, covariance: Floats) -> None:
        """Put what is free of a group's moments into φ."""
        phi[self.mean_places(group)] = mean[self.free_mean[group]]
        phi[self.covariance_places(group)] = covariance[self.moments(group)]

    def scattered(self, parts: list[Floats]) -> Floats:
        """Sums by place of the items' parameters: slopes by batch, (n_items, width) each, added up."""
        total = np.zeros(self.n_parameters)
        for form, part in zip(self.forms, parts, strict=True):
            np.add.at(total, form.places, part)
        return total
