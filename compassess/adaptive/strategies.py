"""The strategies that a blueprint names: what makes an item good, and when enough is known.

A strategy is an object with a name and a version (both go into the log's header), and one function
on arrays. To add one, write the class and register it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from compassess.errors import InputError, Problem

__all__ = [
    "CRITERIA",
    "STOPPING_RULES",
    "Criterion",
    "MaximumInformation",
    "StandardError",
    "StoppingRule",
    "criterion_named",
    "stopping_named",
]

Floats = NDArray[np.float64]


class Criterion(Protocol):
    """What an item is worth now."""

    @property
    def name(self) -> str:
        """The name in blueprint files."""

    @property
    def version(self) -> int:
        """Raised when the same inputs give another worth."""

    def worth(self, information: Floats, loading: Floats, spread: Floats) -> Floats:
        """The worth of items, the higher the better, all arguments (n_persons, n_items).

        ``information`` is Fisher's at the present estimate of the item's competency, ``loading`` λ,
        ``spread`` the posterior variance of the competency given its block.
        """


class StoppingRule(Protocol):
    """Whether a sitting knows enough."""

    @property
    def name(self) -> str:
        """The name in blueprint files."""

    @property
    def version(self) -> int:
        """Raised when the same inputs give another decision."""

    def satisfied(self, block_se: Floats, targets: Floats) -> NDArray[np.bool_]:
        """By block, (n_persons, n_blocks), from posterior SDs and the targets (n_blocks,)."""


class MaximumInformation:
    """Maximum information about the block, through the competency that the item measures.

    An item with information I about θ_c adds to the information about θ_b

        λ² (v / (1 − λ²))² I / (1 + v I),     v = E Var(θ_c | θ_b, answers),

    because a competency that is known well already has little left to tell about its block; for
    λ = 1 this is I itself. It follows from the information λ² J / (1 + (1 − λ²) J) that J units about
    θ_c carry, under a normal likelihood.

    References
    ----------
    Lord (1980), ch. 10, for I; the second-order form is derived in docs/selection.md.
    """

    name = "maximum_information"
    version = 1

    def worth(self, information: Floats, loading: Floats, spread: Floats) -> Floats:
        """λ² (v / (1 − λ²))² I / (1 + v I)."""
        unique = 1.0 - loading**2
        left = np.where(unique > 0, spread / np.where(unique > 0, unique, 1.0), 1.0)
        return (loading * left) ** 2 * information / (1.0 + np.where(unique > 0, spread, 0.0) * information)


class StandardError:
    """A block is known well enough when the posterior SD of its θ is at most its target."""

    name = "standard_error"
    version = 1

    def satisfied(self, block_se: Floats, targets: Floats) -> NDArray[np.bool_]:
        """SE ≤ target, with a billionth to spare so that the last bits do not decide."""
        return np.asarray(block_se <= targets * (1.0 + 1e-9))


CRITERIA: Final[Mapping[str, Criterion]] = MappingProxyType({MaximumInformation.name: MaximumInformation()})
STOPPING_RULES: Final[Mapping[str, StoppingRule]] = MappingProxyType({StandardError.name: StandardError()})


def criterion_named(name: str) -> Criterion:
    """The registered selection criterion; InputError lists those that there are."""
    if name not in CRITERIA:
        raise InputError(_unknown("blueprint.json selection.criterion", name, CRITERIA))
    return CRITERIA[name]


def stopping_named(name: str) -> StoppingRule:
    """The registered stopping rule; InputError lists those that there are."""
    if name not in STOPPING_RULES:
        raise InputError(_unknown("blueprint.json stopping.rule", name, STOPPING_RULES))
    return STOPPING_RULES[name]


def _unknown(where: str, name: str, registry: Mapping[str, object]) -> Problem:
    return Problem(where=where, what="unknown strategy", got=repr(name), expected=" or ".join(registry))
