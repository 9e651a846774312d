"""Percentile ranks of θ in a norm population, and how far a posterior spreads over them."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr, ndtri

from compassess.bank import Norm
from compassess.scoring.bivariate_normal import both_below

__all__ = ["percentile_rank", "percentile_spread", "table_rank", "table_spread"]

Floats = NDArray[np.float64]

#: Nodes of the sum over a normal posterior: ±7 SD in steps of 0.1 SD. What is left outside is 3e-12, and
#: an equally spaced sum of a smooth density is exact far beyond the digits of a table.
_DEVIATES: Final = np.linspace(-7.0, 7.0, 141)
_MASSES: Final = np.exp(-0.5 * _DEVIATES**2) / np.exp(-0.5 * _DEVIATES**2).sum()


def percentile_rank(z: ArrayLike) -> Floats:
    """100 Φ(z): how many in a hundred of a normal population lie below z standard deviations."""
    return np.asarray(100.0 * ndtr(np.asarray(z, dtype=np.float64)))


def percentile_spread(mean: ArrayLike, sd: ArrayLike) -> Floats:
    """The SD of 100 Φ(Z) for Z ~ N(m, s²): the standard error of a percentile rank.

    With h = m / √(1 + s²), Φ the normal distribution function, Φ₂ that of two correlated normals and T
    Owen's function,

        E Φ(Z) = Φ(h),    E Φ(Z)² = Φ₂(h, h; s² / (1 + s²)) = Φ(h) − 2 T(h, 1 / √(1 + 2 s²)),

    because Φ(Z)² is the probability that two further independent N(0, 1) both lie below Z, and their
    differences from Z are bivariate normal with that correlation.

    Shapes: any that go together. Limits: about 100 φ(m) s for small s, 0 at s = 0; 50 as s grows without
    end, where Φ(Z) is 0 or 1 like a coin; 0 far out, where everybody is below or above.

    References
    ----------
    Owen (1956), Annals of Mathematical Statistics 27, 1075-1090, eq. 2.1 and 3.1; Owen (1980),
    Communications in Statistics B9, 389-419, formulas 10,010.8 and 20,010.3.
    """
    variance = np.square(np.asarray(sd, dtype=np.float64))
    h = -np.abs(mean) / np.sqrt(1.0 + variance)  # it is symmetric, and this tail keeps its digits
    spread = both_below(h, h, 1.0 - 1.0 / (1.0 + variance)) - ndtr(h) ** 2
    return np.asarray(100.0 * np.sqrt(np.maximum(spread, 0.0)))


def table_rank(theta: ArrayLike, norm: Norm) -> Floats:
    """The percentile rank by a norm's table: 100 Φ(g(θ)).

    g interpolates the probits Φ⁻¹(below) of the table by the monotone piecewise cubic of Fritsch & Carlson
    (PCHIP), and goes on beyond its ends as a straight line with the slope of the outermost two rows. So a
    rank never falls as θ rises, lies strictly within 0 and 100, agrees with every row of the table, and is
    100 Φ((θ − μ) / σ) everywhere if the rows come from a normal distribution.

    References
    ----------
    Fritsch & Carlson (1980), SIAM Journal on Numerical Analysis 17, 238-246; Fritsch & Butland (1984), SIAM
    Journal on Scientific and Statistical Computing 5, 300-304, for the slopes.
    """
    return percentile_rank(_probit(np.asarray(theta, dtype=np.float64), norm))


def table_spread(theta: ArrayLike, se: ArrayLike, norm: Norm) -> Floats:
    """The SD of :func:`table_rank` under N(θ, SE²): a sum over 141 nodes in ±7 SE.

    Limits: 0 at SE = 0; for an infinite SE 50, as of :func:`percentile_spread`.
    """
    centre, width = np.broadcast_arrays(np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64))
    finite = np.where(np.isfinite(width), width, 0.0)
    ranks = table_rank(centre[..., None] + finite[..., None] * _DEVIATES, norm)
    deviation = ranks - (ranks @ _MASSES)[..., None]
    return np.where(np.isfinite(width), np.sqrt(deviation**2 @ _MASSES), 50.0)


def _probit(theta: Floats, norm: Norm) -> Floats:
    """g(θ), the probit of the share of the norm population below θ."""
    x, y = np.asarray(norm.theta), ndtri(norm.below)
    low, high = (y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])
    inner = _curve(norm.theta, norm.below)(np.clip(theta, x[0], x[-1]))
    return np.asarray(inner + low * np.minimum(theta - x[0], 0.0) + high * np.maximum(theta - x[-1], 0.0))


@lru_cache(maxsize=256)
def _curve(theta: tuple[float, ...], below: tuple[float, ...]) -> PchipInterpolator:
    """The monotone cubic through a table; tables are few, and a conclusion asks each many times."""
    return PchipInterpolator(theta, ndtri(below))
