"""A strategy as a blueprint names it: a name, and parameters in plain JSON types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from compassess.bank.readonly import deep_frozen, freeze
from compassess.bank.schema import Name, Strict

__all__ = ["NamedStrategy", "RawControl", "RawParameters", "RawRule"]

RawParameters = dict[Name, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStrategy:
    """Which names there are and what they take is for the room of the strategies to say."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, parameters=deep_frozen(self.parameters))


class RawRule(Strict):
    """A stopping rule beside the first."""

    rule: Name
    parameters: RawParameters = pydantic.Field(default_factory=dict)

    def entry(self) -> NamedStrategy:
        """The value of this part of the file."""
        return NamedStrategy(name=self.rule, parameters=self.parameters)


class RawControl(Strict):
    """An exposure control."""

    control: Name
    parameters: RawParameters = pydantic.Field(default_factory=dict)

    def entry(self) -> NamedStrategy:
        """The value of this part of the file."""
        return NamedStrategy(name=self.control, parameters=self.parameters)
