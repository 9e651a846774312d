"""Where a logistic regression of judgements on θ passes a probability.

Letters. log(P / (1 − P)) = β₀ + β₁ θ; a cut is where the left side is ``log_loss_ratio``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

__all__ = ["logistic_cuts"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_STEPS: Final = 100  # Newton's method takes about 8; separated groups are told apart before it
_CHANGE: Final = 1e-12  # of the coefficients of a standardised θ
_MOST_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """One cut: coefficients (2,), fitted P and what each person weighs in the cut, (n_persons,)."""

    cut: float
    status: str
    coefficients: Floats
    probability: Floats
    weight: Floats


def logistic_cuts(
    scores: Floats, above: Booleans, log_loss_ratio: float
) -> tuple[Floats, tuple[str, ...], Floats, dict[str, Floats]]:
    """Cuts, statuses, covariance and ``coefficients`` (n_cuts, 2); ``above`` (n_cuts, n_persons).

    A cut without a curve has NaN for coefficients and covariances.
    """
    fits = [_fit(scores, side, log_loss_ratio) for side in above]
    p = np.stack([fit.probability for fit in fits])
    w = np.stack([fit.weight for fit in fits])
    # Cov(y_j, y_k) = P(above both) − P_j P_k, and who is above the higher cut is above the lower one.
    joint = np.minimum(p[:, None], p[None]) - p[:, None] * p[None]
    covariance = np.einsum("jn,kn,jkn->jk", w, w, joint)
    return (
        np.array([fit.cut for fit in fits]),
        tuple(fit.status for fit in fits),
        covariance,
        {"coefficients": np.stack([fit.coefficients for fit in fits])},
    )


def _fit(scores: Floats, above: Booleans, log_loss_ratio: float) -> _Fit:
    # The slope has the sign of the difference of the means, because the likelihood is concave.
    if scores[above].mean() <= scores[~above].mean():
        return _without(scores.size, np.nan, "not_rising")
    lowest, highest = float(scores[above].min()), float(scores[~above].max())
    if lowest >= highest:  # complete or quasi-complete separation: β₁ would be infinite
        status = "separated" if lowest > highest else "touching"
        return _without(scores.size, (lowest + highest) / 2, status)
    centre, scale = float(scores.mean()), float(scores.std())
    design = np.stack([np.ones(scores.size), (scores - centre) / scale], axis=1)
    beta = _newton(design, above.astype(np.float64))
    cut = (log_loss_ratio - beta[0]) / beta[1]
    p = expit(design @ beta)
    information = (design * (p * (1 - p))[:, None]).T @ design
    gradient = -np.array([1.0, cut]) / beta[1] * scale  # of the cut on θ in the standardised coefficients
    slope = beta[1] / scale
    return _Fit(
        cut=centre + scale * cut,
        status="ok",
        coefficients=np.array([beta[0] - slope * centre, slope]),
        probability=p,
        weight=design @ np.linalg.solve(information, gradient),
    )


def _without(n_persons: int, cut: float, status: str) -> _Fit:
    """No curve, and no error of the cut."""
    nothing = np.full(n_persons, np.nan)
    return _Fit(cut=cut, status=status, coefficients=nothing[:2], probability=nothing, weight=nothing)


def _newton(design: Floats, y: Floats) -> Floats:
    """The maximum of the likelihood, which is concave and has one where the groups overlap."""
    beta = np.array([np.log(y.mean() / (1 - y.mean())), 0.0])
    value = _log_likelihood(design, y, beta)
    for _ in range(_STEPS):
        p = expit(design @ beta)
        information = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (y - p))
        for _ in range(_MOST_HALVINGS):
            found = _log_likelihood(design, y, beta + step)
            if found >= value:
                break
            step = step / 2
        beta, value = beta + step, found
        if np.abs(step).max() <= _CHANGE * max(float(np.abs(beta).max()), 1.0):
            break
    return beta


def _log_likelihood(design: Floats, y: Floats, beta: Floats) -> float:
    return float(log_expit(np.where(y > 0, 1.0, -1.0) * (design @ beta)).sum())
