"""What θ is averaged over: the likelihood or the posterior of the dimension that an item measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.estimate import Estimate

__all__ = ["WEIGHTS"]

Floats = NDArray[np.float64]


def _likelihood(now: Estimate, carrier: int) -> Floats:
    likelihood = now.likelihood[:, carrier]
    return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def _posterior(now: Estimate, carrier: int) -> Floats:
    return now.masses[:, carrier]


#: Weights on the nodes that sum to 1, (n, Q), by name. The likelihood is that of the answers to the carrier's
#: own items, even before the first; the posterior knows the population and all other answers as well.
WEIGHTS: Final[Mapping[str, Callable[[Estimate, int], Floats]]] = MappingProxyType(
    {"posterior": _posterior, "likelihood": _likelihood}
)
