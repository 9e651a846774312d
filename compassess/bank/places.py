"""How a place inside a document is written: ``items[14].parameters.b[2]``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace

from compassess.errors import Problem

__all__ = ["Steps", "inside", "located", "place", "shown"]

#: Keys and positions from the top of a document to a value.
Steps = tuple[str | int, ...]

_LONGEST = 60  # characters of a value that a message repeats


def place(*steps: str | int) -> str:
    """The steps from the top of a document to a value, in the notation of the messages."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text


def shown(value: object) -> str:
    """A value of a document as a message repeats it: short, and in the spelling of JSON."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=not _printable(value))
    elif value is None or isinstance(value, bool | int | float):
        text = "a number of many digits" if _is_huge(value) else json.dumps(value)
    else:
        text = type(value).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def located(problems: Iterable[Problem], source: str) -> list[Problem]:
    """The same problems with the file's name before their places."""
    return [replace(problem, where=f"{source} {problem.where}".rstrip()) for problem in problems]


def inside(problems: Iterable[Problem], *steps: str | int) -> list[Problem]:
    """The same problems of a part that stands at ``steps`` of its document."""
    return [replace(problem, where=f"{place(*steps)}.{problem.where}") for problem in problems]


def _printable(text: str) -> bool:
    """Whether the text can be printed and encoded; a lone surrogate, for one, cannot."""
    return text.isprintable()


def _is_huge(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256
