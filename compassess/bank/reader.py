"""Step one of loading: a document's parts by their types, and every fault on the way.

Rule: a part that cannot be read is told and then left out, so that the rest of the file is still
judged. Nothing is ever built from such a rest: ``problems`` is not empty then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from compassess.bank.faults import problems_of
from compassess.bank.places import place, shown
from compassess.errors import InputError, Problem

__all__ = ["Reader"]

T = TypeVar("T")
U = TypeVar("U")
E = TypeVar("E", covariant=True)


class Raw(Protocol[E]):
    """A pydantic model of a part, which knows the value that it stands for."""

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """The part, by its types."""

    def entry(self) -> E:
        """The value."""


class Reader:
    """Reads a document key by key; ``problems`` collects what is wrong with the types.

    Raises
    ------
    InputError : the document is no object, or declares another format, so that nothing else could be
        judged fairly.
    """

    def __init__(self, document: object, *, form: str) -> None:
        if not isinstance(document, dict):
            raise InputError(
                Problem(where="", what="wrong type or value", got=shown(document), expected="an object")
            )
        self.problems: list[Problem] = []
        self._document: dict[str, Any] = document
        self._known = {"format"}
        given = document.get("format", form)
        if given != form:
            raise InputError(
                Problem(
                    where="format",
                    what="another format, or another version of it",
                    got=shown(given),
                    expected=shown(form),
                )
            )
        if "format" not in document:
            self.problems.append(Problem(where="format", what="missing", expected=shown(form)))

    def field(self, key: str, kind: TypeAdapter[T], *, instead: U) -> T | U:
        """The value at ``key``; ``instead`` where it is missing or of a wrong type."""
        value = self._taken(key, kind.validate_python)
        return instead if value is None else value

    def has(self, key: str) -> bool:
        """Whether the document has the key; it is not read by that."""
        return key in self._document

    def optional(self, key: str, kind: TypeAdapter[T]) -> T | None:
        """The value at ``key``; None where the document leaves it out, or where it is of a wrong type."""
        self._known.add(key)
        return self._taken(key, kind.validate_python) if self.has(key) else None

    def part(self, key: str, kind: type[Raw[T]]) -> T | None:
        """The value of the object at ``key``; None where it cannot be read."""
        return self._taken(key, lambda value: kind.model_validate(value).entry())

    def optional_part(self, key: str, kind: type[Raw[T]]) -> T | None:
        """The same of an object that the document may leave out."""
        self._known.add(key)
        return self.part(key, kind) if self.has(key) else None

    def each(self, key: str, kind: type[Raw[T]]) -> dict[int, T]:
        """The values of the objects in the list at ``key`` by position, without those that cannot be read."""
        members = self._expected(key, list, "a list")
        found = {i: self._validated((key, i), member, kind) for i, member in enumerate(members)}
        return {i: value for i, value in found.items() if value is not None}

    def each_named(self, key: str, kind: type[Raw[T]]) -> dict[str, T]:
        """The values of the objects in the object at ``key`` by name, without those that cannot be read."""
        members = self._expected(key, dict, "an object")
        found = {name: self._validated((key, name), member, kind) for name, member in members.items()}
        return {name: value for name, value in found.items() if value is not None}

    def optional_each_named(self, key: str, kind: type[Raw[T]]) -> dict[str, T]:
        """The same of an object that the document may leave out; empty then."""
        self._known.add(key)
        return self.each_named(key, kind) if self.has(key) else {}

    def ids(self, key: str) -> list[str | None] | None:
        """The ids in the list at ``key``, None for each that cannot be read, or for the whole list."""
        members = self._document.get(key)
        if not isinstance(members, list):
            return None
        ids = [member.get("id") if isinstance(member, dict) else None for member in members]
        return [name if isinstance(name, str) else None for name in ids]

    def close(self) -> list[Problem]:
        """All problems, those of unknown keys too; call it when every known key has been read."""
        unknown = [key for key in self._document if key not in self._known]
        remedy = "Remove it, or mend its spelling."
        return self.problems + [Problem(where=place(k), what="unknown key", remedy=remedy) for k in unknown]

    def _must_have(self, key: str) -> bool:
        self._known.add(key)
        if key not in self._document:
            self.problems.append(Problem(where=place(key), what="missing"))
        return key in self._document

    def _taken(self, key: str, validate: Callable[[object], T]) -> T | None:
        return self._judged((key,), self._document[key], validate) if self._must_have(key) else None

    def _validated(self, steps: tuple[str | int, ...], value: object, kind: type[Raw[T]]) -> T | None:
        return self._judged(steps, value, lambda member: kind.model_validate(member).entry())

    def _judged(
        self, steps: tuple[str | int, ...], value: object, validate: Callable[[object], T]
    ) -> T | None:
        try:
            return validate(value)
        except ValidationError as error:
            self.problems += problems_of(error, *steps)
            return None

    def _expected(self, key: str, kind: type[T], words: str) -> T:
        """The list or the object at ``key``; an empty one where there is none."""
        value = self._document[key] if self._must_have(key) else kind()
        if isinstance(value, kind):
            return value
        self.problems.append(
            Problem(where=place(key), what="wrong type or value", got=shown(value), expected=words)
        )
        return kind()
