"""The content section of a blueprint: a method, and constraints on what a test is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import pydantic

from compassess.bank.item_filter import ItemFilter, RawItemFilter
from compassess.bank.places import place, shown
from compassess.bank.readonly import deep_frozen, freeze, plain
from compassess.bank.schema import Name, Strict
from compassess.errors import Problem

__all__ = ["KINDS", "Constraint", "Content", "RawContent", "content_problems"]

Kind = Literal[
    "count",
    "sum",
    "include",
    "exclude",
    "enemies",
    "all_or_none",
    "per_stimulus",
    "stimuli",
    "balance",
]

#: What each kind needs and may have beside an id, items and categories: (attribute, bounds).
KINDS: Final[Mapping[str, tuple[bool, bool]]] = {
    "count": (False, True),
    "sum": (True, True),
    "include": (False, False),
    "exclude": (False, False),
    "enemies": (False, False),
    "all_or_none": (False, False),
    "per_stimulus": (False, True),
    "stimuli": (False, True),
    "balance": (True, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One demand on a test.

    With n the number of its items in the test: ``count`` minimum ≤ n ≤ maximum; ``sum`` the same of an
    attribute's sum over them; ``include`` all, ``exclude`` none; ``enemies`` n ≤ 1, or without items the
    enemies that the bank names; ``all_or_none`` all or none; ``per_stimulus`` of every stimulus none, or
    minimum to maximum items; ``stimuli`` so many stimuli in the test; ``balance`` the numbers of items with
    each value of an attribute differ by at most ``maximum``.

    Attributes
    ----------
    items : which items it is about.
    attribute : of ``sum`` and ``balance``.
    minimum, maximum : None for no bound.
    categories : of posts for which it holds; empty for everybody.
    hard : every finished test satisfies it; otherwise what it is missed by costs ``weight``.
    weight : of a unit of violation, in units of the best item's worth; in the heuristics, of the constraint.
    """

    id: str
    kind: Kind
    items: ItemFilter = field(default_factory=ItemFilter)
    attribute: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    hard: bool = True
    weight: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it, without what is at its default."""
        parts = {
            "items": self.items.to_dict() or None,
            "attribute": self.attribute,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "categories": list(self.categories) or None,
            "hard": None if self.hard else False,
            "weight": None if self.weight == 1.0 else self.weight,
        }
        said = {name: value for name, value in parts.items() if value is not None}
        return {"id": self.id, "kind": self.kind, **said}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A registered method with its parameters, and the constraints that it observes."""

    method: str = "shadow_test"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, parameters=deep_frozen(self.parameters))

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of posts that any constraint names, in their order."""
        return tuple(dict.fromkeys(name for one in self.constraints for name in one.categories))

    def for_category(self, name: str | None) -> Content:
        """What holds for one category of posts, None for posts without one; nothing is conditional then."""
        holding = [one for one in self.constraints if not one.categories or name in one.categories]
        return replace(self, constraints=tuple(replace(one, categories=()) for one in holding))

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it."""
        parameters = {"parameters": plain(self.parameters)} if self.parameters else {}
        constraints = [one.to_dict() for one in self.constraints]
        return {"method": self.method, **parameters, "constraints": constraints}


class _RawConstraint(Strict):
    id: Name
    kind: Kind
    items: RawItemFilter = pydantic.Field(default_factory=RawItemFilter)
    attribute: Name | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: list[Name] = pydantic.Field(default_factory=list)
    hard: bool = True
    weight: float = 1.0

    def entry(self) -> Constraint:
        return Constraint(
            id=self.id,
            kind=self.kind,
            items=self.items.entry(),
            attribute=self.attribute,
            minimum=self.minimum,
            maximum=self.maximum,
            categories=tuple(self.categories),
            hard=self.hard,
            weight=self.weight,
        )


class RawContent(Strict):
    """The section as the file spells it."""

    method: Name
    parameters: dict[Name, Any] = pydantic.Field(default_factory=dict)
    constraints: list[_RawConstraint] = pydantic.Field(default_factory=list)

    def entry(self) -> Content:
        """The value."""
        return Content(
            method=self.method,
            parameters=self.parameters,
            constraints=tuple(one.entry() for one in self.constraints),
        )


def content_problems(content: Content) -> Iterator[Problem]:
    """What is wrong with the constraints by themselves."""
    seen: set[str] = set()
    for index, one in enumerate(content.constraints):
        here = ("content", "constraints", index)
        if one.id in seen:
            yield Problem(where=place(*here, "id"), what="ids are unique", got=shown(one.id))
        seen.add(one.id)
        yield from _attribute_problems(one, here)
        yield from _bound_problems(one, here)
        if not (one.weight > 0 and math.isfinite(one.weight)):
            yield Problem(
                where=place(*here, "weight"),
                what="a weight is a positive number",
                got=shown(one.weight),
            )


def _attribute_problems(one: Constraint, here: tuple[str | int, ...]) -> Iterator[Problem]:
    needed = KINDS[one.kind][0]
    if needed and one.attribute is None:
        yield Problem(where=place(*here, "attribute"), what=f"missing: {one.kind} needs it")
    if not needed and one.attribute is not None:
        yield Problem(where=place(*here, "attribute"), what=f"{one.kind} has no attribute")


def _bound_problems(one: Constraint, here: tuple[str | int, ...]) -> Iterator[Problem]:
    bounds = {"minimum": one.minimum, "maximum": one.maximum}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if not KINDS[one.kind][1]:
        for name in given:
            yield Problem(where=place(*here, name), what=f"{one.kind} has no bounds")
        return
    if not given:
        yield Problem(where=place(*here), what=f"{one.kind} needs a minimum or a maximum")
    for name, bound in given.items():
        if not math.isfinite(bound) or (one.kind != "sum" and bound < 0):
            yield Problem(where=place(*here, name), what="no bound", got=shown(bound), expected="0 or more")
        elif one.kind != "sum" and bound != int(bound):
            yield Problem(where=place(*here, name), what="a count is whole", got=shown(bound))
    if one.kind == "balance" and "minimum" in given:
        yield Problem(where=place(*here, "minimum"), what="balance bounds a difference from above only")
    if len(given) == 2 and given["minimum"] > given["maximum"]:
        yield Problem(
            where=place(*here, "maximum"),
            what="less than the minimum",
            got=shown(one.maximum),
            expected=f"{shown(one.minimum)} or more",
        )
