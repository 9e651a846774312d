"""Item parameters as arrays: what calibration makes and every other function of the room takes.

Letters: ``a`` slope, ``b`` thresholds (the IRT metric, D = 1). Rule for the graded model with K
categories: ``b[j, k − 1]`` is the boundary between categories k − 1 and k; NaN there means that the
boundary was never observed, and the two categories count as one. ``c`` and ``d`` are lower and upper
asymptotes. Nominal items have ``slopes`` and ``intercepts`` by category instead of a and b; NaN at a
category that was never observed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.models import MODELS
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
    c, d : asymptotes, (n_items,); 0 and 1 where the model has none.
    slopes, intercepts : of nominal items by category, (n_items, max K); NaN for other models.
    status : "ok", or what is wrong with an item (see :mod:`compassess.irt.estimation.screening`).
    population : blocks, R, competencies and λ.
    covariances : of the errors of each item's parameters (a, observed b …, c, d; the last two for 3PL and 4PL
        only), None where they count as known; None for all of them, and then nothing has an error.
    """

    ids: tuple[str, ...]
    models: tuple[str, ...]
    competencies: tuple[str, ...]
    n_categories: NDArray[np.intp]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    d: NDArray[np.float64]
    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    status: tuple[str, ...]
    population: Population
    covariances: tuple[NDArray[np.float64] | None, ...] | None = None

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
        ordered = np.isfinite(self.a) & np.any(np.isfinite(self.b), axis=1)
        return np.asarray(ordered | (np.isfinite(self.slopes).sum(axis=1) >= 2))

    @property
    def direction(self) -> NDArray[np.float64]:
        """The sign of θ in an item, (n_items,): a, or for nominal items top slope − bottom slope."""
        known = np.isfinite(self.slopes)
        rows = np.arange(self.n_items)
        top = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
        spread = self.slopes[rows, top] - self.slopes[rows, np.argmax(known, axis=1)]
        return np.where(known.any(axis=1), spread, self.a)

    def category_map(self) -> NDArray[np.intp]:
        """The scored category of each code, (n_items, max K); −1 beyond an item's codes or unusable.

        It counts the observed boundaries up to the code; for nominal items the observed categories.
        """
        n_items, width = self.b.shape
        codes = np.arange(width + 1)
        boundaries = np.concatenate([np.zeros((n_items, 1)), np.isfinite(self.b).cumsum(axis=1)], axis=1)
        nominal = np.isfinite(self.slopes)
        observed = np.maximum(nominal.cumsum(axis=1) - 1, 0)
        reached = np.where(np.asarray(nominal.any(axis=1))[:, None], observed, boundaries)
        mapped = np.where(codes < self.n_categories[:, None], reached, -1).astype(np.intp)
        mapped[~self.usable] = -1
        return mapped

    def parameters_of(self, which: NDArray[np.intp]) -> Mapping[str, NDArray[np.float64]]:
        """IRT parameters of items that share a model and a number of scored categories.

        Each is (n, width); what was never observed is left out.
        """
        if np.isfinite(self.slopes[which]).any():
            pairs = {"slopes": self.slopes, "intercepts": self.intercepts}
            return {
                name: np.stack([row[np.isfinite(row)] for row in values[which]])
                for name, values in pairs.items()
            }
        return {
            "a": self.a[which, None],
            "b": np.stack([row[np.isfinite(row)] for row in self.b[which]]),
            "c": self.c[which, None],
            "d": self.d[which, None],
        }

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
            c=self.c[index],
            d=self.d[index],
            slopes=self.slopes[index],
            intercepts=self.intercepts[index],
            status=tuple(self.status[i] for i in pick),
            covariances=None if self.covariances is None else tuple(self.covariances[i] for i in pick),
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
        c: Sequence[float] | NDArray[np.float64] | None = None,
        d: Sequence[float] | NDArray[np.float64] | None = None,
        slopes: NDArray[np.float64] | None = None,
        intercepts: NDArray[np.float64] | None = None,
        competencies: Sequence[str] | None = None,
        n_categories: Sequence[int] | None = None,
        status: Sequence[str] | None = None,
        population: Population | None = None,
    ) -> Items:
        """Items from plain numbers: ``a`` per item, ``b`` a list of thresholds per item.

        Defaults: one dimension N(0, 1); two categories are "2PL", more "GRM"; asymptotes 0 and 1;
        status "ok". Nominal items have rows of ``slopes`` and ``intercepts`` (n_items, max K), and NaN
        for a and b.

        Raises
        ------
        InputError : with every fault: lists of unequal lengths, ids that stand twice, unknown models and
            competencies, too few or too many thresholds, thresholds out of order, asymptotes that the model
            does not have or that are not 0 ≤ c < d ≤ 1, nominal rows of another width.
        """
        rows = [np.atleast_1d(np.asarray(row, dtype=np.float64)) for row in b]
        counts = [row.size + 1 for row in rows] if n_categories is None else [int(k) for k in n_categories]
        people = population or Population.create()
        steepness = np.array(a, dtype=np.float64)
        named = tuple(models) if models else tuple("2PL" if k == 2 else "GRM" for k in counts)
        homes = tuple(competencies) if competencies else (people.competencies[0],) * len(rows)
        statuses = tuple(status) if status else ("ok",) * len(rows)
        lower = np.zeros(len(rows)) if c is None else np.array(c, dtype=np.float64)
        upper = np.ones(len(rows)) if d is None else np.array(d, dtype=np.float64)
        _refuse_unequal(
            ids=ids,
            a=steepness,
            b=rows,
            c=lower,
            d=upper,
            models=named,
            competencies=homes,
            n_categories=counts,
            status=statuses,
        )
        problems = [
            Problem(where=f"item {name!r}", what="the id stands more than once")
            for name, times in Counter(ids).items()
            if times > 1
        ]
        problems += [
            Problem(where=f"item {name!r}", what="unknown competency", got=repr(home))
            for name, home in zip(ids, homes, strict=True)
            if home not in people.competencies
        ]
        for name, slope, row, k, model in zip(ids, steepness.tolist(), rows, counts, named, strict=True):
            problems += _parameter_problems(f"item {name!r}", slope, row, k, model)
        for name, low, high, model in zip(ids, lower.tolist(), upper.tolist(), named, strict=True):
            problems += _asymptote_problems(f"item {name!r}", low, high, model)
        problems += _width_problems(
            (len(rows), max(max(counts, default=2), 2)), slopes=slopes, intercepts=intercepts
        )
        raise_if_any(problems)
        padded = np.full((len(rows), max(max(counts, default=2) - 1, 1)), np.nan)
        for item, row in enumerate(rows):
            padded[item, : counts[item] - 1] = row[: counts[item] - 1]
        blank = np.full((len(rows), padded.shape[1] + 1), np.nan)
        arrays = {
            "a": steepness,
            "b": padded,
            "c": lower,
            "d": upper,
            "slopes": blank if slopes is None else np.array(slopes, dtype=np.float64),
            "intercepts": blank if intercepts is None else np.array(intercepts, dtype=np.float64),
        }
        for array in arrays.values():
            array.flags.writeable = False
        return cls(
            ids=tuple(ids),
            models=named,
            competencies=homes,
            n_categories=np.array(counts, dtype=np.intp),
            **arrays,
            covariances=None,
            status=statuses,
            population=people,
        )

    def to_frame(self) -> pd.DataFrame:
        """A row an item: item, block, competency, model, status, a, b (or b1, b2, …)."""
        return frame(self.columns())

    def columns(self) -> Mapping[str, Sequence[object] | NDArray[np.float64]]:
        """The columns of :meth:`to_frame`."""
        width = self.b.shape[1]
        names = ["b"] if width == 1 else [f"b{k + 1}" for k in range(width)]
        columns: dict[str, Sequence[object] | NDArray[np.float64]] = {
            "item": self.ids,
            "block": self.blocks,
            "competency": self.competencies,
            "model": self.models,
            "status": self.status,
            "a": self.a,
            **{name: self.b[:, k] for k, name in enumerate(names)},
        }
        if "3PL" in self.models or "4PL" in self.models:
            columns["c"], columns["d"] = self.c, self.d
        if "NRM" in self.models:
            columns |= {f"a{k + 1}": column for k, column in enumerate(self.slopes.T)}
            columns |= {f"c{k + 1}": column for k, column in enumerate(self.intercepts.T)}
        return columns


