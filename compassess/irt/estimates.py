"""What an estimator of ability gives back, by person and dimension, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ABILITY_STATUSES", "RANK", "Estimated", "Estimates", "Ranks"]

Floats = NDArray[np.float64]
#: Positions in :data:`ABILITY_STATUSES`, so that the worst of several is their minimum.
Ranks = NDArray[np.int8]

#: Every status of a person with what it means and what to do, the worst first.
ABILITY_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_answers": "nothing was answered: EAP and MAP are the population's, other estimates NaN.",
        "infinite_low": "a dimension's likelihood is highest at −∞: its estimate is NaN. Use WLE or EAP.",
        "infinite_high": "a dimension's likelihood is highest at +∞: its estimate is NaN. Use WLE or EAP.",
        "not_identified": "a dimension is not told by answers alone (nothing of it was answered, or it is "
        "a block above competencies with λ < 1): its estimate is NaN. Use EAP or MAP.",
        "not_converged": "the mode was not reached in 200 steps; the estimate is the last one.",
        "not_concave": "the observed information is not positive: the SE is NaN. Use the expected one.",
        "lost_digits": "the sum of the answers is less likely than floating point can tell: its estimate is "
        "NaN. Use EAP.",
        "short_grid": "the posterior of a dimension reaches beyond an end of the grid, and its estimate is "
        "drawn inwards. Use a larger limit.",
        "coarse_grid": "the nodes are too far apart for a dimension (beyond 1.5 posterior SD, or beyond what "
        "its steepest items need), and its estimate may err by more than 0.3 % of that SD. Use more nodes.",
        "ok": "nothing found.",
    }
)
RANK: Final[Mapping[str, int]] = MappingProxyType({name: rank for rank, name in enumerate(ABILITY_STATUSES)})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """Estimates of several dimensions: ``theta`` and ``se``, (n_persons, n_dimensions)."""

    names: tuple[str, ...]
    theta: Floats
    se: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """``blocks`` and ``competencies`` with a status for each person, (n_persons,)."""

    blocks: Estimates
    competencies: Estimates
    status: Ranks
