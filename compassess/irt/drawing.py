"""Answers drawn for any pairs of an ability and an item, without a table of all answers of everybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from compassess.irt.cells import shift_by_theta
from compassess.irt.items import Items
from compassess.irt.layout import batch_parameters, layout_of
from compassess.irt.models import Family, model_named
from compassess.irt.models.graded import GradedFamily
from compassess.irt.read_only import read_only

__all__ = ["AnswerModel"]

Floats = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shape:
    """Items of one family and number of categories: their ξ, and how θ moves it, (n, n_parameters) each."""

    family: Family
    xi: Floats
    shift: Floats

    def below(self, place: Index, theta: Floats) -> Floats:
        """P(X ≤ k | θ) for k = 0 … K − 2 of the items at ``place``, (m, K − 1)."""
        moved = self.xi[place] + theta[:, None] * self.shift[place]
        if isinstance(self.family, GradedFamily) and moved.shape[1] == 2:
            return np.asarray(expit(-moved[:, 1:]))
        log_p = self.family.log_probability(moved, np.zeros(1))[:, :, 0]
        return np.asarray(np.exp(log_p).cumsum(axis=1)[:, :-1])


class AnswerModel:
    """Items laid out for drawing; made once, read-only after that."""

    __slots__ = ("_code", "_place", "_shape_of", "_shapes", "competency", "usable")

    def __init__(self, items: Items) -> None:
        layout = layout_of(items.category_map(), items.models, np.zeros(items.n_items, dtype=np.intp), 1)
        self.competency: Index = read_only(items.competency_index)
        self.usable: NDArray[np.bool_] = read_only(items.usable)
        self._shape_of = np.zeros(items.n_items, dtype=np.intp)
        self._place = np.zeros(items.n_items, dtype=np.intp)
        self._code = _lowest_codes(items.category_map())
        shapes = []
        for number, batch in enumerate(layout.batches):
            family = model_named(batch.model).family
            shift = shift_by_theta(family, items.parameters_of(batch.items))
            shapes.append(_Shape(family=family, xi=batch_parameters(items, batch), shift=shift))
            self._shape_of[batch.items] = number
            self._place[batch.items] = np.arange(len(batch.items))
        self._shapes = tuple(shapes)

    def drawn(self, items: Index, theta: Floats, draws: Floats) -> NDArray[np.int16]:
        """A code for every (item, θ of its competency, draw in [0, 1)): the cumulative probabilities below.

        A category that stands for several codes, because a boundary was never observed, gives the lowest.
        """
        category = np.zeros(len(items), dtype=np.intp)
        shapes = self._shape_of[items] if len(self._shapes) > 1 else None
        for number, shape in enumerate(self._shapes):
            own = slice(None) if shapes is None else np.flatnonzero(shapes == number)
            below = shape.below(self._place[items[own]], theta[own])
            category[own] = (draws[own, None] > below).sum(axis=1)
        return self._code[items, category]


def _lowest_codes(category_of: Index) -> NDArray[np.int16]:
    """The lowest code of every scored category, (n_items, max K)."""
    codes = np.zeros(category_of.shape, dtype=np.int16)
    for code in range(category_of.shape[1] - 1, -1, -1):
        known = np.flatnonzero(category_of[:, code] >= 0)
        codes[known, category_of[known, code]] = code
    return codes
