"""Whether stated probabilities hold: of those told "80 %", 80 % should belong.

Letters. p_n the probability stated, y_n = 1 if it happened and 0 if not, b a bin of stated probabilities with
n_b of the N statements, p̄_b and ȳ_b its means, ȳ the overall mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from compassess.errors import Problem, raise_if_any
from compassess.responses import frame
from compassess.scoring.classification.inputs import band_indices, band_table, finite_vector

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BrierScore", "ProbabilityCalibration", "band_calibration", "probability_calibration"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierScore:
    """Murphy's decomposition of the mean squared error of stated probabilities.

    ``score`` = reliability − resolution + uncertainty + within_bins.

    Attributes
    ----------
    score : Σ_n (p_n − y_n)² / N, 0 at best.
    reliability : Σ_b n_b (p̄_b − ȳ_b)² / N: what statements that do not hold cost; 0 at best.
    resolution : Σ_b n_b (ȳ_b − ȳ)² / N: how far the bins tell people apart; the more the better.
    uncertainty : ȳ (1 − ȳ): what nobody can help.
    within_bins : Σ_b Σ_{n in b} [(p_n − p̄_b)² − 2 (p_n − p̄_b)(y_n − ȳ_b)] / N: what a bin hides.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbabilityCalibration:
    """Stated against observed, by bin of the stated probability, (n_bins,) each.

    Attributes
    ----------
    edges : (n_bins + 1,); a bin is [edge, next), the last one with its end.
    n : how many statements.
    stated, observed : p̄_b and ȳ_b; NaN in an empty bin.
    se : of ``observed`` if the statements hold, √Σ p (1 − p) / n_b: statements in a bin differ, so it is
        less than that of a binomial share.
    z : Σ (y − p) / √Σ p (1 − p); NaN where nothing was left open.
    p_value : two-sided, normal: rough where ``expected_rarer`` is below 5.
    expected_rarer : the smaller one of Σ p and Σ (1 − p).
    chi_square, degrees_of_freedom, chi_square_p : Σ_b z_b², the bins with a z, P(χ² beyond it).
    spiegelhalter_z : Σ (y − p)(1 − 2p) / √Σ (1 − 2p)² p (1 − p), of all statements without bins; N(0, 1) if
        they hold. NaN where it cannot be told.
    brier : the Brier score and its parts.
    expected_calibration_error : Σ_b n_b |p̄_b − ȳ_b| / N. Above 0 by chance alone.
    impossible : statements of 0 that happened, or of 1 that did not; one is too many.
    """

    edges: Floats
    n: NDArray[np.intp]
    stated: Floats
    observed: Floats
    se: Floats
    z: Floats
    p_value: Floats
    expected_rarer: Floats
    chi_square: float
    degrees_of_freedom: int
    chi_square_p: float
    spiegelhalter_z: float
    brier: BrierScore
    expected_calibration_error: float
    impossible: int

    def to_frame(self) -> pd.DataFrame:
        """A row a bin."""
        names = ("n", "stated", "observed", "se", "z", "p_value", "expected_rarer")
        return frame(
            {
                "low": self.edges[:-1],
                "high": self.edges[1:],
                **{name: getattr(self, name) for name in names},
            }
        )


