r"""Scores of the population: the slopes of its log-density in λ, means and covariances, from moments of θ.

Letters: u = θ_c, v = θ_b, ρ = 1 − λ². All are polynomials of the second degree in θ, so that what they are
under a posterior follows from its first and second moments. Rule: these formulas stand here alone; who needs
them on nodes, by person or summed over persons hands over u², u v, v² of nodes, persons or sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.irt.models import Floats

__all__ = [
    "LoadingScore",
    "OnNodes",
    "covariance_scores",
    "loading_curvature",
    "loading_on_nodes",
    "loading_score",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingScore:
    """h = ``constant`` + ``own`` u² + ``cross`` u v + ``block`` v²."""

    constant: float
    own: float
    cross: float
    block: float

    def at(self, own: Floats, cross: Floats, block: Floats) -> Floats:
        """h for u², u v and v², or E h for their expectations; any shapes that go together."""
        return np.asarray(self.constant + self.own * own + self.cross * cross + self.block * block)


def loading_score(loading: float) -> LoadingScore:
    """h = ∂ log N(u; λ v, ρ) / ∂λ = λ / ρ + (u − λ v) v / ρ − λ (u − λ v)² / ρ², |λ| < 1."""
    rest = 1.0 - loading**2
    return LoadingScore(
        constant=loading / rest,
        own=-loading / rest**2,
        cross=1.0 / rest + 2 * loading**2 / rest**2,
        block=-loading / rest - loading**3 / rest**2,
    )


def loading_curvature(loading: float, n: float, own: Floats, cross: Floats, block: Floats) -> Floats:
    """−∂h / ∂λ, from ``n`` persons' sums of u², u v and v²; n (1 + λ²) / ρ² where they are as expected."""
    rest = 1.0 - loading**2
    residual = own - 2 * loading * cross + loading**2 * block
    return np.asarray(
        -n * (1 + loading**2) / rest**2
        + (block + residual / rest) / rest
        - 4 * loading * (cross - loading * block) / rest**2
        + 4 * loading**2 * residual / rest**3
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OnNodes:
    """Of a λ whose transition is masses on nodes: ``score`` and ``curvature``, (Q, Q), nodes of u × v.

    ``mean`` (Q,), E₀ h at the nodes of v: 0 where those reach far enough and lie close enough.
    """

    mean: Floats
    score: Floats
    curvature: Floats


def loading_on_nodes(loading: float, theta: Floats, transition: Floats) -> OnNodes:
    """∂ log T / ∂λ and −∂² log T / ∂λ², with T(u | v) the masses of N(λ v, ρ) on the nodes, summing to 1.

    The first is h − E₀ h, the second −h′ + E₀ h′ + Var₀ h, with E₀ under T(· | v): exact where the nodes are
    too far apart, or do not reach far enough, for h itself.
    """
    own = theta[:, None]
    squares = own**2, own * theta, np.broadcast_to(theta**2, (theta.size, theta.size))
    h = loading_score(loading).at(*squares)
    bend = loading_curvature(loading, 1.0, *squares)
    mean = (transition * h).sum(axis=0)
    spread = (transition * h**2).sum(axis=0) - mean**2
    return OnNodes(mean=mean, score=h - mean, curvature=bend - (transition * bend).sum(axis=0) + spread)


def covariance_scores(inverse: NDArray[np.floating], second: NDArray[np.floating]) -> Floats:
    """∂ log N(θ; μ, Σ) / ∂σ_ij, (…, B, B), from Σ⁻¹ and S = E(θ − μ)(θ − μ)ᵀ, (…, B, B).

    (Σ⁻¹ S Σ⁻¹ − Σ⁻¹)_ij for i ≠ j, where σ_ij stands twice in Σ, and half of it for i = j.
    """
    return np.asarray((inverse @ second @ inverse - inverse) * (1.0 - 0.5 * np.eye(len(inverse))))
