"""What people would answer, asked item by item: drawn from the model, or looked up in a table.

Rule: a drawn answer hangs on the seed, the person and the item alone, so that it is the same whatever else is
asked, in whatever order, and however many people sit together.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.draws import uniform
from compassess.irt.drawing import AnswerModel

__all__ = ["Answers", "DrawnAnswers", "KnownAnswers"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
_STREAM: Final = 2**61  # apart from the draws of sittings


class Answers(Protocol):
    """The answers of n people."""

    def available(self) -> NDArray[np.bool_]:
        """Which items each person has an answer to, (n, n_items)."""

    def to(self, people: Index, items: Index, /) -> NDArray[np.integer]:
        """Codes of the answers of some people to an item each."""


class KnownAnswers:
    """A table of codes (n, n_items), −1 where there is no answer."""

    def __init__(self, codes: NDArray[np.integer]) -> None:
        self.codes = codes

    def available(self) -> NDArray[np.bool_]:
        """Where the table has an answer."""
        return np.asarray(self.codes >= 0)

    def to(self, people: Index, items: Index) -> NDArray[np.integer]:
        """Looked up."""
        return self.codes[people, items]


class DrawnAnswers:
    """Answers of people with known abilities: the number of cumulative probabilities below a uniform draw."""

    def __init__(self, model: AnswerModel, competencies: Floats, seeds: NDArray[np.uint64]) -> None:
        self.model, self.competencies = model, competencies
        self.streams = (uniform(seeds, _STREAM) * 2.0**53).astype(np.uint64)

    def available(self) -> NDArray[np.bool_]:
        """Every item with parameters."""
        return np.tile(self.model.usable, (len(self.competencies), 1))

    def to(self, people: Index, items: Index) -> NDArray[np.integer]:
        """Drawn."""
        draw = uniform(self.streams[people], items)
        theta = self.competencies[people, self.model.competency[items]]
        return self.model.drawn(items, theta, draw)
