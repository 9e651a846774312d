"""Probabilities that a file states for decisions."""

from __future__ import annotations

from collections.abc import Iterator

from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["not_a_probability"]


def not_a_probability(value: float, *steps: str) -> Iterator[Problem]:
    """The fault of a value that nothing can be decided by: a probability lies strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        yield Problem(
            where=place(*steps),
            what="not a probability to decide by",
            got=shown(value),
            expected="a number above 0 and below 1",
        )
