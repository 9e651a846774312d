"""Which items a constraint is about: conditions that an item meets together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import pydantic
from pydantic_core import PydanticCustomError

from compassess.bank.entries import Attribute, BankItem
from compassess.bank.item_content import is_plain
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict

__all__ = ["Admitted", "ItemFilter", "RawItemFilter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What an attribute may be: one of ``values``, or, where there are none, a number between two bounds."""

    values: tuple[Attribute, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def admits(self, value: Attribute | None) -> bool:
        """Whether this is such a value; None is an item without the attribute."""
        if self.values:
            return value in self.values
        if not isinstance(value, int | float):
            return False
        low = -math.inf if self.minimum is None else self.minimum
        return low <= value <= (math.inf if self.maximum is None else self.maximum)

    def to_dict(self) -> Any:
        """As the file spells it: a value, a list of values, or an object with bounds."""
        if self.values:
            return self.values[0] if len(self.values) == 1 else list(self.values)
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        return {name: bound for name, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Conditions that are met together; an empty one asks nothing, so that all items meet it.

    Attributes
    ----------
    competency, block, stimulus, ids : one of these.
    attributes : what every named attribute is.
    """

    competency: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    stimulus: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    attributes: Mapping[str, Admitted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, attributes=self.attributes)

    def admits(self, item: BankItem) -> bool:
        """Whether ``item`` meets every condition."""
        return (
            all(
                not known or value in known
                for known, value in (
                    (self.competency, item.competency),
                    (self.block, item.block),
                    (self.stimulus, item.stimulus),
                    (self.ids, item.id),
                )
            )
        ) and all(asked.admits(item.attributes.get(name)) for name, asked in self.attributes.items())

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it, without what it does not ask."""
        names = {
            "competency": self.competency,
            "block": self.block,
            "stimulus": self.stimulus,
            "ids": self.ids,
        }
        content: dict[str, Any] = {
            key: given[0] if len(given) == 1 and key != "ids" else list(given)
            for key, given in names.items()
            if given
        }
        if self.attributes:
            content["attributes"] = {name: asked.to_dict() for name, asked in self.attributes.items()}
        return content


def _values_of(given: object) -> Iterator[Attribute]:
    for value in given if isinstance(given, list) else [given]:
        if not isinstance(value, str | int | float) or not is_plain(value):
            raise PydanticCustomError(
                "admitted", "a text or number, a list of them, or an object with minimum and maximum"
            )
        yield value


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise PydanticCustomError("bound", "a bound is a finite number")
    return float(given)


def _admitted(given: object) -> Admitted:
    if isinstance(given, dict) and given and set(given) <= {"minimum", "maximum"}:
        bounds = {name: _number(bound) for name, bound in given.items()}
        return Admitted(minimum=bounds.get("minimum"), maximum=bounds.get("maximum"))
    values = tuple(_values_of(given))
    if not values:
        raise PydanticCustomError("admitted", "no value is admitted")
    return Admitted(values=values)


def _names(given: object) -> object:
    """One name is a list of one."""
    return [given] if isinstance(given, str) else given


Names = Annotated[list[Name], pydantic.BeforeValidator(_names), pydantic.Field(min_length=1)]


class RawItemFilter(Strict):
    """A filter as the file spells it."""

    competency: Names | None = None
    block: Names | None = None
    stimulus: Names | None = None
    ids: Names | None = None
    attributes: dict[Name, Annotated[Any, pydantic.AfterValidator(_admitted)]] = pydantic.Field(
        default_factory=dict
    )

    def entry(self) -> ItemFilter:
        """The value."""
        return ItemFilter(
            competency=tuple(self.competency or ()),
            block=tuple(self.block or ()),
            stimulus=tuple(self.stimulus or ()),
            ids=tuple(self.ids or ()),
            attributes=self.attributes,
        )
