"""Which persons of a file: all, every other one, or from one to another, counted from 1."""

from __future__ import annotations

import re
from typing import Final

from compassess import Responses
from compassess.errors import InputError, Problem

__all__ = ["persons_of", "rows_from"]

_NAMED: Final = {"all": slice(None), "odd": slice(0, None, 2), "even": slice(1, None, 2)}
_RANGE: Final = re.compile(r"([0-9]*):([0-9]*)")


def rows_from(text: str) -> slice:
    """``all``, ``odd``, ``even`` or ``A:B`` (both ends included, either may be left out) as a slice.

    Raises
    ------
    InputError : anything else, or a range that holds nobody.
    """
    if text in _NAMED:
        return _NAMED[text]
    match = _RANGE.fullmatch(text)
    first = int(match[1] or 1) if match else 0
    last = int(match[2]) if match and match[2] else None
    if match is None or text == ":" or first < 1 or (last is not None and last < first):
        expected = "all, odd, even, or first:last counted from 1, such as 1:2000"
        raise InputError(Problem(where="--rows", what="no such rows", got=repr(text), expected=expected))
    return slice(first - 1, last)


def persons_of(responses: Responses, rows: slice) -> tuple[Responses, list[str]]:
    """The persons in ``rows``, and the label of each: its own, else its number in the file from 1.

    Raises
    ------
    InputError : the rows end behind the last person, or hold nobody.
    """
    numbers = range(1, responses.n_persons + 1)[rows]
    if (rows.stop or 0) > responses.n_persons or not numbers:
        raise InputError(
            Problem(where="--rows", what="more than there are", expected=f"1:{responses.n_persons} at most")
        )
    chosen = responses.select_persons(rows)
    return chosen, [str(number) for number in numbers] if chosen.persons is None else list(chosen.persons)
