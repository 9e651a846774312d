"""The way up: some steps of EM, then quasi-Newton steps on the information of the cross-products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.irt.estimation.curvature import DenseCurvature

__all__ = ["Climb", "Hill", "climbed"]

Floats = NDArray[np.float64]

_LONGEST: Final = 1.0  # no parameter moves by more at once
_HALVINGS: Final = 6
_RIDGE: Final = 1e-4  # of the diagonal of cross-products, which a small sample may leave singular
_SLACK: Final = 1e-12  # of the objective, for rounding


class Hill(Protocol):
    """An objective with what both kinds of steps need."""

    def feasible(self, point: Floats) -> bool:
        """Whether the point is inside the domain."""

    def slope(self, point: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, its slope, and the point after a step of EM."""

    def scores(self, point: Floats) -> Floats:
        """The persons' slopes, weighted by the square root of their frequency, (n_persons, size)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Climb:
    """Where it ended; ``distance`` to the maximum in standard errors, as far as the information is right."""

    point: Floats
    value: float
    n_steps: int
    change: float
    distance: float
    converged: bool


def climbed(
    hill: Hill,
    start: Floats,
    *,
    tolerance: float,
    n_em: int,
    max_steps: int,
    progress: Callable[[int, float, float], None] | None = None,
) -> Climb:
    """Steps uphill until none moves a parameter by more than ``tolerance``, or the maximum is so near.

    Where a quasi-Newton step does not gain even when it is shortened, a step of EM, which always does, takes
    its place.
    """
    point, information = start, None
    value, slope, after = hill.slope(point)
    n_steps = 1
    while True:
        if n_steps <= n_em:
            trial = after
            step, distance = after - point, np.inf
        else:
            if information is None:
                information = _information(hill, point)
            step = information.step(slope, np.ones(point.size, dtype=np.bool_))
            distance = max(float(slope @ step), 0.0) ** 0.5
            step /= max(float(np.abs(step).max(initial=0.0)) / _LONGEST, 1.0)
            trial = point + step
        change = float(np.abs(step).max(initial=0.0))
        if progress is not None:
            progress(n_steps, value, change)
        near = information is not None and (change <= tolerance or distance <= tolerance)
        if near or n_steps >= max_steps:
            return Climb(
                point=point,
                value=value,
                n_steps=n_steps,
                change=change,
                distance=distance,
                converged=near,
            )
        found = None
        for _ in range(_HALVINGS):
            if hill.feasible(trial):
                found = hill.slope(trial)
                n_steps += 1
                if found[0] >= value - _SLACK * abs(value):
                    break
                found = None
            trial = (point + trial) / 2
        if found is None:
            trial, information = after, None
            found = hill.slope(trial)
            n_steps += 1
        elif information is not None:
            information = information.corrected(trial - point, slope - found[1])
        point, (value, slope, after) = trial, found


def _information(hill: Hill, point: Floats) -> DenseCurvature:
    scores = hill.scores(point)
    matrix = scores.T @ scores
    return DenseCurvature(matrix + _RIDGE * np.diag(np.diag(matrix)) + 1e-8 * np.eye(point.size))
