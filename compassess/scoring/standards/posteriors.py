"""What is known of every person's θ, asked one question only: the probability to lie below a cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from compassess.errors import InputError, Problem
from compassess.irt.grid import Grid

__all__ = ["DrawnPosteriors", "GridPosteriors", "NormalPosteriors", "Posteriors"]

Floats = NDArray[np.float64]


class Posteriors(Protocol):
    """Posterior distributions of n persons."""

    @property
    def n_persons(self) -> int:
        """How many persons."""

    def below(self, cuts: ArrayLike) -> Floats:
        """P(θ_n < cut), (n_persons, n_cuts)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalPosteriors:
    """Normal posteriors from means and SDs (EAP and its SE): Φ((cut − θ_n) / se_n)."""

    theta: Floats
    se: Floats

    def __post_init__(self) -> None:
        theta, se = np.asarray(self.theta), np.asarray(self.se)
        fine = theta.ndim == 1 and theta.shape == se.shape and np.isfinite(theta).all()
        if not fine or not np.all((se > 0) & np.isfinite(se)):
            raise _refusal(
                "theta, se", f"{theta.shape}, {se.shape}", "finite numbers, (n_persons,), with se > 0"
            )

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return int(np.size(self.theta))

    def below(self, cuts: ArrayLike) -> Floats:
        """Φ of the standardised distance, (n_persons, n_cuts)."""
        distance = np.asarray(cuts, dtype=np.float64) - np.asarray(self.theta)[:, None]
        return np.asarray(ndtr(distance / np.asarray(self.se)[:, None]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridPosteriors:
    """Posterior masses on nodes, (n_persons, n_nodes): Σ_q p_nq f_q(cut), see ``Grid.below``."""

    grid: Grid
    masses: Floats

    def __post_init__(self) -> None:
        shape = np.shape(self.masses)
        if (
            len(shape) != 2
            or shape[1] != self.grid.n_nodes
            or not np.allclose(np.sum(self.masses, axis=1), 1)
        ):
            raise _refusal("masses", str(shape), f"(n_persons, {self.grid.n_nodes}), the sum of each row 1")

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return len(self.masses)

    def below(self, cuts: ArrayLike) -> Floats:
        """Sums over the nodes, (n_persons, n_cuts)."""
        return np.asarray(self.masses @ self.grid.below(np.atleast_1d(cuts)).T)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnPosteriors:
    """Plausible values, (n_draws, n_persons): the share of a person's draws below the cut."""

    theta: Floats

    def __post_init__(self) -> None:
        theta = np.asarray(self.theta)
        if theta.ndim != 2 or 0 in theta.shape or not np.isfinite(theta).all():
            raise _refusal("theta", str(theta.shape), "(n_draws, n_persons) of finite numbers")

    @property
    def n_persons(self) -> int:
        """How many persons."""
        return int(np.shape(self.theta)[1])

    def below(self, cuts: ArrayLike) -> Floats:
        """Shares of draws, (n_persons, n_cuts)."""
        points = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
        draws = np.asarray(self.theta)
        return np.stack([(draws < cut).mean(axis=0) for cut in points.tolist()], axis=1)


def _refusal(where: str, got: str, expected: str) -> InputError:
    return InputError(Problem(where=where, what="not posteriors", got=got, expected=expected))
