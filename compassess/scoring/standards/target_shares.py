"""Cuts at which bands hold given shares of a population.

A band is an interval of θ, so its share fixes the cuts: F(cut_k) = the share of all bands below. Rule: a
target has no sampling error, and neither has a distribution that is taken as known; counts of persons and a
distribution that was estimated have, and both carry over to the cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem, raise_if_any
from compassess.scoring.standards.cut_scores import CutScores, problems_of_bands
from compassess.scoring.standards.distributions import (
    NormalDistribution,
    ScoreDistribution,
    multinomial_covariance,
)

__all__ = ["cuts_from_counts", "cuts_from_shares"]

Floats = NDArray[np.float64]

_METHOD: Final = "target_shares"
_SUM: Final = 1e-6  # shares are written with few digits; the last is what remains


def cuts_from_shares(
    shares: ArrayLike,
    *,
    distribution: ScoreDistribution | None = None,
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts from target shares of the bands, lowest first: cut_k = F⁻¹(P_k), P_k = Σ_{j ≤ k} share_j.

    Where F was estimated, as from a sample of n persons, the delta method on F(cut_k) = P_k gives

        Cov(cut_j, cut_k) = Cov(F(cut_j), F(cut_k)) / (f_j f_k),

    for a sample SE = √(P (1 − P) / n) / f. NaN where F is taken as known: a target has no error.

    Parameters
    ----------
    shares : (n_bands,) positive, sum 1.
    distribution : of θ in the population whose shares they are; N(0, 1) by default.

    Returns
    -------
    CutScores with ``details``: ``shares``, and ``density`` f at the cuts.

    Raises
    ------
    InputError : shares that are not positive or do not add to 1; a distribution that does not reach so far;
        names of bands that do not fit.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, §28.5, for the covariance of sample quantiles.
    """
    wanted = np.asarray(shares, dtype=np.float64)
    problems = _problems(wanted, "shares", bands)
    if not problems and abs(wanted.sum() - 1) > _SUM:
        got = f"{wanted.sum():.6g}"
        problems.append(Problem(where="shares", what="they do not add to 1", got=got, expected="1"))
    raise_if_any(problems)
    return _cuts(wanted, distribution or NormalDistribution(), None, bands)


def cuts_from_counts(
    counts: ArrayLike,
    *,
    distribution: ScoreDistribution | None = None,
    bands: Sequence[str] = (),
) -> CutScores:
    """Cuts from how many persons stood in each band, lowest first, with the errors of such counts.

    With P_k the share below cut k among n persons and f the density at it,

        cut_k = F⁻¹(P_k),   Cov(cut_j, cut_k) = P_j (1 − P_k) / (n f_j f_k),   j ≤ k,

    the delta method on multinomial counts; on the diagonal SE = √(P (1 − P) / n) / f. Where F was estimated
    from other persons, its own error (:func:`cuts_from_shares`) is added. Domain: a random sample of the
    population, and a classification without error (errors of measurement widen the distribution of what was
    counted, and move outer cuts outwards).

    Parameters
    ----------
    counts : (n_bands,) whole numbers, positive.
    distribution : of θ in the population that was sampled; N(0, 1) by default.

    Returns
    -------
    CutScores with ``details``: ``shares``, and ``density`` f at the cuts.

    Raises
    ------
    InputError : counts that are not positive or not whole; a distribution that does not reach so far; names
        of bands that do not fit.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, §28.5, for the covariance of sample quantiles.
    """
    found = np.asarray(counts, dtype=np.float64)
    problems = _problems(found, "counts", bands)
    problems += [
        Problem(where=f"counts, band {band + 1}", what="not a whole number", got=f"{found[band]:g}")
        for band in np.flatnonzero(np.isfinite(found) & (found != np.round(found))).tolist()
    ]
    raise_if_any(problems)
    n = round(float(found.sum()))
    return _cuts(found / n, distribution or NormalDistribution(), n, bands)


def _cuts(
    shares: Floats, distribution: ScoreDistribution, n_counted: int | None, bands: Sequence[str]
) -> CutScores:
    """Where the shares end, with the errors of shares that were counted and of an estimated distribution."""
    below = np.cumsum(shares)[:-1]
    cuts = distribution.quantile(below)
    density = distribution.density(cuts)
    of_shares = distribution.below_covariance(cuts)
    if n_counted is not None:
        of_shares = of_shares + multinomial_covariance(below, n_counted)
    slope = np.where(density > 0, density, np.nan)
    n = distribution.n if n_counted is None else n_counted
    return CutScores.create(
        method=_METHOD,
        cuts=cuts,
        covariance=None if n is None else of_shares / np.outer(slope, slope),
        bands=bands,
        n=n,
        n_of="" if n is None else "persons",
        details={"shares": shares, "density": density},
    )


def _problems(numbers: Floats, where: str, bands: Sequence[str]) -> list[Problem]:
    """What keeps numbers from being shares of bands."""
    if numbers.ndim != 1 or numbers.size < 2:
        got = f"shape {numbers.shape}"
        return [Problem(where=where, what="two bands or more are needed", got=got, expected="(n_bands,)")]
    empty = np.flatnonzero(~(np.isfinite(numbers) & (numbers > 0)))
    return [
        Problem(
            where=f"{where}, band {band + 1}",
            what="a band that nobody is in has no cut",
            got=f"{numbers[band]:g}",
            expected="a positive number",
            remedy="Merge empty bands with their neighbours.",
        )
        for band in empty.tolist()
    ] + problems_of_bands(bands, numbers.size - 1, _METHOD)
