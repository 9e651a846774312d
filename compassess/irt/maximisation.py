"""The M-steps: item parameters, loadings and correlations that fit the expected counts best."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from compassess.irt.models import Floats, ResponseModel

__all__ = ["fitted_correlation", "fitted_items", "fitted_loading", "fitted_moments", "least_eigenvalue"]

_INNER_STEPS: Final = 4  # scoring steps an M-step; more would outrun the E-step's news
_HALVINGS: Final = 30
_RIDGE: Final = 1e-10  # relative; keeps an item with almost no information solvable


def fitted_items(
    model: ResponseModel, xi: Floats, counts: Floats, theta: Floats, *, tolerance: float = 1e-9
) -> Floats:
    """Maximise Σ_kq r_kq log P_k(θ_q) for each item by Fisher scoring with step halving.

    Parameters
    ----------
    xi : starting values, (n_items, n_parameters).
    counts : expected answers r, (n_items, K, n_nodes).
    theta : nodes, (n_nodes,).
    tolerance : stop when no parameter moved by more.

    The objective never decreases: a step is halved until it does not, or given up.
    """
    value = _objective(model, xi, counts, theta)
    for _ in range(_INNER_STEPS):
        step = _scoring_step(model, xi, counts, theta)
        xi, value, moved = _ascend(model, xi, value, step, counts, theta)
        if moved <= tolerance:
            break
    return xi


def _scoring_step(model: ResponseModel, xi: Floats, counts: Floats, theta: Floats) -> Floats:
    """I⁻¹ g with the expected information I = Σ_q N_q Σ_k P_k s_k s_kᵀ, (n_items, n_parameters)."""
    n_items, n_parameters = xi.shape
    scores = model.log_probability_gradient(xi, theta)
    gradient = np.einsum("jpkq,jkq->jp", scores, counts)
    probability = np.exp(model.log_probability(xi, theta))
    weighted = scores * np.sqrt(probability * counts.sum(axis=1)[:, None])[:, None]
    flat = weighted.reshape(n_items, n_parameters, -1)
    information = flat @ flat.transpose(0, 2, 1)
    diagonal = np.einsum("jpp->jp", information)
    diagonal += _RIDGE * (diagonal + 1.0)
    return np.asarray(np.linalg.solve(information, gradient[..., None])[..., 0])


def _ascend(
    model: ResponseModel, xi: Floats, value: Floats, step: Floats, counts: Floats, theta: Floats
) -> tuple[Floats, Floats, float]:
    """Take each item's step, halved until its objective does not fall; how far the longest went."""
    length = np.ones(xi.shape[0])
    result, best = xi.copy(), value.copy()
    open_items = np.arange(xi.shape[0])
    for _ in range(_HALVINGS):
        trial = xi[open_items] + length[open_items, None] * step[open_items]
        inside = model.feasible(trial)
        trial_value = np.full(open_items.size, -np.inf)
        if inside.any():
            chosen = open_items[inside]
            trial_value[inside] = _objective(model, trial[inside], counts[chosen], theta)
        slack = 1e-12 * np.abs(value[open_items])
        good = trial_value >= value[open_items] - slack
        result[open_items[good]] = trial[good]
        best[open_items[good]] = trial_value[good]
        open_items = open_items[~good]
        if open_items.size == 0:
            break
        length[open_items] /= 2
    return result, best, float(np.abs(result - xi).max(initial=0.0))


def _objective(model: ResponseModel, xi: Floats, counts: Floats, theta: Floats) -> Floats:
    """Σ_kq r_kq log P_k(θ_q), (n_items,)."""
    return np.asarray(np.einsum("jkq,jkq->j", counts, model.log_probability(xi, theta)))


def fitted_loading(pairs: Floats, theta: Floats, bound: float) -> float:
    """λ that maximises the expected log-density of θ_c given θ_b, both standard normal.

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


def fitted_correlation(joint: Floats, theta: Floats, start: Floats) -> Floats:
    """R that maximises −½ (log |R| + tr R⁻¹ S) over correlation matrices, S the mean products.

    The rows of a Cholesky factor are normalised, so that every trial is a correlation matrix; for two
    blocks this is :func:`fitted_loading`'s equation in another form. Where blocks measure the same, S
    is kept as far from singular as the grid resolves (:func:`least_eigenvalue`).
    """
    second = _resolved(_mean_products(joint, theta), theta)
    n_blocks = second.shape[0]
    if n_blocks == 1:
        return np.eye(1)
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


def fitted_moments(joint: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of a group with free moments: those of its expected masses.

    The spread of a group of very few persons runs to 0; it stops where the grid stops resolving it.
    """
    n_blocks, total = joint.ndim, joint.sum()
    mean = np.array(
        [
            joint.sum(axis=tuple(axis for axis in range(n_blocks) if axis != block)) @ theta / total
            for block in range(n_blocks)
        ]
    )
    return mean, _resolved(_mean_products(joint, theta) - np.outer(mean, mean), theta)


def least_eigenvalue(theta: Floats) -> float:
    """The least eigenvalue of R that nodes with spacing h resolve, ½ (h / 1.5)².

    For two blocks that is a conditional SD of h / 1.5, the bound of λ as well.
    """
    return float(0.5 * ((theta[1] - theta[0]) / 1.5) ** 2)


def _resolved(covariance: Floats, theta: Floats) -> Floats:
    """The covariance, widened in all directions until its least eigenvalue is one that the grid resolves."""
    lacking = least_eigenvalue(theta) - float(np.linalg.eigvalsh(covariance)[0])
    return np.asarray(covariance + max(lacking, 0.0) * np.eye(len(covariance)))


def _mean_products(joint: Floats, theta: Floats) -> NDArray[np.float64]:
    """S = E(θ θᵀ) under the masses of the joint grid, (n_blocks, n_blocks)."""
    n_blocks = joint.ndim
    total = joint.sum()
    products = np.empty((n_blocks, n_blocks))
    for i in range(n_blocks):
        for j in range(i, n_blocks):
            others = tuple(axis for axis in range(n_blocks) if axis not in (i, j))
            table = joint.sum(axis=others)
            value = table @ theta**2 if i == j else theta @ table @ theta
            products[i, j] = products[j, i] = value / total
    return products
