"""Cuts at which bands hold given shares of a population.

A band is an interval of θ, so its share fixes the cuts: F(cut_k) = the share of all bands below. Rule: shares
that were set have no sampling error; counts of persons have, and it carries over to the cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import InputError, Problem
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.distributions import NormalDistribution, ScoreDistribution

__all__ = ["cuts_from_counts", "cuts_from_shares"]

Floats = NDArray[np.float64]

_SUM: Final = 1e-6  # shares are written with few digits; the last is what remains


def cuts_from_shares(
    shares: ArrayLike,
    *,
    distribution: ScoreDistribution | None = None,
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts from target shares of the bands, lowest first: cut_k = F⁻¹(Σ_{j ≤ k} share_j).

    Parameters
    ----------
    shares : (n_bands,) positive, sum 1.
    distribution : of θ in the population whose shares they are; N(0, 1) by default.

    Standard errors are NaN: a target has none.

    Raises
    ------
    InputError : shares that are not positive or do not add to 1; a distribution that does not reach so far.
    """
    wanted = np.asarray(shares, dtype=np.float64)
    _refuse(wanted, "shares", "positive shares of two bands or more")
    if abs(wanted.sum() - 1) > _SUM:
        raise InputError(
            Problem(where="shares", what="they do not add to 1", got=f"{wanted.sum():.6g}", expected="1")
        )
    cuts = (distribution or NormalDistribution()).quantile(np.cumsum(wanted)[:-1])
    return CutScores.create(method="target_shares", cuts=cuts, bands=bands, details={"shares": wanted.copy()})


def cuts_from_counts(
    counts: ArrayLike,
    *,
    distribution: ScoreDistribution | None = None,
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts from how many persons stood in each band, lowest first, with the errors of such counts.

    With P_k the share below cut k among n persons and f the density at it,

        cut_k = F⁻¹(P_k),   Cov(cut_j, cut_k) = P_j (1 − P_k) / (n f_j f_k),   j ≤ k,

    the delta method on multinomial counts; on the diagonal SE = √(P (1 − P) / n) / f. Domain: a sample of the
    population, with ``distribution`` known and the classification without error (errors of measurement widen
    the distribution of what was counted, and move outer cuts outwards).

    Raises
    ------
    InputError : counts that are not positive; a distribution that does not reach so far.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, §28.5, for the covariance of sample quantiles.
    """
    found = np.asarray(counts, dtype=np.float64)
    _refuse(found, "counts", "positive counts of two bands or more")
    people, n = distribution or NormalDistribution(), found.sum()
    below = (np.cumsum(found) / n)[:-1]
    cuts = people.quantile(below)
    density = people.density(cuts)
    density = np.where(density > 0, density, np.nan)
    lower, upper = np.minimum.outer(below, below), np.maximum.outer(below, below)
    return CutScores.create(
        method="target_shares",
        cuts=cuts,
        covariance=lower * (1 - upper) / n / np.outer(density, density),
        bands=bands,
        n=round(n),
        n_of="persons",
        details={"shares": found / n, "density": density},
    )


def _refuse(numbers: Floats, where: str, expected: str) -> None:
    """Raise for what cannot be shares of bands."""
    if numbers.ndim != 1 or numbers.size < 2 or not np.all(np.isfinite(numbers) & (numbers > 0)):
        raise InputError(
            Problem(
                where=where,
                what="a band that nobody is in has no cut",
                got=str(numbers.tolist()),
                expected=expected,
                remedy="Merge empty bands with their neighbours.",
            )
        )
