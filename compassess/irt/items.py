"""Item parameters as arrays: what calibration makes and every other function of the room takes.

Letters: ``a`` slope, ``b`` thresholds (the IRT metric, D = 1). Rule for the graded model with K
categories: ``b[j, k − 1]`` is the boundary between categories k − 1 and k; NaN there means that the
boundary was never observed, and the two categories count as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.population import Population
from compassess.responses import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Items"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Calibrated items and the population that they were calibrated in.

    Attributes
    ----------
    ids : unique names, shape ``(n_items,)``.
    models : the response model of each, a name of :data:`compassess.irt.models.MODELS`.
    competencies : the competency of each; ``population`` knows the block of a competency.
    n_categories : number of answer categories, codes 0 … K − 1.
    a : slopes, shape ``(n_items,)``.
    b : thresholds, shape ``(n_items, max(n_categories) − 1)``, NaN beyond an item's own thresholds.
    status : "ok", or what is wrong with an item (see :mod:`compassess.irt.screening`).
    population : blocks, R, competencies and λ.
    """

    ids: tuple[str, ...]
    models: tuple[str, ...]
    competencies: tuple[str, ...]
    n_categories: NDArray[np.intp]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    status: tuple[str, ...]
    population: Population

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.ids)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The block of each item."""
        return tuple(self.population.blocks[index] for index in self.block_index)

    @property
    def competency_index(self) -> NDArray[np.intp]:
        """Index of each item's competency in the population, shape ``(n_items,)``."""
        place = {name: index for index, name in enumerate(self.population.competencies)}
        return np.array([place[name] for name in self.competencies], dtype=np.intp)

    @property
    def block_index(self) -> NDArray[np.intp]:
        """Index of each item's block in the population, shape ``(n_items,)``."""
        return self.population.block_of[self.competency_index]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which items have finite parameters, shape ``(n_items,)``."""
        return np.isfinite(self.a) & np.any(np.isfinite(self.b), axis=1)

    def thresholds(self, item: int) -> NDArray[np.float64]:
        """The thresholds of one item, shape ``(n_categories − 1,)``; NaN where never observed."""
        return self.b[item, : self.n_categories[item] - 1]

    def select(self, which: Sequence[str] | NDArray[np.intp] | NDArray[np.bool_]) -> Items:
        """Some of the items, by id, index or mask, in the order asked for.

        Raises
        ------
        InputError : an id that is not here.
        """
        index = self._index(which)
        pick = [int(i) for i in index]
        return replace(
            self,
            ids=tuple(self.ids[i] for i in pick),
            models=tuple(self.models[i] for i in pick),
            competencies=tuple(self.competencies[i] for i in pick),
            n_categories=self.n_categories[index],
            a=self.a[index],
            b=self.b[index],
            status=tuple(self.status[i] for i in pick),
        )

    def _index(self, which: Sequence[str] | NDArray[np.intp] | NDArray[np.bool_]) -> NDArray[np.intp]:
        if isinstance(which, np.ndarray):
            return np.flatnonzero(which) if which.dtype == np.bool_ else which.astype(np.intp)
        place = {name: index for index, name in enumerate(self.ids)}
        unknown = [name for name in which if name not in place]
        if unknown:
            raise InputError(
                [Problem(where=f"item {name!r}", what="not among these items") for name in unknown]
            )
        return np.array([place[name] for name in which], dtype=np.intp)

    @classmethod
    def create(
        cls,
        *,
        ids: Sequence[str],
        a: Sequence[float] | NDArray[np.float64],
        b: Sequence[Sequence[float]] | NDArray[np.float64],
        models: Sequence[str] | None = None,
        competencies: Sequence[str] | None = None,
        n_categories: Sequence[int] | None = None,
        status: Sequence[str] | None = None,
        population: Population | None = None,
    ) -> Items:
        """Items from plain numbers: ``a`` per item, ``b`` a list of thresholds per item.

        Defaults: one dimension N(0, 1); two categories are "2PL", more "GRM"; status "ok".
        """
        rows = [np.atleast_1d(np.asarray(row, dtype=np.float64)) for row in b]
        counts = [row.size + 1 for row in rows] if n_categories is None else list(n_categories)
        padded = np.full((len(rows), max(max(counts, default=2) - 1, 1)), np.nan)
        for item, row in enumerate(rows):
            padded[item, : counts[item] - 1] = row[: counts[item] - 1]
        people = population or Population.create()
        slopes = np.array(a, dtype=np.float64)
        slopes.flags.writeable = padded.flags.writeable = False
        return cls(
            ids=tuple(ids),
            models=tuple(models) if models else tuple("2PL" if k == 2 else "GRM" for k in counts),
            competencies=tuple(competencies) if competencies else (people.competencies[0],) * len(rows),
            n_categories=np.array(counts, dtype=np.intp),
            a=slopes,
            b=padded,
            status=tuple(status) if status else ("ok",) * len(rows),
            population=people,
        )

    def to_frame(self) -> pd.DataFrame:
        """A row an item: item, block, competency, model, status, a, b (or b1, b2, …)."""
        return frame(self.columns())

    def columns(self) -> Mapping[str, Sequence[object] | NDArray[np.float64]]:
        """The columns of :meth:`to_frame`."""
        width = self.b.shape[1]
        names = ["b"] if width == 1 else [f"b{k + 1}" for k in range(width)]
        return {
            "item": self.ids,
            "block": self.blocks,
            "competency": self.competencies,
            "model": self.models,
            "status": self.status,
            "a": self.a,
            **{name: self.b[:, k] for k, name in enumerate(names)},
        }
