"""Sympson–Hetter: an item that would be presented is, with a probability of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.exposure.experiments import experiments
from compassess.adaptive.exposure.segments import Segments, edge_problems
from compassess.adaptive.order import first_best
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.bank.readonly import ReadOnly
from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["SympsonHetter"]

Floats = NDArray[np.float64]
Probabilities = Mapping[str, float | Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SympsonHetter:
    """Items in the order of their worth, each presented with probability k_i; the first that passes is.

    P(A_i) = k_i P(S_i), with S_i that item i is the best of those left at some step of a sitting, A_i that it
    is presented. Conventions: an item that fails is out for the rest of the sitting, so that it takes part in
    one experiment at most, which hangs on the sitting's seed and the item
    (:mod:`compassess.adaptive.exposure.experiments`). Where none of the items that may come passes, the best
    of those that failed is presented. With content constraints the shadow test is made of items that pass.

    Parameters
    ----------
    probabilities : k_i in (0, 1] by item; 1 for items that are not named. With ``edges`` a list for each
        segment, or one number for all.
    edges : where segments of θ meet, ascending; the segment is that of the block's estimate at the moment.
        The item's number is the same in all, so one that failed in a segment may pass in another where its
        k is greater (Stocking & Lewis).

    The probabilities come from :func:`compassess.simulation.calibrate_sympson_hetter`, for one bank,
    blueprint and population: with another blueprint they promise nothing.

    References
    ----------
    Sympson & Hetter (1985), Proceedings of the 27th annual meeting of the Military Testing Association,
    973-977. Stocking & Lewis (1998), Journal of Educational and Behavioral Statistics 23, 57-75.
    """

    name: ClassVar[str] = "sympson_hetter"
    version: ClassVar[int] = 1

    probabilities: Probabilities
    edges: Sequence[float] = field(default=())

    def __post_init__(self) -> None:
        problems = edge_problems(self.edges)
        raise_if_any(problems or _probability_problems(self.probabilities, len(self.edges) + 1))
        object.__setattr__(self, "probabilities", ReadOnly(self.probabilities))
        object.__setattr__(self, "edges", tuple(map(float, self.edges)))

    def prepared(self, pool: Pool, /) -> PreparedSympsonHetter:
        """With a probability for every item and segment; InputError names items that are not operational."""
        places = {name: place for place, name in enumerate(pool.ids)}
        raise_if_any(
            [
                Problem(
                    where=f"blueprint.json selection.exposure.parameters.probabilities.{name}",
                    what="no operational item of this bank",
                    remedy="Calibrate the probabilities for this bank.",
                )
                for name in self.probabilities
                if name not in places
            ]
        )
        segments = Segments.create(pool, tuple(self.edges))
        table = np.ones((segments.n_segments, pool.n_items))
        for name, given in self.probabilities.items():
            table[:, places[name]] = given
        limited = np.flatnonzero((table < 1.0).any(axis=0))
        return PreparedSympsonHetter(
            segments=segments, limited=read_only(limited), table=read_only(table[:, limited])
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedSympsonHetter:
    """``limited`` items and their probabilities, ``table`` (n_segments, n_limited)."""

    segments: Segments
    limited: NDArray[np.intp]
    table: Floats

    def held_back(self, view: View, /) -> NDArray[np.bool_]:
        """The items that fail, (n, n_items)."""
        numbers = experiments(view.seeds, self.limited)
        if self.segments.n_segments == 1:
            chances = self.table
        else:
            own = self.segments.of_items(view.now.block_theta)[:, self.limited]
            chances = self.table[own, np.arange(self.limited.size)]
        held = np.zeros((len(view.seeds), view.pool.n_items), dtype=bool)
        held[:, self.limited] = numbers >= chances
        return held

    def chosen(self, worth: Floats, _view: View, /) -> NDArray[np.intp]:
        """The best of those that pass."""
        return first_best(worth)


def _probability_problems(given: object, n_segments: int) -> list[Problem]:
    if not isinstance(given, Mapping):
        return [
            Problem(
                where="probabilities",
                what="not a probability for each item",
                got=repr(given),
                expected="{item id: number above 0, up to 1}",
            )
        ]
    expected = "a number above 0, up to 1" + (f", or {n_segments} of them" if n_segments > 1 else "")
    return [
        Problem(where=f"probabilities.{name}", what="not a probability", got=repr(value), expected=expected)
        for name, value in given.items()
        if not _is_probability(value, n_segments)
    ]


def _is_probability(value: object, n_segments: int) -> bool:
    if isinstance(value, list | tuple) and n_segments > 1:
        return len(value) == n_segments and all(_is_probability(one, 1) for one in value)
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
