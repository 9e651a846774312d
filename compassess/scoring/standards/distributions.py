"""The distribution of scores in a population: shares below a cut, density, and where a share ends.

Rule: a distribution that was estimated knows from how many persons (``n``) and how sure its shares are; one
that is taken as known has n = None and no error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.grid import Grid
from compassess.irt.roots import bracketed_roots

__all__ = [
    "GridDistribution",
    "NormalDistribution",
    "SampleDistribution",
    "ScoreDistribution",
    "multinomial_covariance",
]

Floats = NDArray[np.float64]

_SUM: Final = 1e-6  # masses that were written to a file carry six digits or more


class ScoreDistribution(Protocol):
    """What target shares and Hofstee's method ask of a distribution of scores."""

    @property
    def n(self) -> int | None:
        """From how many persons it was estimated; None where it is taken as known."""

    def below(self, cut: ArrayLike) -> Floats:
        """F(cut) = P(score < cut)."""

    def density(self, cut: ArrayLike) -> Floats:
        """f(cut), the slope of :meth:`below`."""

    def quantile(self, share: ArrayLike) -> Floats:
        """The cut that has this share below it."""

    def below_covariance(self, cuts: Floats) -> Floats:
        """Sampling covariance of F at several cuts, (n_cuts, n_cuts); 0 where n is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalDistribution:
    """N(mean, standard_deviation²): F(x) = Φ(z), z = (x − mean) / SD.

    With ``n``, the persons from whose scores mean and SD were estimated,
    Cov(F(x), F(y)) = φ(z_x) φ(z_y) (1 + z_x z_y / 2) / n.

    Raises
    ------
    InputError : a mean that is not finite, a standard deviation that is not positive, fewer than two persons.
    """

    mean: float = 0.0
    standard_deviation: float = 1.0
    n: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if not (np.isfinite(self.mean) and 0 < self.standard_deviation < np.inf):
            problems.append(
                Problem(
                    where="distribution",
                    what="not a normal distribution",
                    got=f"mean {self.mean}, standard deviation {self.standard_deviation}",
                    expected="a finite mean and a positive standard deviation",
                )
            )
        if self.n is not None and self.n < 2:
            got = str(self.n)
            problems.append(
                Problem(where="distribution.n", what="too few persons", got=got, expected="2 or more")
            )
        raise_if_any(problems)

    def below(self, cut: ArrayLike) -> Floats:
        """Φ(z)."""
        return np.asarray(ndtr(self._z(cut)))

    def density(self, cut: ArrayLike) -> Floats:
        """φ(z) / SD."""
        scale = self.standard_deviation * np.sqrt(2 * np.pi)
        return np.asarray(np.exp(-(self._z(cut) ** 2) / 2) / scale)

    def quantile(self, share: ArrayLike) -> Floats:
        """Mean + SD Φ⁻¹(share).

        Raises
        ------
        InputError : for every share that is not between 0 and 1.
        """
        wanted = np.asarray(share, dtype=np.float64)
        first, last = float(np.nextafter(0, 1)), float(np.nextafter(1, 0))
        _refuse_beyond(wanted.ravel(), first, last, "A band beyond such a cut is empty.")
        return np.asarray(self.mean + self.standard_deviation * ndtri(wanted))

    def below_covariance(self, cuts: Floats) -> Floats:
        """By the delta method from Var(mean) = SD² / n and Var(SD) = SD² / 2n, which are independent."""
        if self.n is None:
            return np.zeros((cuts.size, cuts.size))
        z = self._z(cuts)
        height = self.density(cuts) * self.standard_deviation
        return np.outer(height, height) * (1 + np.outer(z, z) / 2) / self.n

    def _z(self, cut: ArrayLike) -> Floats:
        return (np.asarray(cut, dtype=np.float64) - self.mean) / self.standard_deviation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridDistribution:
    """Masses on the nodes of a grid, such as the density of a population; taken as known.

    f(x) = Σ_q p_q sinc((x − θ_q) / h) / h and F(x) = Σ_q p_q (½ + Si(π (x − θ_q) / h) / π), as in
    :meth:`compassess.irt.Grid.below`. Limits: the density must be smooth on the scale of the spacing h and
    nearly 0 at the ends; where it is jagged, f may be negative at a cut, and its error is then NaN.

    Raises
    ------
    InputError : masses of another shape, negative ones, a sum that is not 1.

    References
    ----------
    Stenger (1993), Numerical Methods Based on Sinc and Analytic Functions, ch. 3.
    """

    grid: Grid
    masses: Floats

    def __post_init__(self) -> None:
        masses = np.array(self.masses, dtype=np.float64)
        adds_up = masses.size > 0 and abs(float(masses.sum()) - 1) <= _SUM and masses.min() >= 0
        if masses.shape != (self.grid.n_nodes,) or not adds_up:
            raise InputError(
                Problem(
                    where="distribution.masses",
                    what="not the masses of a distribution",
                    got=f"shape {masses.shape}, sum {masses.sum():g}, lowest {masses.min(initial=0):g}",
                    expected=f"({self.grid.n_nodes},), none negative, sum 1",
                )
            )
        masses.flags.writeable = False
        object.__setattr__(self, "masses", masses)

    @property
    def n(self) -> int | None:
        """None: what estimation adds is not told by the masses."""
        return None

    def below(self, cut: ArrayLike) -> Floats:
        """F, within [0, 1]."""
        return np.clip(self.grid.below(cut) @ self.masses, 0.0, 1.0)

    def density(self, cut: ArrayLike) -> Floats:
        """f."""
        distance = np.asarray(cut, dtype=np.float64)[..., None] - self.grid.theta
        weights = np.sinc(distance / self.grid.spacing) / self.grid.spacing
        return np.asarray(weights @ self.masses)

    def quantile(self, share: ArrayLike) -> Floats:
        """The root of F(x) − share between the ends of the grid, beyond which nobody is.

        Raises
        ------
        InputError : for every share that ends beyond the grid.
        """
        wanted = np.asarray(share, dtype=np.float64)
        flat = wanted.ravel()
        low, high = (np.full(flat.size, end) for end in self.grid.theta[[0, -1]])
        first, last = (float(self.below(end)) for end in self.grid.theta[[0, -1]])
        _refuse_beyond(flat, first, last, "Lay the distribution on a wider grid.")
        gaps = first - flat, last - flat
        found = bracketed_roots(lambda x, which: self.below(x) - flat[which], low, high, *gaps)
        return np.asarray(found.reshape(wanted.shape))

    def below_covariance(self, cuts: Floats) -> Floats:
        """0: the masses are taken as known."""
        return np.zeros((cuts.size, cuts.size))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleDistribution:
    """The scores of persons, (n,), drawn from a population; the order does not matter.

    F goes in straight lines through (x_k, (N_{<k} + N_k / 2) / n) at the different scores x_k, N_k persons
    each, and is 0 below the lowest and 1 above the highest score. Cov(F(x), F(y)) = F(x) (1 − F(y)) / n,
    x ≤ y. The density is Gaussian kernel estimation with Silverman's bandwidth
    h = .9 min(SD, IQR / 1.349) n^(−1/5).

    Raises
    ------
    InputError : fewer than two scores, scores that are not finite, or that are all the same.

    References
    ----------
    Silverman (1986), Density Estimation, eq. 3.31.
    """

    scores: Floats
    _at: Floats = field(init=False, repr=False)
    _share: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        scores = np.array(self.scores, dtype=np.float64)
        if scores.ndim != 1 or scores.size < 2 or not np.isfinite(scores).all() or np.ptp(scores) == 0:
            raise InputError(
                Problem(
                    where="distribution.scores",
                    what="scores of several persons that differ are needed",
                    got=f"shape {scores.shape}, {np.isfinite(scores).sum()} of them finite",
                    expected="(n_persons,) of finite numbers",
                )
            )
        at, counts = np.unique(scores, return_counts=True)
        share = (np.cumsum(counts) - counts / 2) / scores.size
        for name, array in (("scores", scores), ("_at", at), ("_share", share)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n(self) -> int | None:
        """How many persons."""
        return self.scores.size

    def below(self, cut: ArrayLike) -> Floats:
        """F."""
        points = np.asarray(cut, dtype=np.float64)
        return np.asarray(np.interp(points, self._at, self._share, left=0.0, right=1.0))

    def density(self, cut: ArrayLike) -> Floats:
        """Σ_n φ((cut − x_n) / h) / (n h)."""
        points, h = np.asarray(cut, dtype=np.float64), self._bandwidth()
        z = (points[..., None] - self.scores) / h
        return np.asarray(np.exp(-(z**2) / 2).mean(axis=-1) / (h * np.sqrt(2 * np.pi)))

    def quantile(self, share: ArrayLike) -> Floats:
        """The inverse of F between the lowest and the highest score.

        Raises
        ------
        InputError : for every share that is smaller than half the lowest scorers' or larger than one less
            half the highest scorers': the sample has nobody so far out.
        """
        wanted = np.asarray(share, dtype=np.float64)
        first, last = float(self._share[0]), float(self._share[-1])
        _refuse_beyond(wanted.ravel(), first, last, "Take a larger sample, or a distribution with tails.")
        return np.asarray(np.interp(wanted, self._share, self._at))

    def below_covariance(self, cuts: Floats) -> Floats:
        """Of multinomial shares."""
        return multinomial_covariance(self.below(cuts), self.scores.size)

    def _bandwidth(self) -> float:
        low, high = np.quantile(self.scores, [0.25, 0.75])
        spread = float(np.std(self.scores, ddof=1))
        quartiles = float(high - low) / 1.349
        return 0.9 * min(spread, quartiles if quartiles > 0 else spread) * self.scores.size**-0.2


def multinomial_covariance(below: Floats, n: int) -> Floats:
    """Covariance of the shares of n persons below several cuts: P_j (1 − P_k) / n, P_j ≤ P_k."""
    return np.minimum.outer(below, below) * (1 - np.maximum.outer(below, below)) / n


def _refuse_beyond(shares: Floats, first: float, last: float, remedy: str) -> None:
    """Raise for shares that end where a distribution has nobody."""
    raise_if_any(
        [
            Problem(
                where=f"share {value:g} below",
                what="the distribution does not reach so far",
                expected=f"a share between {first:.3g} and {last:.3g}",
                remedy=remedy,
            )
            for value in shares.tolist()
            if not first <= value <= last
        ]
    )
