"""Where the densities of two judged groups meet, if both are normal.

Letters. n₀, m₀, s₀ and n₁, m₁, s₁ are number, mean and SD of those judged below and above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["normal_cuts"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_EQUAL: Final = 1e-9  # of the curvature: below it the two variances are one, and the equation is linear


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
    size of the group; for normal groups the sum of squares is the delta method's variance with
    Var m = s² / n, Var s = s² / 2n, Var log(n₁ / n₀) = 1 / n₀ + 1 / n₁.
    """
    cuts, statuses, influence, means, spreads = [], [], [], [], []
    for side in above:
        low, high = _Group.of(scores[~side]), _Group.of(scores[side])
        cut, status = _intersection(low, high, log_loss_ratio)
        cuts.append(cut)
        statuses.append(status)
        influence.append(_influence(scores, side, low, high, cut))
        means.append([low.mean, high.mean])
        spreads.append([low.spread, high.spread])
    psi = np.stack(influence)
    told = {"means": np.array(means), "spreads": np.array(spreads)}
    return np.array(cuts), tuple(statuses), psi @ psi.T, told


def _intersection(low: _Group, high: _Group, log_loss_ratio: float) -> tuple[float, str]:
    """The root between the means of log(n₁ φ₁ / n₀ φ₀) − log(L₁ / L₀), which is quadratic in θ."""
    if high.mean <= low.mean:
        return float("nan"), "not_rising"
    p, q = 1 / low.spread**2, 1 / high.spread**2
    a = (p - q) / 2
    b = high.mean * q - low.mean * p
    c = (low.mean**2 * p - high.mean**2 * q) / 2
    c += float(np.log(high.n / low.n) + np.log(low.spread / high.spread)) - log_loss_ratio
    linear = abs(a) <= _EQUAL * (p + q)
    roots = np.array([-c / b]) if linear else np.roots([a, b, c])
    real = np.real(roots[np.isreal(roots)])
    between = real[(real >= low.mean) & (real <= high.mean)]
    # From mean to mean the log ratio rises throughout, so that at most one root lies there.
    return (float(between[0]), "ok") if between.size else (float("nan"), "no_intersection")


def _influence(scores: Floats, above: Booleans, low: _Group, high: _Group, cut: float) -> Floats:
    """How much each person moves the cut, (n_persons,): −(∂g / ∂parameters) · moves / (∂g / ∂θ)."""
    slope = (cut - low.mean) / low.spread**2 - (cut - high.mean) / high.spread**2
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
