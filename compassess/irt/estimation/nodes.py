r"""How many nodes a fit needs, and what those that it had were worth.

Letters: h spacing, m and σ posterior mean and SD of a person in a dimension, x₀ any node. By Poisson's
formula the sum over equally spaced nodes of a normal density errs by the factor

    1 + e,   e = 2 exp(−2π² σ² / h²) cos(2π (m − x₀) / h) + …,

0.03 % at h = 1.5 σ and nearly fifty times that at 2 σ. Summed over persons and dimensions, Σ e is what the
nodes add to the log-likelihood, and √Σ e² what they leave uncertain of it; the masses on the outermost nodes
tell what lies beyond them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from compassess.irt.design import Design
from compassess.irt.estimation.fit import Fit
from compassess.irt.expectation import over_persons
from compassess.irt.grid import Grid
from compassess.irt.lattice import BlockPosterior, Lattice
from compassess.irt.models import Family, Floats, theta_information

__all__ = [
    "STEEPEST",
    "TOLERATED",
    "Quadrature",
    "affordable_nodes",
    "checked",
    "finer",
    "reaching",
    "resolving_nodes",
    "slope_sizes",
]

TOLERATED: Final = 0.02  # of the log-likelihood, in its own units: it moves no conclusion from it
STEEPEST: Final = 2.2  # h a of an item that equally spaced sums still follow: an error of 1e-3 of its step
_RUNAWAY: Final = 50.0  # a steeper slope runs away: no grid would keep up with it
_TRUNCATED: Final = 1e-3  # masses on the outermost nodes, summed over persons
_WIDER: Final = 1.25  # times as wide, at least, where a grid is too short
_FINER: Final = 1.5  # times as dense where it is too coarse: the exponent of e grows by 1.5²
_REACH: Final = 6.0  # SDs of a population that a wider grid takes in; they leave 2e-9 outside
#: The most nodes a block gets without being asked, by the number of blocks: joint grids are Q^B.
_MOST: Final[Mapping[int, int]] = {1: 2001, 2: 241, 3: 81, 4: 25, 5: 15}
_PLAUSIBLE: Final = 4.0  # SDs of the population within which somebody's posterior may lie


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrature:
    """What a grid was worth.

    ``error`` of the log-likelihood, as far as posteriors are normal; ``truncated`` the mass at its ends; and
    ``steepness``, h max |a|: an item that turns between two nodes is a step for them.
    """

    error: float
    truncated: float
    steepness: float = 0.0

    @property
    def fine_enough(self) -> bool:
        """Whether the spacing is."""
        return self.error <= TOLERATED and not self.is_too_steep

    @property
    def is_too_steep(self) -> bool:
        """Whether an item turns faster than the nodes follow."""
        return self.steepness > STEEPEST

    @property
    def wide_enough(self) -> bool:
        """Whether the range is."""
        return self.truncated <= _TRUNCATED


def resolving_nodes(fit: Fit, phi: Floats, ratio: float) -> int:
    """Nodes on the fit's range whose spacing is at most ``ratio`` times the least posterior SD to expect.

    σ = (1 / Var θ + max I(θ))^(−½) with I the information of all items of a dimension.
    """
    least = 1.0
    theta, space = fit.grid.theta, fit.space
    information = np.zeros((len(fit.layout.carrier_rows), theta.size))
    for batch, family, xi in zip(fit.layout.batches, fit.families, space.xi(phi), strict=True):
        carriers = fit.layout.carrier_of_item[batch.items]
        np.add.at(information, carriers, theta_information(family, xi, theta))
    for group in range(space.n_groups):
        lattice = fit.lattice(phi, group)
        for index, carrier in enumerate(lattice.carriers):
            centre = float(space.mean(phi, group)[carrier.block])
            variance = float(space.covariance(phi, group)[carrier.block, carrier.block])
            if carrier.transition is not None:
                variance = 1.0
            near = np.abs(theta - centre) <= _PLAUSIBLE * np.sqrt(variance)
            highest = float(information[index, near].max(initial=0.0))
            least = min(least, float((1.0 / variance + highest) ** -0.5))
    return _odd(2 * fit.grid.theta[-1] / (ratio * least) + 1)


def affordable_nodes(n_blocks: int) -> int:
    """The most nodes a block gets without being asked: every E-step pays for them."""
    return _MOST[n_blocks]


def checked(fit: Fit, phi: Floats) -> Quadrature:
    """What the fit's grid is worth at φ."""
    table = fit.table(phi)
    # In float32 masses at the ends are good in one dimension; on a joint grid small ones add up.
    dtype = np.float32 if fit.space.n_blocks == 1 and not fit.space.free_loadings else np.float64
    parts = [
        part
        for group, design in enumerate(fit.designs)
        for part in _of_group(design, fit.lattice(phi, group, dtype), table)
    ]
    signed, squared, truncated = np.sum(parts, axis=0).tolist()
    truncated += sum(design.total * _beyond(fit, phi, group) for group, design in enumerate(fit.designs))
    return Quadrature(
        error=abs(signed) + float(np.sqrt(squared)),
        truncated=truncated,
        steepness=fit.grid.spacing
        * max(
            float(slope_sizes(family, xi).max(initial=0.0))
            for family, xi in zip(fit.families, fit.space.xi(phi), strict=True)
        ),
    )


