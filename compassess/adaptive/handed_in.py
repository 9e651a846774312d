"""What callers hand in to a sitting, checked: durations, reasons, a time factor, a prior to choose from."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from compassess.adaptive.events import BREAK_OFFS, SKIP_REASONS, Prior
from compassess.errors import InputError, Problem, raise_if_any

__all__ = [
    "checked_break_off",
    "checked_elapsed",
    "checked_factor",
    "checked_prior",
    "checked_skip",
    "checked_words",
]

_LONGEST: Final = sys.float_info.max  # of a duration: an int may be too large to become a float
_MOST_TIME: Final = 10.0  # times the usual one: more is a slip of the pen


def checked_elapsed(elapsed: float | None) -> float | None:
    """Seconds as a float; InputError where they are no duration."""
    if elapsed is None:
        return None
    if isinstance(elapsed, bool) or not isinstance(elapsed, int | float) or not 0 <= elapsed <= _LONGEST:
        raise InputError(
            Problem(where="elapsed", what="not a duration", got=repr(elapsed), expected="seconds, 0 or more")
        )
    return float(elapsed)


def checked_skip(reason: str) -> str:
    """The reason for leaving an item; InputError where it is none."""
    return _one_of(SKIP_REASONS, reason)


def checked_break_off(reason: str) -> str:
    """The reason for breaking off; InputError where it is none."""
    return _one_of(tuple(BREAK_OFFS), reason)


def _one_of(known: tuple[str, ...], reason: object) -> str:
    if isinstance(reason, str) and reason in known:
        return reason
    raise InputError(
        Problem(where="reason", what="unknown reason", got=repr(reason), expected=" or ".join(known))
    )


def checked_words(words: str, where: str) -> str:
    """Words of somebody's own; InputError where there are none."""
    if isinstance(words, str) and words.strip():
        return words
    raise InputError(Problem(where=where, what="no words", got=repr(words), expected="text"))


def checked_factor(factor: float | None) -> float | None:
    """What limits of time are multiplied by; InputError where it is no such factor."""
    if factor is None:
        return None
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 1.0 <= factor <= _MOST_TIME:
        raise InputError(
            Problem(
                where="time_factor",
                what="no factor of time",
                got=repr(factor),
                expected=f"a number from 1 to {_MOST_TIME:g}",
            )
        )
    return float(factor)


def checked_prior(prior: Mapping[str, Sequence[float]] | None, blocks: Sequence[str]) -> Prior | None:
    """(block, mean, SD) in the order of ``blocks``; blocks that are left out have mean 0 and SD 1.

    Raises
    ------
    InputError : every unknown block, and every pair that is no mean and SD.
    """
    if prior is None:
        return None
    problems = [
        Problem(where=f"prior[{name!r}]", what="unknown block", expected=", ".join(blocks))
        for name in prior
        if name not in blocks
    ]
    problems += [
        Problem(
            where=f"prior[{name!r}]",
            what="no mean and SD of a block",
            got=repr(pair),
            expected="two numbers, the second above 0",
        )
        for name, pair in prior.items()
        if not _is_pair(pair)
    ]
    raise_if_any(problems)
    return tuple((name, float(prior[name][0]), float(prior[name][1])) for name in blocks if name in prior)


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    numbers = [not isinstance(one, bool) and isinstance(one, int | float) for one in pair]
    return all(numbers) and math.isfinite(pair[0]) and math.isfinite(pair[1]) and pair[1] > 0
