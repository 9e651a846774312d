"""What is known of persons beside their answers, as the columns of a regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any

__all__ = ["Covariates", "covariates_of"]

_DEPENDENT: Final = 1e-10  # of the largest singular value of columns of unit length


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariates:
    """``names`` of the columns, "(intercept)" first, and their ``values``, (n_persons, n_columns)."""

    names: tuple[str, ...]
    values: NDArray[np.float64]


def covariates_of(given: Mapping[str, Sequence[object] | NDArray[np.generic]], n_persons: int) -> Covariates:
    """Columns of a regression: an intercept, numbers as they are, words as indicators.

    The first word by letter is the reference; the others are columns called "name=word". Truth values are
    numbers.

    Raises
    ------
    InputError : another number of values than persons; values that are missing or not finite; a word that
        everybody has; columns that follow from each other.
    """
    problems: list[Problem] = []
    names, columns = ["(intercept)"], [np.ones(n_persons)]
    for name, values in given.items():
        where, listed = f"covariates[{name!r}]", np.asarray(values, dtype=object).ravel()
        missing = [row for row, value in enumerate(listed.tolist()) if _is_missing(value)]
        if listed.size != n_persons:
            got, wanted = f"{listed.size} values", str(n_persons)
            problems.append(
                Problem(where=where, what="every person needs one value", got=got, expected=wanted)
            )
        elif missing:
            problems.append(
                Problem(
                    where=where,
                    what="values are missing or not finite",
                    got=f"row {missing[0] + 1} and {len(missing) - 1} more",
                    remedy="Leave these persons out, or make 'unknown' a value of its own.",
                )
            )
        elif all(isinstance(value, int | float | np.number | np.bool_) for value in listed.tolist()):
            names.append(name)
            columns.append(listed.astype(np.float64))
        else:
            words = [str(value) for value in listed.tolist()]
            levels = sorted(set(words))
            names += [f"{name}={level}" for level in levels[1:]]
            columns += [np.array([word == level for word in words], dtype=np.float64) for level in levels[1:]]
            if len(levels) == 1:
                problems.append(Problem(where=where, what="everybody has the same value", got=levels[0]))
    raise_if_any(problems)
    matrix = np.column_stack(columns)
    length = np.linalg.norm(matrix, axis=0)
    singular = np.linalg.svd(matrix / np.where(length > 0, length, 1.0), compute_uv=False)
    if n_persons < matrix.shape[1] or singular[-1] <= _DEPENDENT * singular[0]:
        raise_if_any(
            [
                Problem(
                    where="covariates",
                    what="the columns follow from each other, or there are more of them than persons",
                    got=", ".join(names),
                    remedy="Leave out what the others tell already.",
                )
            ]
        )
    return Covariates(names=tuple(names), values=matrix)


def _is_missing(value: object) -> bool:
    """None, NaN, infinite, or a library's own mark of a missing value, which is not equal to itself."""
    if value is None:
        return True
    if isinstance(value, int | float | np.number):
        return not np.isfinite(value)
    return not isinstance(value, str) and type(value).__name__ in ("NAType", "NaTType")