def probability_calibration(
    stated: ArrayLike, happened: ArrayLike, *, edges: ArrayLike | None = None
) -> ProbabilityCalibration:
    """Compare stated probabilities with what happened.

    In a bin z = Σ (y − p) / √Σ p (1 − p): y_n are independent with variances p_n (1 − p_n) if the statements
    hold, whatever the p_n of the bin are.

    Parameters
    ----------
    stated : (n,) probabilities.
    happened : (n,) truths, or numbers 0 and 1. Of different persons: several statements on one person hang
        together, and tests would reject too often.
    edges : of the bins, ascending from 0 to 1; default tenths. ``np.quantile(stated, …)`` with ends replaced
        by 0 and 1 gives bins of equal numbers.

    Raises
    ------
    InputError : probabilities outside [0, 1], lengths that differ, other values than 0 and 1, edges out of
        order.

    References
    ----------
    Murphy (1973), Journal of Applied Meteorology 12, 595-600; Stephenson, Coelho & Jolliffe (2008), Weather
    and Forecasting 23, 752-757, for the terms within bins; Spiegelhalter (1986), Statistics in Medicine 5,
    421-433; Hosmer & Lemeshow (1980) for sums over bins.
    """
    problems: list[Problem] = []
    p = finite_vector(stated, "stated", problems)
    y = _truths(happened, p.size, problems)
    ends = _edges(edges, problems)
    if np.any((p < 0) | (p > 1)):
        problems.append(
            Problem(where="stated", what="these are not probabilities", expected="numbers in [0, 1]")
        )
    raise_if_any(problems)
    n_bins = ends.size - 1
    bins = np.minimum(np.searchsorted(ends, p, side="right") - 1, n_bins - 1)

    def sums(values: Floats) -> Floats:
        return np.bincount(bins, weights=values, minlength=n_bins).astype(np.float64)

    n = np.bincount(bins, minlength=n_bins)
    variance, excess = sums(p * (1.0 - p)), sums(y - p)
    mean_p, mean_y = _quotient(sums(p), n), _quotient(sums(y), n)
    z = _quotient(excess, np.sqrt(variance))
    told = np.isfinite(z)
    chi_square, freedom = float((z[told] ** 2).sum()), int(told.sum())
    tilt = 1.0 - 2.0 * p
    return ProbabilityCalibration(
        edges=ends,
        n=n,
        stated=mean_p,
        observed=mean_y,
        se=_quotient(np.sqrt(variance), n),
        z=z,
        p_value=2.0 * ndtr(-np.abs(z)),
        expected_rarer=np.minimum(sums(p), sums(1.0 - p)),
        chi_square=chi_square,
        degrees_of_freedom=freedom,
        chi_square_p=float(chdtrc(freedom, chi_square)) if freedom else float("nan"),
        spiegelhalter_z=float(
            _quotient(
                np.array([((y - p) * tilt).sum()]), np.sqrt(np.array([(tilt**2 * p * (1.0 - p)).sum()]))
            )[0]
        ),
        brier=_brier(p, y, bins, mean_p, mean_y, n),
        expected_calibration_error=float(np.nansum(n * np.abs(mean_p - mean_y)) / p.size),
        impossible=int((((p == 0) & (y == 1)) | ((p == 1) & (y == 0))).sum()),
    )


def band_calibration(
    probabilities: ArrayLike, true: ArrayLike, *, edges: ArrayLike | None = None
) -> tuple[ProbabilityCalibration, ...]:
    """The same for every band, lowest first: p_nk against whether k is the true band of n.

    Parameters
    ----------
    probabilities : (n, n_bands), rows sum to 1.
    true : (n,) the true bands, 0 the lowest; known in simulations.
    edges : as in :func:`probability_calibration`.

    Raises
    ------
    InputError : rows that are not probabilities, bands that do not fit, edges out of order.
    """
    problems: list[Problem] = []
    table = band_table(probabilities, problems)
    bands = band_indices(true, table.shape[0], table.shape[-1], "true", problems)
    raise_if_any(problems)
    return tuple(
        probability_calibration(table[:, band], bands == band, edges=edges) for band in range(table.shape[1])
    )


def _brier(
    p: Floats, y: Floats, bins: NDArray[np.intp], mean_p: Floats, mean_y: Floats, n: NDArray[np.intp]
) -> BrierScore:
    used, rate = n > 0, float(y.mean())
    share = n[used] / p.size
    off_p, off_y = p - mean_p[bins], y - mean_y[bins]
    return BrierScore(
        score=float(np.mean((p - y) ** 2)),
        reliability=float(share @ (mean_p[used] - mean_y[used]) ** 2),
        resolution=float(share @ (mean_y[used] - rate) ** 2),
        uncertainty=rate * (1.0 - rate),
        within_bins=float(np.mean(off_p**2 - 2.0 * off_p * off_y)),
    )


def _truths(happened: ArrayLike, n: int, problems: list[Problem]) -> Floats:
    y = np.atleast_1d(np.asarray(happened, dtype=np.float64))
    if y.shape != (n,) or not np.all((y == 0) | (y == 1)):
        problems.append(
            Problem(
                where="happened",
                what="these do not say of every statement whether it happened",
                got=f"shape {y.shape}",
                expected=f"{n} truths, or numbers 0 and 1",
            )
        )
        return np.zeros(n)
    return y


def _edges(edges: ArrayLike | None, problems: list[Problem]) -> Floats:
    ends = np.linspace(0.0, 1.0, 11) if edges is None else np.asarray(edges, dtype=np.float64)
    fits = ends.ndim == 1 and ends.size >= 2 and bool(np.all(np.diff(ends) > 0))
    if not fits or ends[0] != 0.0 or ends[-1] != 1.0:
        problems.append(
            Problem(
                where="edges",
                what="these are not the edges of bins",
                got=str(ends.tolist()),
                expected="ascending numbers from 0 to 1",
            )
        )
        return np.array([0.0, 1.0])
    return ends


def _quotient(part: Floats, whole: NDArray[np.generic]) -> Floats:
    """A quotient; NaN where it would divide by 0."""
    below = np.asarray(whole, dtype=np.float64)
    return np.divide(part, below, out=np.full(below.shape, np.nan), where=below > 0)
