"""The M-steps of the population: λ, R, means and variances that fit the expected masses best."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from compassess.irt.estimation.joint_masses import about, first_moments, mean_products
from compassess.irt.models import Floats

__all__ = ["fitted_loading", "fitted_population", "least_eigenvalue"]

_ALTERNATIONS: Final = 20  # between means, R and the free variances; each converges in a few


def fitted_loading(pairs: Floats, theta: Floats, bound: float) -> float:
    """λ that maximises the expected log-density of θ_c given θ_b, N(λ θ_b, 1 − λ²).

    With mean products s_cc, s_cb, s_bb the stationary points solve
    λ³ − s_cb λ² + (s_cc + s_bb − 1) λ − s_cb = 0; the best real one within ±``bound`` is taken.
    """
    total = pairs.sum()
    s_cc = float(pairs.sum(axis=1) @ theta**2 / total)
    s_bb = float(pairs.sum(axis=0) @ theta**2 / total)
    s_cb = float(theta @ pairs @ theta / total)
    roots = np.roots([1.0, -s_cb, s_cc + s_bb - 1.0, -s_cb])
    real = roots.real[np.abs(roots.imag) < 1e-9]
    candidates = np.clip(np.append(real, [-bound, bound]), -bound, bound)
    rest = 1.0 - candidates**2
    value = -0.5 * np.log(rest) - (s_cc - 2 * candidates * s_cb + candidates**2 * s_bb) / (2 * rest)
    return float(candidates[np.argmax(value)])


def fitted_population(
    joint: Floats,
    theta: Floats,
    mean: Floats,
    covariance: Floats,
    free_mean: NDArray[np.bool_],
    free_variance: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Mean and covariance that maximise −½ (log |Σ| + tr Σ⁻¹ E(θ − μ)(θ − μ)ᵀ) over what is free.

    ``mean`` and ``covariance`` are where it starts; they hold what is not free: means, and variances, under
    which correlations are free all the same. Where everything is free these are the masses' own moments;
    with fixed variances R is fitted to the products; a mixture alternates. The spread of a group of very few
    persons runs to 0, and blocks that measure the same to a singular R: both stop where the grid stops
    resolving them (:func:`least_eigenvalue`).
    """
    first, products = first_moments(joint, theta), mean_products(joint, theta)
    if free_mean.all() and free_variance.all():
        return first, _resolved(products - np.outer(first, first), theta)
    mean, covariance = mean.copy(), covariance.copy()
    rounds = _ALTERNATIONS if free_mean.any() or free_variance.any() else 1
    for _ in range(rounds):
        mean = _fitted_means(first, mean, covariance, free_mean)
        following = _fitted_covariance(about(mean, first, products), theta, covariance, free_variance)
        moved = float(np.abs(following - covariance).max())
        covariance = following
        if moved < 1e-10:
            break
    return mean, covariance


def _fitted_means(first: Floats, mean: Floats, covariance: Floats, free: NDArray[np.bool_]) -> Floats:
    """The free means given Σ: μ_F = m_F − Σ_FG Σ_GG⁻¹ (m_G − μ_G)."""
    result = mean.copy()
    given = ~free
    shift = np.linalg.solve(covariance[np.ix_(given, given)], (first - mean)[given])
    result[free] = first[free] - covariance[np.ix_(free, given)] @ shift
    return result


def _fitted_covariance(
    products: Floats, theta: Floats, start: Floats, free_variance: NDArray[np.bool_]
) -> Floats:
    """Σ for mean products about the mean.

    sd_b of a free block given R scales the nodes of that block, and R is fitted to the scaled products.
    """
    if free_variance.all():
        return _resolved(products, theta)
    scale = np.sqrt(np.diag(start))
    scale = np.where(free_variance, np.sqrt(np.diag(products)), scale)
    correlation = start / np.sqrt(np.outer(np.diag(start), np.diag(start)))
    for _ in range(_ALTERNATIONS if free_variance.any() else 1):
        before = correlation * np.outer(scale, scale)
        correlation = _fitted_correlation(products / np.outer(scale, scale), theta, correlation)
        inverse = np.linalg.inv(correlation)
        for block in np.flatnonzero(free_variance):
            # d/ds of -log s - (k_bb S_bb / s² + 2 Σ_j k_bj S_bj / (s s_j)) / 2 = 0, a quadratic in s.
            cross = sum(
                inverse[block, j] * products[block, j] / scale[j] for j in range(len(scale)) if j != block
            )
            own = inverse[block, block] * products[block, block]
            scale[block] = (cross + np.sqrt(cross**2 + 4 * own)) / 2
        if np.abs(correlation * np.outer(scale, scale) - before).max() < 1e-12:
            break
    return np.asarray(correlation * np.outer(scale, scale))


def _fitted_correlation(products: Floats, theta: Floats, start: Floats) -> Floats:
    """R that maximises −½ (log |R| + tr R⁻¹ S) over correlation matrices.

    The rows of a Cholesky factor are normalised, so that every trial is a correlation matrix.
    """
    n_blocks = products.shape[0]
    if n_blocks == 1:
        return np.eye(1)
    second = _resolved(products, theta)
    below = np.tril_indices(n_blocks, -1)

    def correlation(free: Floats) -> tuple[Floats, Floats, Floats]:
        factor = np.eye(n_blocks)
        factor[below] = free
        norms = np.linalg.norm(factor, axis=1)
        unit = factor / norms[:, None]
        return unit @ unit.T, unit, norms

    def objective(free: Floats) -> tuple[float, Floats]:
        r, unit, norms = correlation(free)
        inverse = np.linalg.inv(r)
        value = 0.5 * (np.linalg.slogdet(r)[1] + np.trace(inverse @ second))
        slope = (inverse - inverse @ second @ inverse) @ unit
        slope -= np.einsum("ij,ij->i", slope, unit)[:, None] * unit
        return float(value), (slope / norms[:, None])[below]

    lower = np.linalg.cholesky(start)
    lower /= np.diag(lower)[:, None]
    fit = optimize.minimize(objective, lower[below], jac=True, method="BFGS", options={"gtol": 1e-10})
    return correlation(fit.x)[0]


def least_eigenvalue(theta: Floats) -> float:
    """The least eigenvalue of R that nodes with spacing h resolve, ½ (h / 1.5)².

    For two blocks that is a conditional SD of h / 1.5, the bound of λ as well.
    """
    return float(0.5 * ((theta[1] - theta[0]) / 1.5) ** 2)


def _resolved(covariance: Floats, theta: Floats) -> Floats:
    """The covariance, widened in all directions until its least eigenvalue is one that the grid resolves."""
    lacking = least_eigenvalue(theta) - float(np.linalg.eigvalsh(covariance)[0])
    return np.asarray(covariance + max(lacking, 0.0) * np.eye(len(covariance)))