def slope_sizes(family: Family, xi: Floats) -> Floats:
    """|a| of items, (n_items,); of nominal ones the greatest difference between two categories' slopes."""
    columns = family.to_irt(xi)
    return np.abs(columns["a"][:, 0]) if "a" in columns else np.ptp(columns["slopes"], axis=1)


def _beyond(fit: Fit, phi: Floats, group: int) -> float:
    """The share of a group's population that lies beyond the nodes, over all blocks."""
    mean, spread = fit.space.mean(phi, group), np.sqrt(np.diag(fit.space.covariance(phi, group)))
    limit = fit.grid.theta[-1]
    return float((ndtr((-limit - mean) / spread) + ndtr((mean - limit) / spread)).sum())


def _of_group(design: Design, lattice: Lattice, table: Floats) -> list[tuple[float, float, float]]:
    """Σ e, Σ e² and the mass on the outermost nodes, a chunk of persons each."""
    dtype = lattice.prior.dtype
    theta, spacing = lattice.grid.theta.astype(dtype), lattice.grid.spacing

    def chunk(persons: slice, likelihood: Floats, posterior: BlockPosterior) -> tuple[float, float, float]:
        masses = lattice.carrier_posteriors(likelihood, posterior)
        masses = np.concatenate([posterior.blocks, masses], axis=1) if lattice.has_layer else masses
        mean = masses @ theta
        variance = np.maximum(masses @ theta**2 - mean**2, 0.0).astype(np.float64)
        missed = 2 * np.exp(-2 * np.pi**2 * variance / spacing**2)
        missed *= np.cos(2 * np.pi * (mean - theta[0]) / spacing)
        frequency = np.ones(len(masses)) if design.frequency is None else design.frequency[persons]
        return (
            float(frequency @ missed.sum(axis=1)),
            float(frequency @ (missed**2).sum(axis=1)),
            float(frequency @ (masses[..., 0] + masses[..., -1]).sum(axis=1)),
        )

    return over_persons(chunk, design, lattice, table, dtype)


def reaching(fit: Fit, phi: Floats) -> Grid:
    """The fit's grid, or one of the same spacing that reaches as far as its populations."""
    truncated = sum(design.total * _beyond(fit, phi, group) for group, design in enumerate(fit.designs))
    found = Quadrature(error=0.0, truncated=truncated)
    return finer(fit, phi, found) or fit.grid


def finer(fit: Fit, phi: Floats, found: Quadrature) -> Grid | None:
    """A grid that mends what was found; None where it would be too large, or nothing is to be mended."""
    grid, limit = fit.grid, float(fit.grid.theta[-1])
    spacing = grid.spacing / (1.0 if found.error <= TOLERATED else _FINER)
    if found.is_too_steep:
        steepest = min(found.steepness / grid.spacing, _RUNAWAY)
        spacing = min(spacing, STEEPEST / steepest)
    if not found.wide_enough:
        limit = max(_WIDER * limit, _reach(fit, phi))
    n_nodes = _odd(2 * limit / spacing + 1)
    if n_nodes <= grid.n_nodes or n_nodes > affordable_nodes(fit.space.n_blocks):
        return None
    return Grid.create(n_nodes, limit)


def _reach(fit: Fit, phi: Floats) -> float:
    """How far nodes must go to take in all groups."""
    return max(
        float(
            (np.abs(fit.space.mean(phi, g)) + _REACH * np.sqrt(np.diag(fit.space.covariance(phi, g)))).max()
        )
        for g in range(fit.space.n_groups)
    )


def _odd(nodes: float) -> int:
    """The least odd whole number that is not below: one node stays at 0."""
    whole = int(np.ceil(nodes - 1e-9))
    return whole + 1 - whole % 2
