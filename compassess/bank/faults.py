"""What pydantic finds, as :class:`Problem` with the place in our notation and our words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["problems_of"]

_NOT_A_KEY: Final = "[key]"  # pydantic's last step where a key, not its value, is at fault

#: What was expected, by pydantic's name of the fault; any other fault keeps pydantic's own message.
_EXPECTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bool_type": "true or false",
        "dict_type": "an object",
        "finite_number": "a finite number",
        "float_type": "a number",
        "int_type": "a whole number",
        "list_type": "a list",
        "model_type": "an object",
        "string_type": "a text",
    }
)


def problems_of(error: ValidationError, *steps: str | int) -> list[Problem]:
    """Every fault of ``error``; ``steps`` lead from the top of the document to what was validated."""
    return [
        _problem(dict(fault), (*steps, *fault["loc"]))
        for fault in error.errors(include_url=False, include_context=True)
    ]


def _problem(fault: Mapping[str, Any], steps: tuple[str | int, ...]) -> Problem:
    where = place(*(step for step in steps if step != _NOT_A_KEY))
    kind, got = fault["type"], shown(fault["input"])
    if kind == "missing":
        return Problem(where=where, what="missing")
    if kind == "extra_forbidden":
        return Problem(where=where, what="unknown key", remedy="Remove it, or mend its spelling.")
    if kind == "literal_error":
        return Problem(where=where, what="unknown value", got=got, expected=fault["ctx"]["expected"])
    if kind in _EXPECTED:
        return Problem(where=where, what="wrong type or value", got=got, expected=_EXPECTED[kind])
    return Problem(where=where, what=fault["msg"], got=got)
