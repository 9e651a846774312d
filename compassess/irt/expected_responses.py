"""Expected response functions: what is answered at θ by an item whose parameters are known with error.

A calibration tells ξ with a covariance. Two things follow for whoever uses the estimates as if they were
true: intervals are too narrow, and a choice among many items takes those whose slopes came out too high by
luck. So

1. slopes are shrunk towards each other, as far as their errors ask for: with log â_j ~ N(log a_j, s_j²) and
   log a_j ~ N(μ, τ²), μ and τ by maximum likelihood over the items of the bank, the posterior of
   ξ_j = (log a_j, intercepts …) is normal, with κ_j = τ² / (τ² + s_j²) and g_j = Σ_j e₁ / (τ² + s_j²),

       ξ̂_j + g_j (μ − log â_j),        Σ_j − g_j e₁ᵀ Σ_j

2. an answer's probability is its mean over that posterior, P̄_k(θ) = E P_k(θ; ξ), and the item's information
   is Fisher's of P̄, Σ_k (dP̄_k/dθ)² / P̄_k, which is at most E I(θ; ξ).

Errors of different items count as independent. References: Lewis (2001), in Essays on item response theory,
ch. 8 (expected response functions); Mislevy, Wingersky & Sheehan (1994), ETS RR-94-28; van der Linden & Glas
(2000), Applied Measurement in Education 13 (luck in adaptive choices); Morris (1983), JASA 78 (shrinkage).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar
from scipy.stats import norm, qmc

from compassess.irt.items import Items
from compassess.irt.layout import Batch, Layout, batch_parameters
from compassess.irt.models import Family, Floats, model_named

__all__ = ["SlopePopulation", "expected_information", "expected_log_probability", "slope_population"]

_LOG_DRAWS: Final = 7  # 128 points: P̄ errs by less than 1e-3 at standard errors of a half
_FEWEST_SLOPES: Final = 10  # with fewer nothing is known of their spread, and none is shrunk
_HALVINGS: Final = 40
_CHUNK: Final = 200  # items at a time, so that the arrays stay small
_SPACING: Final = 0.1  # of the points between which information is interpolated


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopePopulation:
    """log a ~ N(``mean``, ``variance``) over the items; ``variance`` is infinite where it is unknown."""

    mean: float
    variance: float


def slope_population(items: Items) -> SlopePopulation:
    """μ and τ² of the logarithms of the slopes, by maximum likelihood.

    Σ_j log N(log â_j; μ, τ² + s_j²) over the items whose slope has an error s_j = SE(a_j) / |a_j|; for
    each τ² the best μ is the mean with weights 1 / (τ² + s_j²). With fewer than ten such items τ² is
    infinite.

    Raises
    ------
    ValueError : items without ``covariances``.
    """
    logs, errors = _log_slopes(items)
    known = np.isfinite(logs) & np.isfinite(errors) & (errors > 0)
    x, s = logs[known], errors[known]
    if x.size < _FEWEST_SLOPES:
        return SlopePopulation(mean=0.0, variance=np.inf)

    def deviance(log_variance: float) -> float:
        total = s + np.exp(log_variance)
        return float(np.sum(np.log(total) + (x - _weighted(x, total)) ** 2 / total))

    found = minimize_scalar(deviance, bounds=(-14.0, 4.0), method="bounded", options={"xatol": 1e-10})
    variance = float(np.exp(found.x))
    return SlopePopulation(mean=_weighted(x, s + variance), variance=variance)


def expected_log_probability(items: Items, layout: Layout, theta: Floats) -> Floats:
    """log P̄ of every row of ``layout``, (n_rows, n_theta); plain log P where nothing has an error.

    The mean is taken over 128 points of a Sobol sequence, the same every time. A point outside of the model's
    domain (thresholds out of order) is drawn towards the estimate until it is inside.

    Raises
    ------
    ValueError : items without ``covariances``.
    """
    table = np.empty((layout.n_rows, theta.size))
    slopes = slope_population(items)
    for batch in layout.batches:
        for part in _parts(batch):
            family = model_named(part.model).family
            drawn = _drawn(items, part, slopes)
            total = sum(np.exp(family.log_probability(xi, theta)) for xi in drawn)
            table[part.rows] = np.log(total / len(drawn))
    return table


def expected_information(items: Items, layout: Layout, theta: Floats) -> Floats:
    """Σ_k (dP̄_k/dθ)² / P̄_k of every item, (n_items, n_theta); 0 for items without parameters.

    Computed at points 0.1 apart and interpolated by cubic splines: within 1e-4 for slopes up to 4.
    """
    low, high = float(theta.min()), float(theta.max())
    points = theta if theta.size < 5 else np.linspace(low, high, int(np.ceil((high - low) / _SPACING)) + 5)
    if points.size >= theta.size:
        points = theta
    result = np.zeros((items.n_items, points.size))
    slopes = slope_population(items)
    for batch in layout.batches:
        for part in _parts(batch):
            result[part.items] = _information(
                model_named(part.model).family, _drawn(items, part, slopes), points
            )
    if points is theta:
        return result
    return np.maximum(CubicSpline(points, result, axis=1)(theta), 0.0)


def _information(family: Family, drawn: list[Floats], theta: Floats) -> Floats:
    mean = slope = np.zeros(1)
    for xi in drawn:
        probability = np.exp(family.log_probability(xi, theta))
        mean = mean + probability
        slope = slope + probability * family.theta_derivatives(xi, theta)[0]
    return np.asarray(np.sum(slope**2 / mean, axis=1) / len(drawn))


def _parts(batch: Batch) -> list[Batch]:
    """A batch in pieces of few items."""
    cuts = range(0, len(batch.items), _CHUNK)
    return [
        Batch(
            model=batch.model,
            kind=batch.kind,
            items=batch.items[start : start + _CHUNK],
            rows=batch.rows[start : start + _CHUNK],
        )
        for start in cuts
    ]


def _weighted(x: Floats, variance: Floats) -> float:
    return float(np.sum(x / variance) / np.sum(1.0 / variance))


def _log_slopes(items: Items) -> tuple[Floats, Floats]:
    """log |a| and the variance of its error; NaN where there is none."""
    if items.covariances is None:
        raise ValueError("the items have no covariances")
    variance = np.array([np.nan if one is None else one[0, 0] for one in items.covariances])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.abs(items.a)), variance / items.a**2


def _drawn(items: Items, batch: Batch, slopes: SlopePopulation) -> list[Floats]:
    """Working parameters of the batch's items at the points of the sequence, (n, n_parameters) each."""
    assert items.covariances is not None
    family = model_named(batch.model).family
    xi = batch_parameters(items, batch)
    covariances = [items.covariances[j] for j in batch.items]
    if all(one is None for one in covariances):
        return [xi]
    jacobian = family.to_irt_jacobian(xi)
    width = jacobian.shape[1]
    errors = np.stack([np.zeros((width, width)) if one is None else one for one in covariances])
    back = np.linalg.pinv(jacobian)
    back[:, 0] /= xi[:, :1]  # the error of log |a|
    spread = back @ errors @ back.transpose(0, 2, 1)
    shift, spread = _shrunk(np.log(np.abs(xi[:, 0])), spread, slopes)
    values, vectors = np.linalg.eigh(0.5 * (spread + spread.transpose(0, 2, 1)))
    root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    centre = _moved(xi, shift, family)
    return [_moved(centre, root @ point, family) for point in _points(xi.shape[1])]


