"""Normal posteriors: a mean and an SD a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from compassess.errors import Problem, raise_if_any
from compassess.irt.read_only import read_only
from compassess.scoring.classification.rudner import band_probabilities
from compassess.scoring.cuts import ascending
from compassess.scoring.ranking.integrals import integrated_among_best, integrated_rank_moments
from compassess.scoring.ranking.posteriors import REACH, narrowest, refuse_values, wrong_shape

__all__ = ["NormalPosteriors"]

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalPosteriors:
    """θ_n ~ N(mean_n, sd_n²), independent: a posterior mean and SD, or an estimate and its standard error."""

    mean: Floats
    sd: Floats

    @classmethod
    def of(cls, theta: ArrayLike, se: ArrayLike) -> Self:
        """From ``theta`` (n_persons,) and ``se`` (n_persons,) or one for all; theta NaN: no posterior.

        Raises
        ------
        InputError : nobody; theta infinite; an SE that is not finite and above 0; sizes that do not match.
        """
        problems: list[Problem] = []
        mean = np.array(theta, dtype=np.float64, ndmin=1)
        sd = np.array(se, dtype=np.float64, ndmin=1)
        if mean.ndim != 1 or mean.size == 0:
            problems.append(wrong_shape("theta", mean, "one number a person, for at least one person"))
        if sd.ndim != 1 or sd.size not in (1, mean.size):
            problems.append(wrong_shape("se", sd, f"one number, or {mean.size}"))
        raise_if_any(problems)
        sd = np.broadcast_to(sd, mean.shape).copy()
        refuse_values("theta", np.isinf(mean), mean, "finite numbers, or NaN for no estimate", problems)
        wrong = ~np.isnan(mean) & ~((sd > 0) & np.isfinite(sd))
        refuse_values("se", wrong, sd, "finite numbers above 0 wherever there is a theta", problems)
        raise_if_any(problems)
        return cls(mean=read_only(mean), sd=read_only(sd))

    @property
    def known(self) -> Truths:
        """Who has a posterior."""
        return ~np.isnan(self.mean)

    @property
    def n_draws(self) -> int | None:
        """None: probabilities are integrated."""
        return None

    @property
    def n_persons(self) -> int:
        """How many."""
        return self.mean.size

    @property
    def breaks(self) -> Floats:
        """Nine SD beyond everybody."""
        low, high = self.mean - REACH * self.sd, self.mean + REACH * self.sd
        return np.array([low.min(), high.max()])

    def select(self, persons: NDArray[np.intp]) -> Self:
        """Some of the persons."""
        return type(self)(mean=self.mean[persons], sd=self.sd[persons])

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """φ((t − mean) / sd) / sd and Φ((mean − t) / sd), (n_persons, n_points) each."""
        z = (t - self.mean[:, None]) / self.sd[:, None]
        density = np.exp(-0.5 * z**2) / (np.sqrt(2.0 * np.pi) * self.sd[:, None])
        return density, ndtr(-z)

    def narrowest(self, low: float, high: float) -> float:
        """The smallest SD of those who may lie in [low, high]."""
        return narrowest(self.mean, self.sd, low, high)

    def bands(self, cuts: ArrayLike) -> Floats:
        """Differences of Φ((cut − mean_n) / sd_n), (n_persons, n_cuts + 1); NaN without a posterior.

        Raises
        ------
        InputError : cuts that are not finite or do not increase.
        """
        problems: list[Problem] = []
        edges = ascending(cuts, problems)
        raise_if_any(problems)
        known, found = self.known, np.full((self.n_persons, edges.size + 1), np.nan)
        if known.any():
            found[known] = band_probabilities(self.mean[known], self.sd[known], edges)
        return found

    def p_among_best(self, k: int) -> Floats:
        """P(among the k best), integrated."""
        return integrated_among_best(self, k)

    def rank_moments(self) -> tuple[Floats, Floats]:
        """Mean and variance of the ranks, integrated."""
        return integrated_rank_moments(self)
