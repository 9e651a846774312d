"""What a criterion needs of items, and the refusal that names all items which have it not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.pool import Pool
from compassess.errors import Problem, raise_if_any

__all__ = ["difficulties", "locations", "positive", "refuse_more_than_two_categories"]

Floats = NDArray[np.float64]


def difficulties(pool: Pool, criterion: str) -> Floats:
    """b of every item, (n_items,); InputError names those with more than two categories, or nominal ones."""
    b = pool.measurement.items.b
    alone = (np.isfinite(b).sum(axis=1) == 1) & (pool.measurement.items.n_categories >= 2)
    _refuse(pool, ~alone, f"{criterion} needs items with one difficulty", "two ordered categories")
    return np.asarray(np.where(np.isfinite(b), b, 0.0).sum(axis=1))


def locations(pool: Pool, criterion: str) -> Floats:
    """The mean of each item's thresholds, b where it has one, (n_items,); InputError names nominal items."""
    b = pool.measurement.items.b
    known = np.isfinite(b)
    _refuse(
        pool, np.asarray(~known.any(axis=1)), f"{criterion} needs items with thresholds", "ordered categories"
    )
    return np.asarray(np.where(known, b, 0.0).sum(axis=1) / known.sum(axis=1))


def refuse_more_than_two_categories(pool: Pool, criterion: str) -> None:
    """InputError names the items that score more than two categories."""
    several = np.array([np.unique(row[row >= 0]).size > 2 for row in pool.row_of], dtype=bool)
    _refuse(pool, several, f"{criterion} is defined for right and wrong", "two categories")


def positive(**numbers: float) -> list[Problem]:
    """A problem for each parameter that is not a positive number, its name as the place."""
    return [
        Problem(where=name, what="not a positive number", got=repr(value), expected="a number above 0")
        for name, value in numbers.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf
    ]


def _refuse(pool: Pool, unfit: NDArray[np.bool_], what: str, expected: str) -> None:
    raise_if_any(
        [
            Problem(
                where=f"item {pool.ids[item]!r}",
                what=what,
                got=f"{pool.measurement.items.models[item]} with "
                f"{pool.measurement.items.n_categories[item]} categories",
                expected=expected,
                remedy="Name another selection.criterion in the blueprint.",
            )
            for item in np.flatnonzero(unfit).tolist()
        ]
    )
