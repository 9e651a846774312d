"""Checks of parameters that several methods have."""

from __future__ import annotations

import math

from compassess.errors import InputError, Problem

__all__ = ["checked_share", "checked_weight"]


def checked_share(name: str, value: object) -> None:
    """InputError where ``value`` is no number in [0, 1)."""
    if not _is_number(value) or not 0 <= float(value) < 1:  # type: ignore[arg-type]
        raise InputError(Problem(where=name, what="no share", got=repr(value), expected="0 or more, below 1"))


def checked_weight(name: str, value: object) -> None:
    """InputError where ``value`` is no finite number of 0 or more."""
    if not _is_number(value) or not (float(value) >= 0 and math.isfinite(value)):  # type: ignore[arg-type]
        raise InputError(Problem(where=name, what="no weight", got=repr(value), expected="0 or more"))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
