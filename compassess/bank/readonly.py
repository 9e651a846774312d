"""A mapping that cannot be changed, for values that are pinned by a content hash.

``types.MappingProxyType`` would do, but it can be neither pickled nor copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

__all__ = ["ReadOnly", "deep_frozen", "freeze", "plain"]

K = TypeVar("K")
V = TypeVar("V")


class ReadOnly(dict[K, V]):
    """A dictionary without a way to write; it is its own copy, and equal to a plain dict alike it."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is part of an immutable value; build a new value instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[ReadOnly[K, V]], tuple[dict[K, V]]]:
        return (type(self), (dict(self),))


def freeze(value: object, **mappings: Mapping[Any, Any]) -> None:
    """Put detached read-only copies into the named fields of a frozen dataclass, while it is built."""
    for name, mapping in mappings.items():
        object.__setattr__(value, name, ReadOnly(mapping))


def deep_frozen(value: Any) -> Any:
    """Plain JSON types, detached and without a way to write: lists become tuples."""
    if isinstance(value, Mapping):
        return ReadOnly({key: deep_frozen(part) for key, part in value.items()})
    return tuple(map(deep_frozen, value)) if isinstance(value, list | tuple) else value


def plain(value: Any) -> Any:
    """The way back: new dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value
