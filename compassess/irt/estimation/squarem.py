"""SQUAREM: any EM step squared; what is reached is never lower than where it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FixedPoint", "accelerated"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FixedPoint:
    """Where the iteration ended: the point, the objective there, steps taken, last change, success."""

    point: Floats
    value: float
    n_steps: int
    change: float
    converged: bool


def accelerated(
    step: Callable[[Floats], tuple[Floats, float]],
    feasible: Callable[[Floats], bool],
    start: Floats,
    *,
    tolerance: float,
    max_steps: int,
    slack: float = 1e-9,
    progress: Callable[[int, float, float], None] | None = None,
) -> FixedPoint:
    """Iterate ``step`` to its fixed point with squared extrapolation.

    From x₀, x₁ = F(x₀), x₂ = F(x₁): r = x₁ − x₀, v = x₂ − x₁ − r, α = −‖r‖ / ‖v‖, and the trial
    point is x₀ − 2 α r + α² v. It is taken when it is feasible and not lower than x₁; otherwise
    the iteration goes on from x₂.

    Parameters
    ----------
    step : F and the objective *before* the step.
    tolerance : converged when a plain step moves no coordinate by more.
    slack : what rounding may take from the objective, relative to its size.
    progress : called with (steps so far, objective, change).

    References
    ----------
    Varadhan & Roland (2008), Scandinavian Journal of Statistics 35, scheme S3.
    """
    point, n_steps, change, value = start, 0, np.inf, -np.inf

    def advance(x: Floats) -> tuple[Floats, float]:
        nonlocal n_steps, change, value
        following, value = step(x)
        n_steps += 1
        change = float(np.abs(following - x).max(initial=0.0))
        if progress is not None:
            progress(n_steps, value, change)
        return following, value

    while n_steps < max_steps:
        first, _ = advance(point)
        if change <= tolerance:
            return FixedPoint(point=first, value=value, n_steps=n_steps, change=change, converged=True)
        second, value_first = advance(first)
        if change <= tolerance:
            return FixedPoint(point=second, value=value, n_steps=n_steps, change=change, converged=True)
        trial, change_second = _squared(point, first, second), change
        point = second
        if trial is not None and feasible(trial):
            following, value_trial = advance(trial)
            if value_trial >= value_first - slack * abs(value_first):
                if change <= tolerance:
                    return FixedPoint(
                        point=following, value=value, n_steps=n_steps, change=change, converged=True
                    )
                point = following
            else:  # the trial is forgotten: what is told belongs to the point that is kept
                value, change = value_first, change_second
    return FixedPoint(point=point, value=value, n_steps=n_steps, change=change, converged=False)


def _squared(start: Floats, first: Floats, second: Floats) -> Floats | None:
    """The extrapolated point; None where the steps do not bend enough to tell a length."""
    r = first - start
    v = second - first - r
    norm_v = float(np.linalg.norm(v))
    if norm_v == 0.0:
        return None
    alpha = -max(float(np.linalg.norm(r)) / norm_v, 1.0)
    return np.asarray(start - 2.0 * alpha * r + alpha**2 * v)
