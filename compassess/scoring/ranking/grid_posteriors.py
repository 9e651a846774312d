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

_FLOOR: Final = 1e-300  # keeps logarithms finite; beside a mass that counts it is a jump, and no cubic
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)  # in a cell: 1e-9 of its mass at 1.5 SD a cell
#: From values at the nodes to coefficients of their polynomial, and of its integral from −1.
_POLYNOMIAL: Final = np.linalg.inv(np.polynomial.legendre.legvander(_NODES, _NODES.size - 1))
_INTEGRAL: Final = np.polynomial.legendre.legint(_POLYNOMIAL, lbnd=-1)
_INSIDE: Final = 0.5 * (1.0 + _NODES)  # the points in a cell of width 1

#: Which cubics of logarithms are believed. Second differences D₁, D₂ of the four nodes of a cell that are no
#: larger than this bend it by less than an eighth, whatever their signs;
_SLIGHT: Final = 1.0
#: larger ones must have one sign and be alike: within a factor of four the cubic lies between the chord and
#: the neighbours' chords drawn on, as every concave (convex) curve through the nodes does;
_ALIKE: Final = 4.0
#: and neither they (nodes 3 SD apart) nor the whole range of the logarithm in a cell may be larger than the
#: polynomial of the density can follow. A normal density has such a range where less than 1e-9 lies beyond.
_STEEPEST_BEND: Final = 9.0
_WIDEST_RANGE: Final = 10.0
_LEAST_WIDTH: Final = 0.5  # nodes: no density has less, even where all mass is on one node


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridPosteriors:
    """Posteriors known by masses on the equally spaced nodes of a grid, independent.

    Masses on nodes are samples of a density. Where they are smooth its logarithm is interpolated by cubics,
    which reproduce a normal density whatever its width; where they jump (a 0 beside a mass that counts, a
    hard edge, masses that were rounded) the density itself is interpolated linearly. Its distribution
    function is integrated cell by cell, and held to the masses everywhere:

        Σ_{j<q} m_j ≤ F(θ_q) ≤ Σ_{j≤q} m_j.

    Nothing lies beyond the ends of the grid.
    """

    grid: Grid
    mean: Floats
    sd: Floats
    _mass: Floats  # (n_persons, Q), of sum 1
    _in_cell: Floats  # (n_persons, Q − 1), P(θ in the cell)
    _below: Floats  # (n_persons, Q), F at the nodes

    @classmethod
    def of(cls, grid: Grid, masses: ArrayLike) -> Self:
        """From ``masses`` (n_persons, Q) of any positive sum; a row of NaN: no posterior.

        Limits: nodes no further apart than 1.5 posterior SD, as everywhere on grids; then probabilities of
        normal posteriors err by less than 1e-6, and by less than 1e-8 at one SD. At jumps they err by what
        lies in a cell there, at the most.

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
        cells = [_inside(p, cell) @ (0.5 * grid.spacing * _WEIGHTS) for cell in range(grid.n_nodes - 1)]
        in_cell = np.stack(cells, axis=1)
        in_cell /= in_cell.sum(axis=1, keepdims=True)
        below = np.concatenate([np.zeros((len(p), 1)), np.cumsum(in_cell, axis=1)], axis=1)
        up_to = np.minimum(np.cumsum(p, axis=1), 1.0)
        held = np.clip(below, np.concatenate([np.zeros((len(p), 1)), up_to[:, :-1]], axis=1), up_to)
        # Differences of F lose the last digits of the upper tail: only where F was moved.
        moved = (held != below)[:, :-1] | (held != below)[:, 1:]
        in_cell = np.where(moved, np.diff(held, axis=1), in_cell)
        names = ("mean", "sd", "_mass", "_in_cell", "_below")
        parts = map(read_only, (mean, sd, p, in_cell, held))
        return cls(grid=grid, **dict(zip(names, parts, strict=True)))

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
            _mass=self._mass[persons],
            _in_cell=self._in_cell[persons],
            _below=self._below[persons],
        )

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """f and S at points of one cell, (n_persons, n_points) each."""
        place = (t - self.grid.theta[0]) / self.grid.spacing
        cell = int(np.clip(np.floor(place.mean()), 0, self.grid.n_nodes - 2))
        part = np.clip(place - cell, 0.0, 1.0)
        inside = _inside(self._mass, cell)
        whole = inside @ (0.5 * self.grid.spacing * _WEIGHTS)
        empty = whole == 0.0
        inside *= np.where(empty, 0.0, self._in_cell[:, cell] / np.where(empty, 1.0, whole))[:, None]
        # The density is the derivative of F to the last bit: probabilities of ranks then sum as they must.
        density = inside @ np.polynomial.legendre.legval(2.0 * part - 1.0, _POLYNOMIAL)
        weights = np.polynomial.legendre.legval(2.0 * part - 1.0, _INTEGRAL)
        passed = inside @ (0.5 * self.grid.spacing * weights)
        low, high = self._below[:, cell, None], self._below[:, cell + 1, None]
        return density, 1.0 - np.clip(low + passed, low, high)

    def narrowest(self, low: float, high: float) -> float:
        """The smallest SD of those who may lie in [low, high]."""
        return narrowest(self.mean, np.maximum(self.sd, _LEAST_WIDTH * self.grid.spacing), low, high)

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


def _inside(mass: Floats, cell: int) -> Floats:
    """Densities at the Gauss-Legendre points of a cell, (n_persons, n_points), but for a common factor."""
    first = min(max(cell - 1, 0), mass.shape[1] - 4)
    logs = np.log(np.maximum(mass[:, first : first + 4], _FLOOR))
    cubic = logs @ cubic_weights(4, cell - first + _INSIDE)
    left, right = mass[:, cell, None], mass[:, cell + 1, None]
    smooth = _smooth(logs, cubic, cell - first)[:, None]
    return np.where(smooth, np.exp(np.where(smooth, cubic, 0.0)), left + (right - left) * _INSIDE)


def _smooth(logs: Floats, cubic: Floats, place: int) -> Truths:
    """Whether the cubic through four logarithms is to be believed in the cell at ``place``, (n_persons,)."""
    bends = np.diff(logs, n=2, axis=1)
    size = np.abs(bends)
    one_sign = bends[:, 0] * bends[:, 1] > 0.0
    alike = one_sign & (size.max(axis=1) <= _ALIKE * size.min(axis=1))
    whole = np.concatenate([cubic, logs[:, place : place + 2]], axis=1)
    followed = (size.max(axis=1) <= _STEEPEST_BEND) & (np.ptp(whole, axis=1) <= _WIDEST_RANGE)
    return np.asarray(followed & (alike | (size.max(axis=1) <= _SLIGHT)))
