"""Answers less what the model expects at the person's θ, and how much that varies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem
from compassess.irt.ability import Scores, refuse_strangers, score
from compassess.irt.chunks import chunk_size
from compassess.irt.curves import log_probability
from compassess.irt.items import Items
from compassess.irt.measurement import Measurement
from compassess.irt.population import Population
from compassess.responses import MISSING, Responses

__all__ = ["Answered", "answered", "moments"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answered:
    """Persons' answers to the items that have parameters, and the θ that each item is judged at.

    Attributes
    ----------
    items : those, in their order.
    codes : (n_persons, n_items), :data:`MISSING` where nothing was answered, or θ is not finite.
    theta : of every competency, (n_persons, n_competencies).
    """

    items: Items
    codes: NDArray[np.int16]
    theta: Floats

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which cells are answered, (n_persons, n_items)."""
        return np.asarray(self.codes != MISSING)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Of the cells of some persons, (n_rows, n_items); 0 where nothing was answered.

    ``residual`` x − E, ``variance`` and ``fourth`` central moment of the code; ``surprise`` log P_x − E log
    P,
    ``spread`` Var log P.
    """

    residual: Floats
    variance: Floats
    fourth: Floats
    surprise: Floats
    spread: Floats


def answered(
    responses: Responses,
    items: Items,
    scores: Scores | None,
    *,
    method: str,
    population: Population | None,
) -> Answered:
    """The answers to usable items, and θ by ``scores`` or ``method``.

    Raises
    ------
    InputError : no column in common; codes beyond an item's categories; scores of other persons or
    competencies;
        no item with parameters.
    """
    refuse_strangers(responses, items)
    known = [
        name
        for name, usable in zip(items.ids, items.usable, strict=True)
        if usable and name in responses.items
    ]
    if not known:
        raise InputError(Problem(where="items", what="fit needs items with parameters", got="none of them"))
    Measurement.create(items, population=population).design(responses)  # refuses codes beyond the categories
    found = score(responses, items, method, population=population) if scores is None else scores
    theta = np.asarray(found.competencies.theta, dtype=np.float64)
    people = items.population if population is None else population
    if len(theta) != responses.n_persons or found.competencies.names != people.competencies:
        raise InputError(
            Problem(
                where="scores",
                what="they are of other persons or competencies",
                got=f"{len(theta)} of {', '.join(found.competencies.names)}",
                expected=f"{responses.n_persons} of {', '.join(people.competencies)}",
            )
        )
    own = items.select(known)
    codes = np.array(responses.codes(known), dtype=np.int16)
    codes[~np.isfinite(theta[:, own.competency_index])] = MISSING
    return Answered(items=own, codes=codes, theta=theta)


def moments(data: Answered) -> Iterator[tuple[slice, Moments]]:
    """Chunk by chunk of the persons."""
    n_persons, n_items = data.codes.shape
    size = chunk_size(4 * n_items * int(data.items.n_categories.max()))
    for start in range(0, n_persons, size):
        rows = slice(start, min(start + size, n_persons))
        yield rows, _moments(data, rows)


def _moments(data: Answered, rows: slice) -> Moments:
    codes, there = data.codes[rows], data.there[rows]
    theta = np.where(np.isfinite(data.theta[rows]), data.theta[rows], 0.0)
    parts = [np.zeros(codes.shape) for _ in range(5)]
    for competency in np.unique(data.items.competency_index).tolist():
        own = np.flatnonzero(data.items.competency_index == competency)
        log_p = np.moveaxis(log_probability(data.items.select(own), theta[:, competency]), 2, 0)
        beyond = np.isnan(log_p)
        log_p[beyond] = 0.0
        p = np.where(beyond, 0.0, np.exp(log_p))
        p /= p.sum(axis=2, keepdims=True)  # categories that count as one show their whole
        k = np.arange(p.shape[2])
        x = np.where(there[:, own], codes[:, own], 0)
        mean = p @ k
        around = k - mean[:, :, None]
        chosen = np.take_along_axis(log_p, x[:, :, None].astype(np.intp), axis=2)[:, :, 0]
        expected = (p * log_p).sum(axis=2)
        found = (
            x - mean,
            (p * around**2).sum(axis=2),
            (p * around**4).sum(axis=2),
            chosen - expected,
            (p * (log_p - expected[:, :, None]) ** 2).sum(axis=2),
        )
        for part, values in zip(parts, found, strict=True):
            part[:, own] = np.where(there[:, own], values, 0.0)
    return Moments(residual=parts[0], variance=parts[1], fourth=parts[2], surprise=parts[3], spread=parts[4])
