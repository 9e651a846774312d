"""The covariance of the errors of an item's parameters, from the standard errors that a bank keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.bank.entries import BankItem
from compassess.bank.places import Steps, place, shown
from compassess.errors import Problem

__all__ = ["covariance_of", "covariance_problems", "errors_are_told"]

Floats = NDArray[np.float64]

_ASYMPTOTES: Final = ("3PL", "4PL")
_ROUNDING: Final = 1e-6  # how far below 0 an eigenvalue of rounded correlations may lie


def covariance_of(item: BankItem) -> Floats | None:
    """Of (a, observed b …, c, d), c and d for 3PL and 4PL only; None where the item has no errors.

    S C S with the standard errors on the diagonal of S; an error that is not told (that of an asymptote which
    was fixed, say) counts as 0, and without correlations C is the identity.
    """
    errors = _errors(item)
    if errors is None or item.standard_errors is None:
        return None
    matrix = _matrix(errors.size, item.standard_errors.correlations or ())
    return np.asarray(errors[:, None] * matrix * errors)


def errors_are_told(item: BankItem) -> bool:
    """Whether slope and observed thresholds have errors, or the item was fixed and counts as known."""
    told, parameters = item.standard_errors, item.parameters
    if "fixed" in item.flags:
        return True
    if told is None or parameters is None:
        return False
    pairs = zip(parameters.thresholds, told.thresholds, strict=False)
    return told.discrimination is not None and all(b is None or error is not None for b, error in pairs)


def covariance_problems(item: BankItem, here: Steps) -> Iterator[Problem]:
    """Correlations that are of another number than the parameters, or that no errors can have."""
    errors = _errors(item)
    rows = None if item.standard_errors is None else item.standard_errors.correlations
    if errors is None or rows is None:
        return
    lengths = [len(row) for row in rows]
    if lengths != list(range(1, errors.size)):
        yield Problem(
            where=place(*here),
            what="not the lower triangle of the parameters",
            got=f"rows of {shown(lengths)}",
            expected=f"{errors.size - 1} rows of 1, 2, … numbers: a, observed b, asymptotes",
        )
        return
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if not -1.0 <= value <= 1.0:
                yield Problem(
                    where=place(*here, index, column),
                    what="not a correlation",
                    got=shown(value),
                    expected="a number from -1 to 1",
                )
                return
    least = float(np.linalg.eigvalsh(_matrix(errors.size, rows))[0])
    if least < -_ROUNDING:
        yield Problem(
            where=place(*here),
            what="these correlations cannot occur together",
            got=f"least eigenvalue {least:.3g}",
            expected="0 or more",
        )


def _matrix(size: int, rows: Sequence[Sequence[float]]) -> Floats:
    """The correlations with the unit diagonal and the upper triangle."""
    matrix = np.eye(size)
    for index, row in enumerate(rows, start=1):
        matrix[index, :index] = matrix[:index, index] = row
    return matrix


def _errors(item: BankItem) -> Floats | None:
    """Standard errors in the order of the covariance, 0 for what is not told; None without any."""
    told, parameters = item.standard_errors, item.parameters
    if told is None or parameters is None:
        return None
    pairs = zip(parameters.thresholds, told.thresholds, strict=False)
    values = [told.discrimination, *(error for b, error in pairs if b is not None)]
    if item.model in _ASYMPTOTES:
        values += [told.guessing, told.upper_asymptote]
    return np.array([0.0 if value is None else value for value in values])
