"""Arrays that callers share: nobody can write to them."""

from __future__ import annotations

from typing import Any, TypeVar

from numpy.typing import NDArray

__all__ = ["read_only"]

Array = TypeVar("Array", bound=NDArray[Any])


def read_only(array: Array) -> Array:
    """The array itself, and no copy, which cannot be written to from now on."""
    array.flags.writeable = False
    return array
