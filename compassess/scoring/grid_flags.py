"""Whether a person's posterior fits the grid that it was summed on; a flag says where it does not."""

from __future__ import annotations

from typing import Final

import numpy as np

from compassess.irt.lattice import Lattice
from compassess.scoring.summary import Summary

__all__ = ["grid_flags"]

# Band and risk probabilities of a normal posterior err by 4e-4 at most while nodes are no further apart
# than one posterior SD (by 1e-3 at 1.08 SD, by 1e-2 at 1.45); a competency's conditional distribution,
# which is itself averaged over its block, by as much up to 1.5 of its SD.
_COARSE: Final = 1.0
_COARSE_GIVEN_BLOCK: Final = 1.5
# A normal posterior that is cut off 3 SD from its mean loses 0.7 % of its SD, and at 2 SD 6 %.
_SHORT: Final = 3.0


def grid_flags(lattice: Lattice, values: Summary, person: int) -> tuple[str, ...]:
    """The flags of one row of a summary.

    "coarse_grid": some distribution is too narrow for the nodes, so that probabilities may err by over 1e-3.
    "short_grid": some mean lies within 3 posterior SD of an end of the grid, which cuts the posterior off:
    its SD is too small by over 0.7 %, and its mean too near to 0.
    """
    theta = np.concatenate([values.block_theta[person], values.competency_theta[person]])
    sd = np.concatenate([values.block_se[person], values.competency_se[person]])
    unique = 1.0 - lattice.population.loadings**2
    given_block = np.sqrt(unique[unique > 0].min(initial=1.0))
    nodes, spacing = lattice.grid.theta, lattice.grid.spacing
    coarse = spacing > _COARSE * sd.min() or spacing > _COARSE_GIVEN_BLOCK * given_block
    short = bool((np.minimum(theta - nodes[0], nodes[-1] - theta) < _SHORT * sd).any())
    return (*(("coarse_grid",) if coarse else ()), *(("short_grid",) if short else ()))
