"""Roots of many functions at once, each in its own bracket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["bracketed_roots"]

Floats = NDArray[np.float64]

_TOLERANCE: Final = 1e-11  # far below any standard error, above the rounding of a sum over 1,000 items
_MOST: Final = 200  # bisection alone takes 70 steps from the widest bracket


def bracketed_roots(
    function: Callable[[Floats, NDArray[np.intp]], Floats],
    low: Floats,
    high: Floats,
    at_low: Floats,
    at_high: Floats,
) -> Floats:
    """x with f_i(x_i) = 0 between ``low`` and ``high``, where f_i has opposite signs; (n,) each.

    ``function(x, which)`` gives f_i(x_i) for the indices ``which``. Inverse quadratic interpolation through
    the last three points where it can be trusted, bisection where not; a bracket is never left, so that
    every root is found. A root is left alone when its next move would be less than 1e-11, or rounding
    where |x| is large.

    References
    ----------
    Chandrupatla (1997), Advances in Engineering Software 28, 145-149.
    """
    roots = np.where(np.abs(at_low) < np.abs(at_high), low, high)
    which = np.flatnonzero((at_low != 0) & (at_high != 0))
    # Point 1 is the newest, 2 the other end of the bracket, 3 the one that was thrown out last.
    x1, x2, f1, f2 = low[which], high[which], at_low[which], at_high[which]
    step = np.clip(f1 / (f1 - f2), 0.01, 0.99)
    for _ in range(_MOST):
        if not which.size:
            break
        x = x1 + step * (x2 - x1)
        f = function(x, which)
        same = np.sign(f) == np.sign(f1)
        x3, f3 = np.where(same, x1, x2), np.where(same, f1, f2)
        x2, f2 = np.where(same, x2, x1), np.where(same, f2, f1)
        x1, f1 = x, f
        step = _step(x1, x2, x3, f1, f2, f3)
        move = step * (x2 - x1)
        roots[which] = x1 + move
        precision = _TOLERANCE + 4 * np.finfo(float).eps * np.abs(x1)
        going = (f1 != 0) & (np.abs(move) > precision)
        which = which[going]
        x1, x2, f1, f2, step = (part[going] for part in (x1, x2, f1, f2, step))
    return roots


def _step(x1: Floats, x2: Floats, x3: Floats, f1: Floats, f2: Floats, f3: Floats) -> Floats:
    """How far from point 1 to 2 the root lies: by inverse quadratic interpolation, else half way."""
    xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
    trusted = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi) & (x1 != x2)
    x21, f31, f32 = (np.where(trusted, gap, 1.0) for gap in (x2 - x1, f3 - f1, f3 - f2))
    interpolated = (x3 - x1) / x21 * (f1 / f31) * (f2 / f32) - f1 / (f2 - f1) * (f3 / f32)
    return np.where(f1 == 0, 0.0, np.where(trusted, interpolated, 0.5))
