"""Posteriors by their masses on a grid, as continuous distributions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt import Grid
from compassess.irt.interpolation import cubic_weights
from compassess.irt.read_only import read_only
from compassess.scoring.cuts import ascending, between_cuts
from compassess.scoring.ranking.integrals import integrated_among_best, integrated_rank_moments
from compassess.scoring.ranking.posteriors import narrowest, refuse_values, wrong_shape

__all__ = ["GridPosteriors"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_FLOOR: Final = 1e-300  # keeps logarithms finite where nothing is left anyhow
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # in a cell: 1e-9 of its mass at 1.5 SD a cell
#: From values at the nodes to coefficients of their polynomial's integral from −1.
_INTEGRAL: Final = np.polynomial.legendre.legint(
    np.linalg.inv(np.polynomial.legendre.legvander(_NODES, _NODES.size - 1)), lbnd=-1
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridPosteriors:
    """Posteriors known by masses on the equally spaced nodes of a grid, independent.

    Masses on nodes are samples of a density. Its logarithm is interpolated by cubics, which reproduce a
    normal density whatever its width; its distribution function is integrated cell by cell. Nothing lies
    beyond the ends of the grid.
    """

    grid: Grid
    mean: Floats
    sd: Floats
    _log_mass: Floats  # (n_persons, Q), of densities that integrate to 1
    _below: Floats  # (n_persons, Q), F at the nodes

    @classmethod
    def of(cls, grid: Grid, masses: ArrayLike) -> Self:
        """From ``masses`` (n_persons, Q) of any positive sum; a row of NaN: no posterior.

        Limits: nodes no further apart than 1.5 posterior SD, as everywhere on grids; then probabilities of
        normal posteriors err by less than 1e-6, and by less than 1e-8 at one SD.

        Raises
        ------
        InputError : nobody; a column count that is not the grid's; masses that are negative or sum to 0; a
            grid of fewer than five nodes.
        """
        problems: list[Problem] = []
        table = np.array(masses, dtype=np.float64, ndmin=2)
        if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] != grid.n_nodes or grid.n_nodes < 5:
            problems.append(
                wrong_shape("masses", table, f"a row a person and {grid.n_nodes} columns, at least 5")
            )
        raise_if_any(problems)
        unknown = np.asarray(np.isnan(table).all(axis=1))
        sums = table.sum(axis=1)
        wrong = ~unknown & ~(np.all(table >= 0, axis=1) & np.isfinite(sums) & (sums > 0))
        refuse_values("masses", wrong, sums, "rows ≥ 0 with a sum above 0, or of NaN", problems)
        raise_if_any(problems)
        return cls._from_masses(grid, table / sums[:, None])

    @classmethod
    def _from_masses(cls, grid: Grid, p: Floats) -> Self:
        mean = p @ grid.theta
        sd = np.sqrt(np.einsum("nq,nq->n", p, (grid.theta - mean[:, None]) ** 2))
        log_mass = np.log(np.maximum(p, _FLOOR))
        cells = [
            np.exp(_between(log_mass, cell, 0.5 * (1.0 + _NODES))) @ (0.5 * grid.spacing * _WEIGHTS)
            for cell in range(grid.n_nodes - 1)
        ]
        below = np.cumsum(np.stack([np.zeros(len(p)), *cells], axis=1), axis=1)
        whole = below[:, -1:].copy()
        parts = (mean, sd, log_mass - np.log(whole), below / whole)
        names = ("mean", "sd", "_log_mass", "_below")
        return cls(grid=grid, **dict(zip(names, map(read_only, parts), strict=True)))

    @property
    def known(self) -> Truths:
        """Who has a posterior."""
        return ~np.isnan(self.mean)

    @property
    def n_draws(self) -> int | None:
        """None: probabilities are integrated."""
        return None

    @property
    def n_persons(self) -> int:
        """How many."""
        return self.mean.size

    @property
    def breaks(self) -> Floats:
        """The nodes, where pieces of the interpolation meet."""
        return self.grid.theta

    def select(self, persons: NDArray[np.intp]) -> Self:
        """Some of the persons."""
        return type(self)(
            grid=self.grid,
            mean=self.mean[persons],
            sd=self.sd[persons],
            _log_mass=self._log_mass[persons],
            _below=self._below[persons],
        )

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """f and S at points of one cell, (n_persons, n_points) each."""
        place = (t - self.grid.theta[0]) / self.grid.spacing
        cell = int(np.clip(np.floor(place.mean()), 0, self.grid.n_nodes - 2))
        part = np.clip(place - cell, 0.0, 1.0)
        density = np.exp(_between(self._log_mass, cell, part))
        inside = np.exp(_between(self._log_mass, cell, 0.5 * (1.0 + _NODES)))
        weights = np.polynomial.legendre.legval(2.0 * part - 1.0, _INTEGRAL)
        below = self._below[:, cell, None] + inside @ (0.5 * self.grid.spacing * weights)
        return density, np.clip(1.0 - below, 0.0, 1.0)

    def narrowest(self, low: float, high: float) -> float:
        """The smallest SD of those who may lie in [low, high]."""
        return narrowest(self.mean, self.sd, low, high)

    def bands(self, cuts: ArrayLike) -> Floats:
        """Differences of F at the cuts, (n_persons, n_cuts + 1); NaN without a posterior.

        Raises
        ------
        InputError : cuts that are not finite or do not increase.
        """
        problems: list[Problem] = []
        edges = ascending(cuts, problems)
        raise_if_any(problems)
        return between_cuts(1.0 - np.stack([self.at(edge[None])[1][:, 0] for edge in edges], axis=1))

    def p_among_best(self, k: int) -> Floats:
        """P(among the k best), integrated."""
        return integrated_among_best(self, k)

    def rank_moments(self) -> tuple[Floats, Floats]:
        """Mean and variance of the ranks, integrated."""
        return integrated_rank_moments(self)


def _between(log_mass: Floats, cell: int, part: Floats) -> Floats:
    """The cubic interpolation of rows at parts of a cell, (n_persons, n_points)."""
    first = min(max(cell - 1, 0), log_mass.shape[1] - 4)
    weights = cubic_weights(4, cell - first + part)
    return np.asarray(log_mass[:, first : first + 4] @ weights)
