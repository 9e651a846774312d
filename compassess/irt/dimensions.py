"""All dimensions of a person in a row: the blocks, then every competency that differs from its block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.irt.lattice import Lattice

__all__ = ["dimension_of_carrier", "dimension_of_competency"]


def dimension_of_carrier(lattice: Lattice) -> NDArray[np.intp]:
    """The place of each carrier, (n_carriers,): its block's, or one of its own where λ < 1."""
    own = np.array([carrier.transition is not None for carrier in lattice.carriers], dtype=np.bool_)
    block = np.array([carrier.block for carrier in lattice.carriers], dtype=np.intp)
    return np.where(own, lattice.n_blocks + np.cumsum(own) - 1, block).astype(np.intp)


def dimension_of_competency(lattice: Lattice) -> NDArray[np.intp]:
    """The place of each competency, (n_competencies,); that of its block where λ = 1."""
    return dimension_of_carrier(lattice)[lattice.carrier_of_competency]
