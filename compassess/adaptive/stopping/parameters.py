"""What is wrong with the parameters of a stopping rule, each with its name as the place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from compassess.adaptive.pool import Pool
from compassess.errors import Problem

__all__ = ["is_number", "not_between", "not_positive", "unknown_blocks"]


def is_number(value: object) -> bool:
    """Whether it is a finite number, and neither True nor False."""
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def not_positive(**values: object) -> Iterator[Problem]:
    """Those that are not finite numbers above 0."""
    for name, value in values.items():
        if not (is_number(value) and value > 0):  # type: ignore[operator]
            yield Problem(where=name, what="not positive", got=repr(value), expected="a number above 0")


def not_between(low: float, high: float, **values: object) -> Iterator[Problem]:
    """Those that are not numbers between two others, which are excluded."""
    for name, value in values.items():
        if not (is_number(value) and low < value < high):  # type: ignore[operator]
            yield Problem(
                where=name,
                what="out of range",
                got=repr(value),
                expected=f"a number between {low:g} and {high:g}",
            )


def unknown_blocks(pool: Pool, name: str, given: Mapping[str, object]) -> Iterator[Problem]:
    """Blocks in the mapping ``name`` that the population does not have."""
    blocks = pool.lattice.population.blocks
    for block in given:
        if block not in blocks:
            yield Problem(where=f"{name}.{block}", what="no such block", expected=" or ".join(blocks))
