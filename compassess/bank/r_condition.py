"""Conditions of TestDesign's constraint files: R expressions over an item's attributes, read and never run.

    expression = term {"|" term}      term = factor {"&" factor}      factor = "!" factor | "(" expression ")"
               | "is.na(" name ")" | name ("==" | "!=" | "<" | "<=" | ">" | ">=") value | name "%in%" values

with ``values`` one value or ``c(value, …)``. A missing attribute is R's NA: a comparison with it is neither
true nor false, and such items are not meant. Anything else is refused with a sentence.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from compassess.bank.entries import Attribute

__all__ = ["Condition", "parsed"]

Attributes = Mapping[str, Attribute]
#: True, False, or None for R's NA.
Truth = bool | None
Judge = Callable[[Attributes], Truth]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>-?\d+\.?\d*(?:[eE][-+]?\d+)?)|(?P<text>"[^"]*"|'[^']*'|“[^”]*”)
    |(?P<name>[A-Za-z.][A-Za-z0-9._]*)|(?P<sign>%in%|[=!<>]=|[<>&|!(),]))""",
    re.VERBOSE,
)
_ORDERED: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition that was read.

    Attributes
    ----------
    judge : whether an item of these attributes is meant.
    names : the attributes that it asks.
    listed : where it says no more than that each of some attributes is one of some values, these; else None.
    """

    judge: Judge
    names: frozenset[str]
    listed: Mapping[str, tuple[Attribute, ...]] | None


def parsed(text: str) -> Condition:
    """The condition of a text.

    Raises
    ------
    ValueError : a sentence on what cannot be read.
    """
    reader = _Reader(_tokens(text))
    condition = reader.expression()
    reader.end()
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"cannot be read from {text[place : place + 12]!r} on")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        place = match.end()
    return found


class _Reader:
    """Reads tokens from the left, one rule of the grammar a method."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    def expression(self) -> Condition:
        condition = self._term()
        while self._takes("|"):
            condition = _any(condition, self._term())
        return condition

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise ValueError(f"{self._tokens[self._place][1]!r} is not expected here")

    def _term(self) -> Condition:
        condition = self._factor()
        while self._takes("&"):
            condition = _all(condition, self._factor())
        return condition

    def _factor(self) -> Condition:
        if self._takes("!"):
            return _not(self._factor())
        if self._takes("("):
            condition = self.expression()
            self._must(")")
            return condition
        name = self._next("name")
        if name == "is.na":
            self._must("(")
            asked = self._next("name")
            self._must(")")
            return Condition(judge=lambda item: asked not in item, names=frozenset({asked}), listed=None)
        sign = self._next("sign")
        if sign == "%in%":
            values = self._values()
            return Condition(
                judge=lambda item: name in item and any(_equal(item[name], value) for value in values),
                names=frozenset({name}),
                listed={name: values},
            )
        return _comparison(name, sign, self._value())

    def _values(self) -> tuple[Attribute, ...]:
        if self._place < len(self._tokens) and self._tokens[self._place] == ("name", "c"):
            self._place += 1
            self._must("(")
            values = [self._value()]
            while self._takes(","):
                values.append(self._value())
            self._must(")")
            return tuple(values)
        return (self._value(),)

    def _value(self) -> Attribute:
        if self._place < len(self._tokens):
            kind, text = self._tokens[self._place]
            if kind in ("number", "text"):
                self._place += 1
                return _number(text) if kind == "number" else text[1:-1]
        raise ValueError("a number or a text in quotation marks is expected")

    def _takes(self, sign: str) -> bool:
        found = self._place < len(self._tokens) and self._tokens[self._place] == ("sign", sign)
        self._place += found
        return found

    def _must(self, sign: str) -> None:
        if not self._takes(sign):
            raise ValueError(f"{sign!r} is expected")

    def _next(self, kind: str) -> str:
        if self._place >= len(self._tokens) or self._tokens[self._place][0] != kind:
            raise ValueError(
                "the name of an attribute is expected" if kind == "name" else "a comparison is expected"
            )
        self._place += 1
        return self._tokens[self._place - 1][1]


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _equal(one: Attribute, other: Attribute) -> bool:
    """As R compares: a number and a text by their texts."""
    return str(one) == str(other) if isinstance(one, str) != isinstance(other, str) else one == other


def _comparison(name: str, sign: str, value: Attribute) -> Condition:
    names = frozenset({name})
    if sign == "==":
        return Condition(
            judge=lambda item: _equal(item[name], value) if name in item else None,
            names=names,
            listed={name: (value,)},
        )
    if sign == "!=":
        return Condition(
            judge=lambda item: not _equal(item[name], value) if name in item else None,
            names=names,
            listed=None,
        )
    if sign not in _ORDERED or isinstance(value, str):
        raise ValueError(f"{name} {sign} {value!r} is no comparison of numbers")
    compare, bound = _ORDERED[sign], float(value)

    def judge(item: Attributes) -> Truth:
        given = item.get(name)
        return None if given is None or isinstance(given, str) else compare(float(given), bound)

    return Condition(judge=judge, names=names, listed=None)


def _all(one: Condition, other: Condition) -> Condition:
    def judge(item: Attributes) -> Truth:
        found = (one.judge(item), other.judge(item))
        return False if False in found else None if None in found else True

    apart = one.listed is not None and other.listed is not None and not one.names & other.names
    listed = {**one.listed, **other.listed} if apart and one.listed and other.listed else None
    return Condition(judge=judge, names=one.names | other.names, listed=listed)


def _any(one: Condition, other: Condition) -> Condition:
    def judge(item: Attributes) -> Truth:
        found = (one.judge(item), other.judge(item))
        return True if True in found else None if None in found else False

    return Condition(judge=judge, names=one.names | other.names, listed=None)


def _not(one: Condition) -> Condition:
    def judge(item: Attributes) -> Truth:
        found = one.judge(item)
        return None if found is None else not found

    return Condition(judge=judge, names=one.names, listed=None)
