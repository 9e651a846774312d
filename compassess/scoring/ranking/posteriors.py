"""What is asked of posteriors of one dimension of θ, and of the numbers that they are made from.

A person whose row is NaN has no posterior (no answers, a verdict withheld): ``known`` says so, and nobody is
compared with such a person.
"""

from __future__ import annotations

from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem

__all__ = ["REACH", "Posteriors", "narrowest", "refuse_values", "wrong_shape"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

REACH: Final = 9.0  # SDs: a normal density leaves 1e-19 beyond them


class Posteriors(Protocol):
    """Posteriors of one dimension of many persons' θ, to be ranked, or put into bands."""

    @property
    def mean(self) -> Floats:
        """Posterior means, (n_persons,); NaN where there is no posterior."""
        ...

    @property
    def known(self) -> Truths:
        """Who has a posterior, (n_persons,)."""
        ...

    @property
    def n_draws(self) -> int | None:
        """How many draws a probability is a share of; None where it is integrated."""
        ...

    @property
    def n_persons(self) -> int:
        """How many persons."""
        ...

    def bands(self, cuts: ArrayLike) -> Floats:
        """P(cut_{k−1} ≤ θ_n < cut_k), (n_persons, n_cuts + 1); NaN where there is no posterior."""
        ...

    def select(self, persons: NDArray[np.intp]) -> Self:
        """Some of the persons."""
        ...

    def p_among_best(self, k: int) -> Floats:
        """P(among the k best), (n_persons,), all of them known."""
        ...

    def rank_moments(self) -> tuple[Floats, Floats]:
        """Mean and variance of the ranks, (n_persons,) each, all of them known."""
        ...


def narrowest(mean: Floats, sd: Floats, low: float, high: float) -> float:
    """The smallest SD of those who may lie in [low, high]; infinite if nobody may."""
    reaches = (mean + REACH * sd > low) & (mean - REACH * sd < high)
    return float(sd[reaches].min(initial=np.inf))


def wrong_shape(where: str, values: Floats, expected: str) -> Problem:
    """The fault of an array that has not the shape of its meaning."""
    return Problem(where=where, what="wrong shape", got=str(values.shape), expected=expected)


def refuse_values(where: str, wrong: Truths, values: Floats, expected: str, problems: list[Problem]) -> None:
    """Add one fault for all persons whose value cannot be used, with the first of them."""
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        problems.append(
            Problem(
                where=f"{where}, person {first + 1}",
                what=f"{int(wrong.sum())} of {wrong.size} persons have none that can be used",
                got=f"{values[first]:g}",
                expected=expected,
            )
        )
