"""The probability of being among the k best, and the mean and spread of true ranks, of any posteriors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.ranking.posteriors import Posteriors
from compassess.scoring.ranking.request import ONLY, checked_k

__all__ = ["RankMoments", "among_best", "rank_moments"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankMoments:
    """Mean and SD of the true rank of every person given the answers, (n_persons,) each; the best is 1."""

    mean: Floats
    sd: Floats


def among_best(posteriors: Posteriors, k: int) -> Floats:
    """P(θ_n is among the k best) of every person, (n_persons,), before it is asked who was selected.

    With f_n the posterior density of n, independent of the others given the answers,

        P_n = ∫ f_n(t) P(at most k − 1 of the others lie above t) dt,

    where the number of others above t is Poisson-binomial with probabilities P(θ_m > t). Exact for normal
    posteriors and on grids (:func:`compassess.scoring.ranking.others_at_most`, Gauss-Legendre sums); of draws
    the share in which n is among the k best. Nothing is approximated by a normal distribution of the count.

    Domain: 1 ≤ k ≤ n_persons. Σ_n P_n = k to 1e-9 of k; 1 for everybody where k = n. NaN for persons without
    a posterior, who are not compared.

    Raises
    ------
    InputError : k below 1 or above the number of persons.

    References
    ----------
    Aitkin & Longford (1986), Journal of the Royal Statistical Society A 149, 1-43, and Goldstein &
    Spiegelhalter (1996), the same 159, 385-443, on ranks that are uncertain; Laird & Louis (1989), Journal of
    Educational Statistics 14, 29-46, for the mean and variance of posterior ranks.
    """
    rows = np.flatnonzero(posteriors.known)
    problems: list[Problem] = []
    checked_k(k, {ONLY: posteriors.known.size}, problems)
    raise_if_any(problems)
    found = np.full(posteriors.known.size, np.nan)
    if rows.size:
        found[rows] = posteriors.select(rows).p_among_best(k)
    return found


def rank_moments(posteriors: Posteriors) -> RankMoments:
    """Mean and SD of the true rank of every person; NaN for persons without a posterior.

        E rank_n = 1 + Σ_{m≠n} P(θ_m > θ_n),    P(θ_m > θ_n) = Φ((μ_m − μ_n) / √(s_m² + s_n²)) for normal ones

    The sum over pairs is an integral over t, so that it takes n steps a point instead of n² in all. Σ_n E
    rank_n = n (n + 1) / 2.

    References
    ----------
    Laird & Louis (1989), Journal of Educational Statistics 14, 29-46.
    """
    rows = np.flatnonzero(posteriors.known)
    mean, sd = (np.full(posteriors.known.size, np.nan) for _ in range(2))
    if rows.size:
        mean[rows], variance = posteriors.select(rows).rank_moments()
        sd[rows] = np.sqrt(np.maximum(variance, 0.0))
    return RankMoments(mean=mean, sd=sd)
