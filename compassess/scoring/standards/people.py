"""What is known of one dimension of θ of many persons, asked one question only: how probable each band is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem, raise_if_any
from compassess.scoring.classification.rudner import band_probabilities
from compassess.scoring.cuts import ascending

__all__ = ["DrawnPeople", "EstimatedPeople", "People"]

Floats = NDArray[np.float64]


class People(Protocol):
    """Posterior distributions of n persons, such as :class:`compassess.scoring.Marginal`."""

    @property
    def n_persons(self) -> int:
        """How many persons."""

    def bands(self, cuts: ArrayLike) -> Floats:
        """P(cut_{k−1} ≤ θ_n < cut_k), (n_persons, n_cuts + 1)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimatedPeople:
    """Normal approximations from posterior means and SDs (EAP and its SE), (n_persons,) each.

    Raises
    ------
    InputError : numbers that are not finite, se below 0, shapes that differ.
    """

    theta: Floats
    se: Floats

    def __post_init__(self) -> None:
        theta, se = np.asarray(self.theta, dtype=np.float64), np.asarray(self.se, dtype=np.float64)
        one_each = theta.ndim == 1 and theta.size > 0 and theta.shape == se.shape
        if not one_each or not np.all(np.isfinite(theta) & np.isfinite(se) & (se >= 0)):
            raise _refusal(
                "theta, se",
                f"{theta.shape}, {se.shape}",
                "finite numbers of one dimension, (n_persons,), se ≥ 0",
            )

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return int(np.size(self.theta))

    def bands(self, cuts: ArrayLike) -> Floats:
        """Differences of Φ((cut − θ_n) / se_n)."""
        return band_probabilities(self.theta, self.se, cuts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPeople:
    """Plausible values of one dimension, (n_draws, n_persons): the share of a person's draws in each band.

    Every probability is a multiple of 1 / n_draws. Means over persons are unbiased whatever the number, but
    the most probable band of a person, and with it the errors by two bands, wants a hundred draws or more.

    Raises
    ------
    InputError : draws that are not finite, or of another shape.
    """

    theta: Floats

    def __post_init__(self) -> None:
        theta = np.asarray(self.theta, dtype=np.float64)
        if theta.ndim != 2 or theta.size == 0 or not np.isfinite(theta).all():
            raise _refusal("theta", str(theta.shape), "finite draws of one dimension, (n_draws, n_persons)")

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return int(np.shape(self.theta)[1])

    def bands(self, cuts: ArrayLike) -> Floats:
        """Shares of draws; half-open, a draw at a cut is above it."""
        problems: list[Problem] = []
        edges = ascending(cuts, problems)
        raise_if_any(problems)
        band = np.searchsorted(edges, np.asarray(self.theta, dtype=np.float64), side="right")
        return np.stack([(band == k).mean(axis=0) for k in range(edges.size + 1)], axis=1)


def _refusal(where: str, got: str, expected: str) -> InputError:
    return InputError(Problem(where=where, what="not posteriors", got=got, expected=expected))
