"""Quasi-Newton ascent: few steps uphill, each of which costs one E-step.

From the information B and the gradient g the step is d = B⁻¹ g; after it B is corrected by what the change
of the gradient says, so that the first B need only be close. g · d is the squared distance to the
maximum in standard errors, as far as B is right: the measure of convergence by gradient beside that by
change.

References
----------
Jamshidian & Jennrich (1997), JRSS B 59, for EM and quasi-Newton steps together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compassess.irt.estimation.curvature import Curvature
from compassess.irt.estimation.fit import Evaluation, Fit
from compassess.irt.estimation.gradient import gradient
from compassess.irt.models import Floats

__all__ = ["Ascent", "ascended", "noise_distance"]

_SHORTENED: Final = 6  # times that a step is shortened; after that the model of the likelihood is wrong
# No parameter moves by more at once, or by more than half of itself: the quadratic model is not believed
# beyond it.
_LONGEST: Final = 2.0
# What rounding may take from the objective between steps, relative to its size.
_SLACK: Final = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-7}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ascent:
    """Where an ascent ended.

    ``evaluation`` the last E-step; ``point`` φ after the step that it suggested; ``information`` B there;
    ``change`` the largest move of that step, ``distance`` √(g · d) in standard errors; ``converged``, or
    ``stalled`` where no step went up.
    """

    evaluation: Evaluation
    point: Floats
    information: Curvature
    n_steps: int
    change: float
    distance: float
    converged: bool
    stalled: bool


def ascended(
    fit: Fit,
    start: Evaluation,
    information: Curvature,
    *,
    tolerance: float,
    max_steps: int,
    noise: float = 0.0,
    dtype: DTypeLike = np.float64,
    progress: Callable[[int, float, float], None] | None = None,
) -> Ascent:
    """Go uphill from an evaluated point until a step moves no parameter by more than ``tolerance``.

    It has also converged when √(g · d), the distance in standard errors, is at most ``tolerance``: along a
    direction that the data hardly bound, parameters may run on while the likelihood stands. Within a distance
    of ``noise`` it stops where a step no longer halves the distance. ``progress`` is called with (E-steps so
    far, objective, largest move).
    """
    current, slope, n_steps = start, gradient(fit, start), 0
    slack, last = _SLACK[np.dtype(dtype)], np.inf
    while True:
        step = _step(fit, current.phi, slope, information)
        change = float(np.abs(step).max(initial=0.0))
        gain = float(slope @ step)  # below 0 the information is wrong: that is no nearness
        distance = max(gain, 0.0) ** 0.5
        near = change <= tolerance or distance <= tolerance or last / 2 < distance <= noise
        converged = gain >= 0.0 and near
        last = distance
        if progress is not None:
            progress(n_steps, current.value, change)
        found = None
        if not converged and n_steps < max_steps:
            found, tried = _higher(fit, current, step, dtype, slack, max_steps - n_steps)
            n_steps += tried
        if found is None:
            point = fit.within_bounds(current.phi + step)
            return Ascent(
                evaluation=current,
                point=point if converged and fit.feasible(point) else current.phi,
                information=information,
                n_steps=n_steps,
                change=change,
                distance=distance,
                converged=converged,
                stalled=not converged and n_steps < max_steps,
            )
        following = gradient(fit, found)
        information = information.corrected(found.phi - current.phi, slope - following)
        current, slope = found, following


def noise_distance(value: float, dtype: DTypeLike) -> float:
    """The distance, in standard errors, whose gain ½ d² drowns in the rounding of the objective."""
    return float(np.sqrt(2 * _SLACK[np.dtype(dtype)] * abs(value)))


def _step(fit: Fit, phi: Floats, slope: Floats, information: Curvature) -> Floats:
    """B⁻¹ g among the parameters that no bound holds, no longer than is believed."""
    step = information.step(slope, ~_held(fit, phi, slope))
    beyond = float((np.abs(step) / np.maximum(_LONGEST, np.abs(phi) / 2)).max(initial=0.0))
    return step / max(beyond, 1.0)


def _held(fit: Fit, phi: Floats, slope: Floats) -> NDArray[np.bool_]:
    """The λ at their bound that the likelihood would push beyond it."""
    held = np.zeros(phi.size, dtype=np.bool_)
    places = fit.space.loading_places
    at = np.abs(phi[places]) >= fit.bound - 1e-12
    held[places] = at & (phi[places] * slope[places] > 0)
    return held


def _higher(
    fit: Fit, current: Evaluation, step: Floats, dtype: DTypeLike, slack: float, most: int
) -> tuple[Evaluation | None, int]:
    """The first point along the shortened step that is not lower; and the E-steps it took.

    A point outside a domain costs nothing: the step is halved. One that is lower has cost an E-step: a
    quarter of the step is tried next.
    """
    length, tried = 1.0, 0
    for _ in range(_SHORTENED):
        point = fit.within_bounds(current.phi + length * step)
        if not fit.feasible(point):
            length /= 2
            continue
        if tried >= most:
            break
        found = fit.evaluation(point, dtype)
        tried += 1
        if found.value >= current.value - slack * abs(current.value):
            return found, tried
        length /= 4
    return None, tried
