"""Where the densities of two judged groups meet, if both are normal.

Letters. n₀, m₀, s₀ and n₁, m₁, s₁ are number, mean and SD of those judged below and above;
g(θ) = log(n₁ φ(θ; m₁, s₁) / n₀ φ(θ; m₀, s₀)) − log(L₁ / L₀), which rises through 0 at the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["normal_cuts"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    n: int
    mean: float
    spread: float

    @classmethod
    def of(cls, scores: Floats) -> _Group:
        return cls(n=scores.size, mean=float(scores.mean()), spread=float(scores.std(ddof=1)))


def normal_cuts(
    scores: Floats, above: Booleans, log_loss_ratio: float
) -> tuple[Floats, tuple[str, ...], Floats, dict[str, Floats]]:
    """Cuts, statuses, covariance, ``means`` and ``spreads`` (n_cuts, 2); ``above`` (n_cuts, n_persons).

    The covariance is Σ_n ψ_nj ψ_nk, ψ the influence of each person on a cut through the mean, the SD and the
    size of the group (NaN where there is no cut); for normal groups that sum is the delta method's variance
    with Var m = s² / n, Var s = s² / 2n, Var log(n₁ / n₀) = 1 / n₀ + 1 / n₁.
    """
    pairs = [(_Group.of(scores[~side]), _Group.of(scores[side])) for side in above]
    found = [_intersection(low, high, log_loss_ratio) for low, high in pairs]
    cuts = np.array([cut for cut, _ in found])
    psi = np.stack(
        [
            _influence(scores, side, low, high, cut)
            for side, (low, high), cut in zip(above, pairs, cuts.tolist(), strict=True)
        ]
    )
    told = {
        "means": np.array([[low.mean, high.mean] for low, high in pairs]),
        "spreads": np.array([[low.spread, high.spread] for low, high in pairs]),
    }
    return cuts, tuple(status for _, status in found), psi @ psi.T, told


def _intersection(low: _Group, high: _Group, log_loss_ratio: float) -> tuple[float, str]:
    """The root of g where it rises: g is a parabola, and on one side of its vertex lie both means.

    With c, b and 2a its value, slope and curvature half way between the means, where b > 0, the root is
    −2c / (b + √(b² − 4ac)) from there; it needs no other formula where the spreads are equal and a is 0.
    """
    if high.mean <= low.mean:
        return float("nan"), "not_rising"
    if min(low.spread, high.spread) <= 0:
        return float("nan"), "no_spread"
    middle, away = (low.mean + high.mean) / 2, (high.mean - low.mean) / 2
    p, q = 1 / low.spread**2, 1 / high.spread**2
    a, b = (p - q) / 2, away * (p + q)
    c = float(np.log(high.n / low.n) + np.log(low.spread / high.spread)) + away**2 * a - log_loss_ratio
    discriminant = b**2 - 4 * a * c
    if not discriminant > 0:
        return float("nan"), "no_intersection"
    return middle - 2 * c / (b + float(np.sqrt(discriminant))), "ok"


def _influence(scores: Floats, above: Booleans, low: _Group, high: _Group, cut: float) -> Floats:
    """How much each person moves the cut, (n_persons,): −(∂g / ∂parameters) · moves / (∂g / ∂θ)."""
    if np.isnan(cut):
        return np.full(scores.size, np.nan)
    slope = (cut - low.mean) / low.spread**2 + (high.mean - cut) / high.spread**2
    moves = np.where(above, _pull(scores, high, cut), -_pull(scores, low, cut))
    return -moves / slope


def _pull(scores: Floats, group: _Group, cut: float) -> Floats:
    """Change of log(n φ(cut)) of a group by each of its persons: through mean, SD and size."""
    away = cut - group.mean
    by_mean = away / group.spread**2
    by_spread = away**2 / group.spread**3 - 1 / group.spread
    apart = scores - group.mean
    spread_moves = (apart**2 - group.spread**2) / (2 * group.spread)
    return (by_mean * apart + by_spread * spread_moves + 1.0) / group.n
