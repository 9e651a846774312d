"""What plots read from a study and from a comparison of designs: figures, never how they came about.

Rule: ``report/`` knows no simulations. :class:`compassess.simulation.SimulationStudy` and
:class:`compassess.simulation.DesignComparison` fit these Protocols, as may a caller's own values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.bank import Bands, ItemBank
from compassess.scoring.classification import Confusion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Study"]


class Designed(Protocol):
    """The assessment that was simulated."""

    @property
    def bank(self) -> ItemBank:
        """Blocks, with their titles."""

    @property
    def bands(self) -> Bands:
        """The bands from the lowest to the highest."""


class Study(Protocol):
    """A simulation study."""

    @property
    def assessment(self) -> Designed:
        """What was sat."""

    @property
    def theta_true(self) -> NDArray[np.float64] | None:
        """None where nobody knows the truth."""

    @property
    def n_items(self) -> NDArray[np.int64]:
        """Length of each sitting."""

    @property
    def reasons(self) -> Sequence[str]:
        """Why each sitting ended."""

    @property
    def exposure_rates(self) -> Mapping[str, float]:
        """Share of the sittings that presented an item, by id."""

    @property
    def confusion(self) -> Confusion:
        """True × given bands; without a truth, those from all answers × given bands."""

    def exposure(self) -> pd.DataFrame:
        """One row: ``max_exposure``, ``overlap``, ``unused_share``."""

    def conditional(self, edges: ArrayLike = ...) -> pd.DataFrame:
        """A row a block and interval of true θ."""


class Comparison(Protocol):
    """Designs side by side."""

    @property
    def studies(self) -> Mapping[str, Any]:
        """By the name of the design."""

    def to_frame(self, block: str | None = None) -> pd.DataFrame:
        """A row a design."""
