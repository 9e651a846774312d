"""How well true abilities are found again, each figure with its Monte-Carlo error.

Letters, for n people and one dimension: θ_i the truth, θ̂_i the estimate, s_i its standard error,
e_i = θ̂_i − θ_i, and s(x) the standard deviation of x with n − 1 below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from compassess.errors import InputError, Problem
from compassess.simulation.agreement import correlation, rmse, standardised

__all__ = ["Recovery", "covered", "mean_and_error", "recovery"]

Floats = NDArray[np.float64]
_NORMAL_95: Final = float(ndtri(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What :func:`recovery` found for n people; every ``…_error`` is the Monte-Carlo error of what it names.

    Figures are NaN for nobody, errors for fewer than two people, r and its error where either side does not
    vary.
    """

    n: int
    bias: float
    bias_error: float
    rmse: float
    rmse_error: float
    mean_se: float
    mean_se_error: float
    coverage: float
    coverage_error: float
    r: float
    r_error: float


def recovery(theta: ArrayLike, se: ArrayLike, truth: ArrayLike) -> Recovery:
    """Bias, RMSE, mean SE, coverage of the 95 % interval, and r with the truth.

        bias = mean(e),                           its error s(e) / √n
        RMSE = √mean(e²),                         s(e²) / (2 RMSE √n)
        mean SE = mean(s),                        s(s) / √n
        coverage = mean(1(|e| ≤ 1.96 s)),         √(p (1 − p) / n)
        r = corr(θ̂, θ),                           s(x y − r (x² + y²) / 2) / √n, x and y standardised

    Parameters
    ----------
    theta, se, truth : (n,), in units of θ.

    Limits: the errors of RMSE and r are those of large samples (the delta method), 0 where every e is 0. An
    interval θ̂ ± 1.96 s of a posterior mean covers in 95 of 100 people of the population that the
    prior describes, as far as the posterior is normal; at a given θ it covers less often far from the mean.

    Raises
    ------
    InputError : arrays that are not three vectors of one length.

    References
    ----------
    Morris, White & Crowther (2019), Statistics in Medicine 38, table 6; Devlin, Gnanadesikan & Kettenring
    (1975), Biometrika 62, 531-545, for the influence of one person on r.
    """
    x, s, t = _vectors(theta, se, truth)
    error = x - t
    bias, bias_error = mean_and_error(error)
    mean_se, mean_se_error = mean_and_error(s)
    coverage = float(covered(error, s).mean()) if error.size else float("nan")
    root = rmse(x, t)
    r, r_error = _correlation(x, t)
    return Recovery(
        n=error.size,
        bias=bias,
        bias_error=bias_error,
        rmse=root,
        rmse_error=mean_and_error(error**2)[1] / (2.0 * root) if root > 0 else 0.0 * bias_error,
        mean_se=mean_se,
        mean_se_error=mean_se_error,
        coverage=coverage,
        coverage_error=float(np.sqrt(coverage * (1.0 - coverage) / max(error.size, 1))),
        r=r,
        r_error=r_error,
    )


def covered(error: Floats, se: Floats) -> NDArray[np.bool_]:
    """Whether θ̂ ± 1.96 SE holds the truth: |e| ≤ 1.96 s; shaped like the arrays."""
    return np.asarray(np.abs(error) <= _NORMAL_95 * se)


def mean_and_error(values: NDArray[np.generic]) -> tuple[float, float]:
    """mean(x) and s(x) / √n; NaN for nobody, the error for fewer than two."""
    mean = float(values.mean()) if values.size else float("nan")
    error = float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else float("nan")
    return mean, error


def _correlation(x: Floats, y: Floats) -> tuple[float, float]:
    r = correlation(x, y)
    if not np.isfinite(r):
        return r, float("nan")
    one, two = standardised(x), standardised(y)
    return r, mean_and_error(one * two - r * (one**2 + two**2) / 2.0)[1]


def _vectors(theta: ArrayLike, se: ArrayLike, truth: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, s, t = (np.asarray(values, dtype=np.float64) for values in (theta, se, truth))
    if x.ndim != 1 or not x.shape == s.shape == t.shape:
        raise InputError(
            Problem(
                where="theta, se, truth",
                what="not three vectors of one length",
                got=f"shapes {x.shape}, {s.shape}, {t.shape}",
                expected="(n,) each",
            )
        )
    return x, s, t
