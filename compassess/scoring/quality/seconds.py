"""Response times as they are handed in: seconds by person and item, checked once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["checked_seconds"]


def checked_seconds(times: ArrayLike, n_items: int | None = None) -> NDArray[np.float64]:
    """Times as a copy, (n_persons, n_items) float64; NaN where none was taken.

    Raises
    ------
    InputError : not a table, another number of items, and every time that is not positive and finite.
    """
    seconds = np.array(times, dtype=np.float64)
    if seconds.ndim != 2 or n_items not in (None, seconds.shape[1]):
        raise InputError(
            Problem(
                where="times",
                what="not a row a person and a column an item",
                got=f"an array of shape {seconds.shape}",
                expected=f"(n_persons, {'n_items' if n_items is None else n_items})",
            )
        )
    wrong = ~np.isnan(seconds) & ~((seconds > 0) & np.isfinite(seconds))
    raise_if_any(
        [
            Problem(
                where=f"times[{person}, {item}]",
                what="not a time",
                got=str(seconds[person, item]),
                expected="seconds above 0",
                remedy="A time that was not taken is NaN.",
            )
            for person, item in np.argwhere(wrong).tolist()
        ]
    )
    return seconds
