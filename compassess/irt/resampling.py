"""A statistic among its replicates: p-values and critical values, low values being unusual.

Rule: the observed value counts as one of the replicates, so that a test at rate α has a false-alarm rate of
at most α whatever the number of replicates, and p is never 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem

__all__ = ["FEW_REPLICATES", "critical_values", "lower_p_values", "replication_problems"]

Floats = NDArray[np.float64]

FEW_REPLICATES: Final = 20  # with fewer replicates that have a value nothing is said
_ROUNDING: Final = 1e-12  # of rate · (R + 1), so that .05 · 100 is 5


def lower_p_values(observed: Floats, replicates: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """p = (1 + #{r ≤ observed}) / (1 + R) of (n, …) values among (n, R, …) replicates, and R.

    NaN replicates do not count; NaN without a value, or with R below 20.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap Methods and their Application, eq. 4.11.
    """
    valid = np.isfinite(replicates).sum(axis=1)
    below = (replicates <= observed[:, None]).sum(axis=1)
    told = np.isfinite(observed) & (valid >= FEW_REPLICATES)
    return np.where(told, (1 + below) / (1 + valid), np.nan), valid.astype(np.int64)


def critical_values(replicates: Floats, rate: float) -> Floats:
    """The (k + 1)-th smallest of (n, R) replicates, k = ⌊rate (R + 1)⌋ − 1: below it p ≤ rate; (n,).

    NaN where 1 / (1 + R) exceeds the rate, and with R below 20.
    """
    ordered, valid = np.sort(replicates, axis=1), np.isfinite(replicates).sum(axis=1)  # NaN stand last
    place = np.floor(rate * (valid + 1) * (1 + _ROUNDING)).astype(np.intp) - 1
    told = (place >= 0) & (valid >= FEW_REPLICATES)
    picked = np.take_along_axis(ordered, np.where(told, place, 0)[:, None], axis=1)[:, 0]
    return np.where(told, picked, np.nan)


def replication_problems(n_draws: int, rate: float) -> Iterator[Problem]:
    """What is wrong with so many replicates for a test at this rate: p must be able to reach it."""
    if not 0.0 < rate < 1.0:
        yield Problem(where="false_alarm_rate", what="not a rate", got=str(rate), expected="0 < rate < 1")
        return
    needed = max(FEW_REPLICATES, 1 / rate - 1 - 1e-9)
    if n_draws < needed:
        yield Problem(
            where="n_draws",
            what="too few for the false-alarm rate",
            got=str(n_draws),
            expected=f"at least {int(np.ceil(needed))}",
        )
