"""Selection criteria: what an item is worth now. To add one, write its file and enter it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.criteria.maximum_information import MaximumInformation
from compassess.adaptive.strategies import Criterion

__all__ = ["CRITERIA", "MaximumInformation"]

CRITERIA: Final[Mapping[str, Callable[..., Criterion]]] = MappingProxyType(
    {MaximumInformation.name: MaximumInformation}
)
