"""The same people by where they truly stand: bias, error, coverage and length within intervals of θ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.simulation.recovery import Recovery, mean_and_error, recovery

__all__ = ["EDGES", "Interval", "conditional_recovery", "interval_edges"]

Floats = NDArray[np.float64]

#: Ten intervals that hold all but 1 % of a standard normal population between −2.5 and 2.5.
EDGES: Final = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The people whose truth lies within [lower, upper).

    Attributes
    ----------
    theta : their mean truth.
    error_sd : standard deviation of θ̂ − θ among them: the conditional standard error as it was, where
        ``found.mean_se`` is as it was told.
    found : bias, RMSE, mean SE and coverage; r means little within an interval.
    mean_length, mean_length_error : items presented.
    """

    lower: float
    upper: float
    theta: float
    error_sd: float
    found: Recovery
    mean_length: float
    mean_length_error: float


def conditional_recovery(
    theta: ArrayLike, se: ArrayLike, truth: ArrayLike, n_items: ArrayLike, edges: ArrayLike = EDGES
) -> tuple[Interval, ...]:
    """:func:`recovery` within the intervals that ``edges`` cut the true θ into.

    Parameters
    ----------
    theta, se, truth, n_items : (n,).
    edges : where the intervals meet, ascending; below the first and from the last on there is one more each,
        so that everybody is in one of len(edges) + 1. A truth at an edge belongs to the upper interval.

    Figures are NaN in an interval with nobody.

    Raises
    ------
    InputError : edges that are not finite and ascending.
    """
    cuts = interval_edges(edges)
    x, s, t, length = (np.asarray(values, dtype=np.float64) for values in (theta, se, truth, n_items))
    place = np.searchsorted(cuts, t, side="right")
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    return tuple(
        _interval(ends[k], ends[k + 1], x[place == k], s[place == k], t[place == k], length[place == k])
        for k in range(len(cuts) + 1)
    )


def _interval(lower: float, upper: float, x: Floats, s: Floats, t: Floats, length: Floats) -> Interval:
    mean_length, mean_length_error = mean_and_error(length)
    return Interval(
        lower=float(lower),
        upper=float(upper),
        theta=mean_and_error(t)[0],
        error_sd=float((x - t).std(ddof=1)) if t.size > 1 else float("nan"),
        found=recovery(x, s, t),
        mean_length=mean_length,
        mean_length_error=mean_length_error,
    )


def interval_edges(edges: ArrayLike) -> Floats:
    """Edges as a checked vector."""
    cuts = np.asarray(edges, dtype=np.float64)
    if cuts.ndim != 1 or not np.isfinite(cuts).all() or not (np.diff(cuts) > 0).all():
        raise InputError(
            Problem(
                where="edges",
                what="not where intervals of θ meet",
                got=str(cuts.tolist()),
                expected="finite numbers, ascending",
            )
        )
    return cuts
