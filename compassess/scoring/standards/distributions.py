"""The distribution of scores in a population: shares below a cut, density, and where a share ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.grid import Grid
from compassess.irt.roots import bracketed_roots

__all__ = ["GridDistribution", "NormalDistribution", "SampleDistribution", "ScoreDistribution"]

Floats = NDArray[np.float64]


class ScoreDistribution(Protocol):
    """What target shares and Hofstee's method ask of a distribution of scores."""

    def below(self, cut: ArrayLike) -> Floats:
        """P(score < cut)."""

    def density(self, cut: ArrayLike) -> Floats:
        """The slope of :meth:`below`."""

    def quantile(self, share: ArrayLike) -> Floats:
        """The cut that has this share below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalDistribution:
    """N(mean, standard_deviation²): P(θ < cut) = Φ((cut − mean) / SD)."""

    mean: float = 0.0
    standard_deviation: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and 0 < self.standard_deviation < np.inf):
            raise InputError(
                Problem(
                    where="distribution",
                    what="not a normal distribution",
                    got=f"mean {self.mean}, standard deviation {self.standard_deviation}",
                    expected="a finite mean and a positive standard deviation",
                )
            )

    def below(self, cut: ArrayLike) -> Floats:
        """Φ(z), z = (cut − mean) / SD."""
        return np.asarray(ndtr(self._z(cut)))

    def density(self, cut: ArrayLike) -> Floats:
        """φ(z) / SD."""
        scale = self.standard_deviation * np.sqrt(2 * np.pi)
        return np.asarray(np.exp(-(self._z(cut) ** 2) / 2) / scale)

    def quantile(self, share: ArrayLike) -> Floats:
        """Mean + SD Φ⁻¹(share)."""
        return np.asarray(self.mean + self.standard_deviation * ndtri(np.asarray(share, dtype=np.float64)))

    def _z(self, cut: ArrayLike) -> Floats:
        return (np.asarray(cut, dtype=np.float64) - self.mean) / self.standard_deviation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridDistribution:
    """Masses on the nodes of a grid, such as the estimated distribution of a population.

    f(x) = Σ_q p_q sinc((x − θ_q) / h) / h and P(θ < x) = Σ_q p_q (½ + Si(π (x − θ_q) / h) / π), as in
    :meth:`compassess.irt.Grid.below`. Limits: the density must be smooth on the scale of the spacing h and
    nearly 0 at the ends; where it is jagged, f may be negative at a cut, and its error is then NaN.

    References
    ----------
    Stenger (1993), Numerical Methods Based on Sinc and Analytic Functions, ch. 3.
    """

    grid: Grid
    masses: Floats

    def __post_init__(self) -> None:
        total = float(np.sum(self.masses))
        if np.shape(self.masses) != (self.grid.n_nodes,) or not abs(total - 1) < 1e-6:
            raise InputError(
                Problem(
                    where="distribution.masses",
                    what="not the masses of a distribution",
                    got=f"shape {np.shape(self.masses)}, sum {total:g}",
                    expected=f"({self.grid.n_nodes},) and sum 1",
                )
            )

    def below(self, cut: ArrayLike) -> Floats:
        """Σ_q p_q f_q(cut), within [0, 1]."""
        return np.clip(self.grid.below(cut) @ self.masses, 0.0, 1.0)

    def density(self, cut: ArrayLike) -> Floats:
        """Σ_q p_q sinc((cut − θ_q) / h) / h."""
        distance = np.asarray(cut, dtype=np.float64)[..., None] - self.grid.theta
        weights = np.sinc(distance / self.grid.spacing) / self.grid.spacing
        return np.asarray(weights @ self.masses)

    def quantile(self, share: ArrayLike) -> Floats:
        """The root of P(θ < x) − share between the ends of the grid, beyond which nobody is."""
        wanted = np.asarray(share, dtype=np.float64)
        flat = wanted.ravel()
        low, high = (np.full(flat.size, end) for end in self.grid.theta[[0, -1]])
        at_low, at_high = self.below(low) - flat, self.below(high) - flat
        raise_if_any(
            [
                Problem(
                    where=f"share {value:g}",
                    what="the grid does not reach so far",
                    expected=f"a share between {self.below(low[0]):.3g} and {self.below(high[0]):.3g}",
                    remedy="Lay the distribution on a wider grid.",
                )
                for value, first, last in zip(flat.tolist(), at_low, at_high, strict=True)
                if first >= 0 or last <= 0
            ]
        )
        found = bracketed_roots(lambda x, which: self.below(x) - flat[which], low, high, at_low, at_high)
        return np.asarray(found.reshape(wanted.shape))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleDistribution:
    """The scores of persons, between which the distribution function is a straight line.

    P(score < x) goes through (x_k, (N_{<k} + N_k / 2) / n) at the different scores x_k, N_k persons each, and
    is 0 below the lowest and 1 above the highest score. The density is Gaussian kernel estimation with
    Silverman's bandwidth .9 min(SD, IQR / 1.349) n^(−1/5).

    References
    ----------
    Silverman (1986), Density Estimation, eq. 3.31.
    """

    scores: Floats

    def __post_init__(self) -> None:
        scores = np.asarray(self.scores, dtype=np.float64)
        if scores.ndim != 1 or scores.size < 2 or not np.isfinite(scores).all() or np.ptp(scores) == 0:
            raise InputError(
                Problem(
                    where="distribution.scores",
                    what="scores of several persons that differ are needed",
                    got=f"shape {scores.shape}",
                    expected="(n_persons,) of finite numbers",
                )
            )

    @property
    def n(self) -> int:
        """How many persons."""
        return int(np.size(self.scores))

    def below(self, cut: ArrayLike) -> Floats:
        """The interpolated share below, (…)."""
        at, share = self._steps()
        return np.asarray(np.interp(np.asarray(cut, dtype=np.float64), at, share, left=0.0, right=1.0))

    def density(self, cut: ArrayLike) -> Floats:
        """Σ_n φ((cut − x_n) / h) / (n h)."""
        points, h = np.asarray(cut, dtype=np.float64), self._bandwidth()
        z = (points[..., None] - self.scores) / h
        return np.asarray(np.exp(-(z**2) / 2).mean(axis=-1) / (h * np.sqrt(2 * np.pi)))

    def quantile(self, share: ArrayLike) -> Floats:
        """The inverse of :meth:`below`; the lowest and the highest score for shares beyond its ends."""
        at, shares = self._steps()
        return np.asarray(np.interp(np.asarray(share, dtype=np.float64), shares, at))

    def _steps(self) -> tuple[Floats, Floats]:
        at, counts = np.unique(self.scores, return_counts=True)
        return at, (np.cumsum(counts) - counts / 2) / self.n

    def _bandwidth(self) -> float:
        low, high = np.quantile(self.scores, [0.25, 0.75])
        spread = float(np.std(self.scores, ddof=1))
        quartiles = float(high - low) / 1.349
        return 0.9 * min(spread, quartiles if quartiles > 0 else spread) * self.n**-0.2