def _shrunk(log_slope: Floats, spread: Floats, slopes: SlopePopulation) -> tuple[Floats, Floats]:
    """How far the posterior mean lies from the estimate, (n, p), and the posterior covariance, (n, p, p)."""
    gain = spread[:, :, 0] / (slopes.variance + spread[:, :1, 0])
    shift = gain * (slopes.mean - log_slope)[:, None]
    return shift, spread - gain[:, :, None] * spread[:, None, 0, :]


def _moved(xi: Floats, step: Floats, family: Family) -> Floats:
    """ξ with log |a| and the others moved by ``step``, or by as much of it as the domain admits."""
    scale = np.ones((len(xi), 1))
    for _ in range(_HALVINGS):
        moved = xi + scale * step
        moved[:, 0] = xi[:, 0] * np.exp(scale[:, 0] * step[:, 0])
        inside = family.feasible(moved)
        if inside.all():
            return moved
        scale[~inside] *= 0.5
    return np.where(inside[:, None], moved, xi)


def _points(dimension: int) -> Floats:
    """Standard normal points that fill the space evenly, (128, dimension), symmetrical about 0 to 1e-2."""
    even: NDArray[np.float64] = qmc.Sobol(dimension, scramble=False).random_base2(_LOG_DRAWS)
    return np.asarray(norm.ppf(even + 0.5 / len(even)))
