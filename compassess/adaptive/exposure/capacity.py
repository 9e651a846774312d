"""Whether a bank has enough items for a limit on their rates."""

from __future__ import annotations

import math

from compassess.errors import Problem

__all__ = ["capacity_problems", "rate_problems"]


def rate_problems(**rates: object) -> list[Problem]:
    """A problem for each parameter that is not a rate in (0, 1], its name as the place."""
    return [
        Problem(where=name, what="not a rate", got=repr(rate), expected="a number above 0, up to 1")
        for name, rate in rates.items()
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1
    ]


def capacity_problems(n_items: int, length: int, maximum_rate: float, where: str) -> list[Problem]:
    """A problem where n items at a rate of r each cannot fill sittings of this length.

    Rates sum to the mean length, Σ r_i = L, so none can stay at or below r where r n < L.
    """
    if maximum_rate * n_items >= length:
        return []
    return [
        Problem(
            where=where,
            what=f"{n_items} operational items at this rate do not fill sittings of {length} items",
            got=f"{maximum_rate:g} · {n_items} = {maximum_rate * n_items:g}",
            expected=f"{length / n_items:.4g} or more",
            remedy=f"Raise the rate, shorten the sitting, or let the bank grow to "
            f"{math.ceil(length / maximum_rate)} items.",
        )
    ]
