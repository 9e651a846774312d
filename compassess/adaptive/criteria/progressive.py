"""Chance first, information later: the progressive method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.criteria.item_draws import item_draws
from compassess.adaptive.criteria.maximum_information import MaximumInformation, PreparedMaximumInformation
from compassess.adaptive.criteria.requirements import positive
from compassess.adaptive.pool import Pool
from compassess.adaptive.view import View
from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only

__all__ = ["Progressive", "growth", "growth_problems"]

Floats = NDArray[np.float64]


def growth(length: int, acceleration: float) -> Floats:
    """W_q, how much information counts when the q-th of Q items is chosen, q = 1 … Q, (Q,).

    W_q = Σ_{f ≤ q} (f − 1)^k / Σ_{f ≤ Q} (f − 1)^k, from 0 at the first item to 1 at the last; the greater
    the ``acceleration`` k, the later it grows. Q is ``length``; for Q = 1 it is 1.

    References
    ----------
    Barrada, Olea, Ponsoda & Abad (2008), British Journal of Mathematical and Statistical Psychology 61,
    493-513.
    """
    sums = np.cumsum(np.arange(length, dtype=np.float64) ** acceleration * (np.arange(length) > 0))
    return np.asarray(sums / sums[-1] if sums[-1] > 0 else np.ones(length))


def growth_problems(length: object, acceleration: float) -> list[Problem]:
    """What keeps the parameters of :func:`growth` from being such."""
    problems = positive(acceleration=acceleration)
    if isinstance(length, bool) or not isinstance(length, int) or length < 1:
        problems.append(
            Problem(
                where="length",
                what="not a number of items",
                got=repr(length),
                expected="an integer, 1 or more: the length of the sitting",
            )
        )
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressive:
    """worth = (1 − W) R_i + W I_i, R_i drawn evenly between 0 and the greatest information that is left.

    I_i is the information about the block at θ̂, as in maximum information; W grows from 0 at the first item
    to 1 at the item number ``length``, and stays there (:func:`growth`). ``length`` is how long sittings are
    expected to be; items that count for the blueprint's length count here. The greatest information is taken
    over the items of the same block that were not presented.

    References
    ----------
    Revuelta & Ponsoda (1998), Journal of Educational Measurement 35, 311-327; Barrada et al. (2008).
    """

    name: ClassVar[str] = "progressive"
    version: ClassVar[int] = 1

    length: int
    acceleration: float = 1.0

    def __post_init__(self) -> None:
        raise_if_any(growth_problems(self.length, self.acceleration))

    def prepared(self, pool: Pool) -> PreparedProgressive:
        """With W of every place in the sitting."""
        weights = read_only(growth(self.length, self.acceleration))
        return PreparedProgressive(MaximumInformation().prepared(pool), weights)


@dataclass(frozen=True, slots=True)
class PreparedProgressive:
    """``weights`` W_q, (length,)."""

    information: PreparedMaximumInformation
    weights: Floats
    across_blocks: ClassVar[bool] = False

    def worth(self, view: View) -> Floats:
        """(n, n_items)."""
        told = self.information.worth(view)
        share = self.weights[np.minimum(view.progress.length, self.weights.size - 1), None]
        return (1.0 - share) * item_draws(view) * _greatest(told, view) + share * told


def _greatest(told: Floats, view: View) -> Floats:
    """The greatest worth among items of each item's block that were not presented, (n, n_items)."""
    pool = view.pool
    left = np.where(view.progress.open_items, told, 0.0)
    greatest = np.zeros((len(told), pool.lattice.n_blocks))
    for block in range(pool.lattice.n_blocks):
        greatest[:, block] = left[:, pool.block == block].max(axis=1, initial=0.0)
    return greatest[:, pool.block]
