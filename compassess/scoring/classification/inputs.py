"""What the files of this room ask of their input: probabilities that add up, known bands, weights.

Rule: every check adds its faults to a list that the caller raises as a whole.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem

__all__ = ["band_indices", "band_table", "finite_vector", "person_weights"]

Floats = NDArray[np.float64]

_ADDS_UP: Final = 1e-6  # probabilities that were written to a file carry six digits or more


def finite_vector(values: ArrayLike, where: str, problems: list[Problem]) -> Floats:
    """Numbers by person, (n,)."""
    vector = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if vector.ndim != 1 or vector.size == 0 or not np.all(np.isfinite(vector)):
        problems.append(
            Problem(
                where=where,
                what="these must be finite numbers",
                got=_told(vector),
                expected="one a person, for at least one person",
            )
        )
    return vector


def band_table(probabilities: ArrayLike, problems: list[Problem], where: str = "probabilities") -> Floats:
    """Probabilities of the bands, (n, n_bands): rows within [0, 1] that sum to 1."""
    table = np.atleast_2d(np.asarray(probabilities, dtype=np.float64))
    expected = "a row a person and a column a band, at least two bands"
    if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] < 2:
        problems.append(Problem(where=where, what="wrong shape", got=str(table.shape), expected=expected))
        return table
    wrong = ~(np.all((table >= 0) & (table <= 1), axis=1) & (np.abs(table.sum(axis=1) - 1) <= _ADDS_UP))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        problems.append(
            Problem(
                where=f"{where}, row {first}",
                what=f"{int(wrong.sum())} of {len(wrong)} rows are not probabilities of bands",
                got=str(table[first].tolist()),
                expected="numbers in [0, 1] that sum to 1",
            )
        )
    return table


def band_indices(
    bands: ArrayLike, n_persons: int | None, n_bands: int | None, where: str, problems: list[Problem]
) -> NDArray[np.intp]:
    """Bands as places 0 (the lowest) … n_bands − 1, (n_persons,); None where any number will do."""
    given = np.atleast_1d(np.asarray(bands))
    whole = given.ndim == 1 and given.size > 0 and np.issubdtype(given.dtype, np.integer)
    counted = n_persons is None or given.size == n_persons
    known = whole and given.min() >= 0 and (n_bands is None or given.max() < n_bands)
    if not (whole and counted and known):
        top = "…" if n_bands is None else str(n_bands - 1)
        problems.append(
            Problem(
                where=where,
                what="these are not the bands of these persons",
                got=_told(given),
                expected=f"whole numbers 0 … {top}, one a person"
                + ("" if n_persons is None else f", for {n_persons} persons"),
                remedy="Leave out persons whose band is withheld (-1)." if whole and given.min() < 0 else "",
            )
        )
        return np.zeros(given.size if n_persons is None else n_persons, dtype=np.intp)
    return given.astype(np.intp)


def person_weights(weights: ArrayLike | None, n_persons: int, problems: list[Problem]) -> Floats:
    """How much every person counts, (n_persons,); 1 without ``weights``."""
    if weights is None:
        return np.ones(n_persons)
    vector = np.atleast_1d(np.asarray(weights, dtype=np.float64))
    fits = vector.shape == (n_persons,) and bool(np.all(np.isfinite(vector) & (vector >= 0)))
    if not fits or not vector.sum() > 0:
        problems.append(
            Problem(
                where="weights",
                what="these are not weights of these persons",
                got=_told(vector),
                expected=f"{n_persons} finite numbers ≥ 0 with a sum above 0",
            )
        )
        return np.ones(n_persons)
    return vector


def _told(values: NDArray[np.generic]) -> str:
    shown = ", ".join(str(value) for value in values.ravel()[:4].tolist())
    return f"shape {values.shape}: {shown}{', …' if values.size > 4 else ''}"
