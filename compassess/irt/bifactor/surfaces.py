r"""Items over the plane of a general and a specific factor: η = a_g θ_g + a_s θ_s, P from the family at η.

An item's free parameters are (a_g, a_s, t_1 …), without a_s where it has no specific factor. The
family is asked with slope 1 at the values of η: ∂ log P / ∂a_g = θ_g ∂ log P / ∂η, and likewise for a_s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from compassess.irt.models import Family, Floats

__all__ = ["Plane", "Surface", "fitted_surface"]

_HALVINGS: Final = 20
_RIDGE: Final = 1e-9  # relative; keeps an item with almost no information solvable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """The nodes of one factor with their masses, (Q,), and all their pairs (θ_g, θ_s), θ_g the slower."""

    theta: Floats
    masses: Floats

    @classmethod
    def create(cls, n_nodes: int, limit: float) -> Plane:
        """Equally spaced standard normal nodes on ±limit."""
        theta = np.linspace(-limit, limit, n_nodes)
        masses = np.exp(-0.5 * theta**2)
        return cls(theta=theta, masses=masses / masses.sum())

    @property
    def n_nodes(self) -> int:
        """Q."""
        return self.theta.size

    @property
    def general(self) -> Floats:
        """θ_g of every node of the plane, (Q²,)."""
        return np.repeat(self.theta, self.n_nodes)

    @property
    def specific(self) -> Floats:
        """θ_s of every node of the plane, (Q²,)."""
        return np.tile(self.theta, self.n_nodes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """An item's formula: its family, and whether it has a specific factor."""

    family: Family
    has_specific: bool

    @property
    def n_slopes(self) -> int:
        """1 or 2."""
        return 1 + self.has_specific

    def xi(self, free: Floats) -> Floats:
        """Working parameters of the family at slope 1, (1, n_parameters)."""
        return np.concatenate([[1.0], free[self.n_slopes :]])[None]

    def eta(self, free: Floats, plane: Plane) -> Floats:
        """η on the nodes, (Q²,)."""
        eta = free[0] * plane.general
        return eta + free[1] * plane.specific if self.has_specific else eta

    def feasible(self, free: Floats) -> bool:
        """Whether the parameters are in the family's domain."""
        return bool(np.all(np.isfinite(free)) and self.family.feasible(self.xi(free))[0])

    def log_probability(self, free: Floats, plane: Plane) -> Floats:
        """(K, Q²)."""
        return np.asarray(self.family.log_probability(self.xi(free), self.eta(free, plane))[0])

    def scores(self, free: Floats, plane: Plane) -> Floats:
        """∂ log P_k / ∂ free, (n_free, K, Q²)."""
        xi, eta = self.xi(free), self.eta(free, plane)
        by_eta = self.family.theta_derivatives(xi, eta)[0][0]
        rest = self.family.log_probability_gradient(xi, eta)[0, 1:]
        slopes = [plane.general * by_eta] + ([plane.specific * by_eta] if self.has_specific else [])
        return np.concatenate([np.stack(slopes), rest])


def fitted_surface(surface: Surface, counts: Floats, free: Floats, plane: Plane) -> tuple[Floats, Floats]:
    """From expected answers (K, Q²) the slope of Σ counts log P, and parameters that fit them better.

    One scoring step, halved until it gains.
    """
    scores, log_p = surface.scores(free, plane), surface.log_probability(free, plane)
    slope = np.einsum("pkq,kq->p", scores, counts)
    weighted = (scores * np.sqrt(np.exp(log_p) * counts.sum(axis=0))).reshape(len(scores), -1)
    information = weighted @ weighted.T
    information[np.diag_indices_from(information)] += _RIDGE * np.trace(information) + 1e-12
    step, value = np.linalg.solve(information, slope), float((counts * log_p).sum())
    for _ in range(_HALVINGS):
        trial = free + step
        if surface.feasible(trial) and float((counts * surface.log_probability(trial, plane)).sum()) >= value:
            return slope, trial
        step = step / 2
    return slope, free
