"""Where one sitting stands when a method of content control is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.rows import Rows
from compassess.adaptive.strategies import Strategy

__all__ = ["ContentMethod", "PreparedMethod", "Situation"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """One sitting before its next item.

    Attributes
    ----------
    worth : what every item is worth now, above 0, (n_items,).
    asked : open items that the rules of the sitting ask now, (n_items,).
    open_items : items that may still be presented, (n_items,).
    presented : items so far that count, (n_items,).
    """

    worth: Floats
    asked: Flags
    open_items: Flags
    presented: Flags


class PreparedMethod(Protocol):
    """A method laid out for the rows of a blueprint."""

    def judged(self, situation: Situation, /) -> Floats:
        """What each item is worth with regard to content, (n_items,); −∞ may not be presented.

        Rule: whatever is finite can be presented and the test still be completed, if that is possible at all.
        """


class ContentMethod(Strategy, Protocol):
    """How the content of a test is controlled; its fields are the parameters of the blueprint."""

    def prepared(self, rows: Rows, /) -> PreparedMethod:
        """Laid out for ``rows``."""
