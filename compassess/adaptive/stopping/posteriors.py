"""The posterior of what is classified: masses, mean and SD of a block or of a competency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.stopping.targets import Target
from compassess.adaptive.view import View
from compassess.irt.moments import mean_and_sd

__all__ = ["masses_of", "mean_and_sd_of"]

Floats = NDArray[np.float64]


def masses_of(view: View, target: Target) -> Floats:
    """Posterior masses of the target's θ on the nodes, (n, Q)."""
    if target.kind == "block":
        return view.now.posterior.blocks[:, target.index]
    return view.now.masses[:, view.pool.lattice.carrier_of_competency[target.index]]


def mean_and_sd_of(view: View, target: Target) -> tuple[Floats, Floats]:
    """Posterior mean and SD of the target's θ, (n,) each."""
    if target.kind == "block":
        return view.now.block_theta[:, target.index], view.now.block_se[:, target.index]
    return mean_and_sd(masses_of(view, target), view.pool.lattice.grid.theta)
