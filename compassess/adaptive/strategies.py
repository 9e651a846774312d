"""What a strategy is: an object with a name, a version and parameters, prepared once for a pool of items.

Rules: (1) a strategy is a frozen dataclass whose fields are the parameters that a blueprint may give; it
checks them when it is made, with InputError, the parameter's name as the place; (2) ``prepared`` lays out
whatever is the same for every sitting; (3) what is prepared judges n sittings at once, from a View alone,
so that live sittings and simulations cannot decide differently; (4) near-ties are for the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from compassess.adaptive.pool import Pool
    from compassess.adaptive.view import View

__all__ = [
    "Criterion",
    "ExposureControl",
    "HoldingBack",
    "PreparedControl",
    "PreparedCriterion",
    "PreparedRule",
    "StoppingRule",
    "Strategy",
]

Floats = NDArray[np.float64]


class Strategy(Protocol):
    """What all strategies have."""

    @property
    def name(self) -> str:
        """The name in blueprint files."""

    @property
    def version(self) -> int:
        """Raised when the same inputs give another judgement."""


class PreparedCriterion(Protocol):
    """A criterion laid out for a pool."""

    @property
    def across_blocks(self) -> bool:
        """Whether worths compare across blocks; if not, the neediest block is asked first."""

    def worth(self, view: View, /) -> Floats:
        """What every item is worth now, the higher the better, (n, n_items); eligible or not, finite."""


class Criterion(Strategy, Protocol):
    """What an item is worth now."""

    def prepared(self, pool: Pool, /) -> PreparedCriterion:
        """Laid out for ``pool``; InputError where it cannot serve these items."""


class PreparedRule(Protocol):
    """A stopping rule laid out for a pool."""

    def satisfied(self, view: View, /) -> NDArray[np.bool_]:
        """Which blocks are known well enough, (n, n_blocks); a rule about the whole says it of all."""


class StoppingRule(Strategy, Protocol):
    """Whether a sitting knows enough."""

    @property
    def reason(self) -> str:
        """What a sitting says of its end that this rule brought about."""

    def prepared(self, pool: Pool, /) -> PreparedRule:
        """Laid out for ``pool``; InputError where it cannot serve these items."""


class PreparedControl(Protocol):
    """An exposure control laid out for a pool."""

    def chosen(self, worth: Floats, view: View, /) -> NDArray[np.intp]:
        """The item of every sitting, (n,), from worths (n, n_items); −∞ may not be chosen, one is finite."""


@runtime_checkable
class HoldingBack(Protocol):
    """A prepared exposure control that keeps items from some sittings, however good they are."""

    def held_back(self, view: View, /) -> NDArray[np.bool_]:
        """Which items are kept from each sitting now, (n, n_items); they come where nothing else may."""


class ExposureControl(Strategy, Protocol):
    """Which of the good items it is, so that none is worn out."""

    def prepared(self, pool: Pool, /) -> PreparedControl:
        """Laid out for ``pool``; InputError where it cannot serve these items."""
