"""Stopping rules: whether a sitting knows enough. To add one, write its file and enter it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.stopping.standard_error import StandardError
from compassess.adaptive.strategies import StoppingRule

__all__ = ["STOPPING_RULES", "StandardError"]

STOPPING_RULES: Final[Mapping[str, Callable[..., StoppingRule]]] = MappingProxyType(
    {StandardError.name: StandardError}
)