def _refuse_unequal(**columns: Sequence[object] | NDArray[np.float64]) -> None:
    """Raise for columns that do not all have an entry for each item."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InputError(
            Problem(where="items", what="unequal lengths", got=got, expected="an entry of each for each item")
        )


def _parameter_problems(
    where: str, a: float, b: NDArray[np.float64], n_categories: int, model: str
) -> list[Problem]:
    """What keeps the numbers of one item from being an item of its model."""
    if model not in MODELS:
        return [Problem(where=where, what="unknown model", got=repr(model), expected=" or ".join(MODELS))]
    if np.isfinite(a) and not MODELS[model].admits(n_categories):
        return [Problem(where=where, what=f"{model} does not admit {n_categories} categories")]
    if b.size < n_categories - 1 or np.any(np.isfinite(b[n_categories - 1 :])):
        return [
            Problem(
                where=where,
                what="the thresholds do not fit the categories",
                got=f"{b.size} thresholds",
                expected=f"{n_categories - 1} for {n_categories} categories",
                remedy="A boundary that was never observed is NaN.",
            )
        ]
    told = b[np.isfinite(b)]
    ordered = model in ("2PL", "GRM", "1PL", "Rasch")
    if ordered and np.isfinite(a) and not np.all(np.diff(a * told) > 0):
        return [
            Problem(
                where=where,
                what="the thresholds are out of order",
                got=str(told.tolist()),
                expected="strictly ascending ones (descending under a negative slope)",
            )
        ]
    return []


def _asymptote_problems(where: str, c: float, d: float, model: str) -> list[Problem]:
    """Asymptotes that the model of an item does not have, or that are none; NaN is not estimated."""
    problems = []
    if c != 0.0 and not np.isnan(c) and model not in ("3PL", "4PL"):
        problems.append(
            Problem(where=where, what=f"{model} has no lower asymptote", got=str(c), expected="0")
        )
    if d != 1.0 and not np.isnan(d) and model != "4PL":
        problems.append(
            Problem(where=where, what=f"{model} has no upper asymptote", got=str(d), expected="1")
        )
    if c < 0.0 or d > 1.0 or c >= d:
        problems.append(
            Problem(
                where=where,
                what="the asymptotes are not probabilities in order",
                got=f"c = {c}, d = {d}",
                expected="0 ≤ c < d ≤ 1",
            )
        )
    return problems


def _width_problems(shape: tuple[int, int], **rows: NDArray[np.float64] | None) -> list[Problem]:
    """Matrices of nominal parameters that are not (n_items, max K)."""
    return [
        Problem(where=name, what="wrong shape", got=str(np.shape(values)), expected=str(shape))
        for name, values in rows.items()
        if values is not None and np.shape(values) != shape
    ]
