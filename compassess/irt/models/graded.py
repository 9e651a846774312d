"""Samejima's graded response model; with two categories it is the two-parameter logistic model.

Letters: η_k = a θ + d_k = a (θ − b_k), the log-odds of reaching category k (k = 1 … K − 1);
σ(x) = 1 / (1 + exp(−x)); S_k = σ(η_k), S_0 = 1, S_K = 0. Working parameters: (a, d_1 … d_{K−1}).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, logit

from compassess.irt.models.base import Columns, Floats

__all__ = ["GradedFamily"]


class GradedFamily:
    """P(X = k) = S_k − S_{k+1}, S_k = σ(a θ + d_k), with d_1 > d_2 > … > d_{K−1}.

    Domain: θ and a any real number; intercepts strictly decreasing.
    Units: a per unit of θ, d in logits. Limits: log P stays finite for |η| up to 1e308, because the
    difference of two logistic functions is written as a product (see :func:`_log_probability`).

    References
    ----------
    Samejima (1969), Psychometrika Monograph 17, ch. 4; Birnbaum (1968), eq. 17.3 for K = 2.
    """

    def n_parameters(self, n_categories: int) -> int:
        """One slope and K − 1 intercepts."""
        return n_categories

    def log_probability(self, xi: Floats, theta: Floats) -> Floats:
        """log P(X = k | θ), shape (n_items, K, n_nodes)."""
        return _log_probability(*_boundaries(xi, theta))

    def log_probability_gradient(self, xi: Floats, theta: Floats) -> Floats:
        """∂ log P_k / ∂ (a, d_1 …), shape (n_items, K, K, n_nodes); parameters on axis 1.

        With w_k = S_k (1 − S_k): ∂P_k/∂d_k = w_k, ∂P_k/∂d_{k+1} = −w_{k+1},
        ∂P_k/∂a = θ (w_k − w_{k+1}).
        """
        upper, lower = _boundary_ratios(xi, theta)
        n_items, n_parameters = xi.shape
        gradient = np.zeros((n_items, n_parameters, n_parameters, theta.size))
        for k in range(1, n_parameters):
            gradient[:, k, k] = upper[:, k]
            gradient[:, k, k - 1] = -lower[:, k - 1]
        gradient[:, 0] = theta * (upper - lower)
        return gradient

    def log_probability_hessian(self, xi: Floats, theta: Floats) -> Floats:
        """∂² log P_k / ∂ξ ∂ξᵀ, (n_items, K, K, K, n_nodes), parameters on axes 1 and 2.

        With S″ = w (1 − 2 S): ∂² P_k / ∂η² is w_k (1 − 2 S_k) at the lower and −w_{k+1} (1 − 2 S_{k+1})
        at the upper boundary, nothing mixed; then ∂² log P = ∂² P / P − ∂ log P ∂ log Pᵀ.
        """
        upper, lower = _boundary_ratios(xi, theta)
        reached, passed = _boundaries(xi, theta)
        bend_upper = upper * -np.tanh(reached / 2)  # 1 − 2 σ(x) = −tanh(x / 2)
        bend_lower = lower * -np.tanh(passed / 2)
        n_items, n_parameters = xi.shape
        second = np.zeros((n_items, n_parameters, n_parameters, n_parameters, theta.size))
        for k in range(1, n_parameters):
            second[:, k, k, k] = bend_upper[:, k]
            second[:, k, k, k - 1] = -bend_lower[:, k - 1]
            second[:, 0, k] = second[:, k, 0] = theta * second[:, k, k]
        second[:, 0, 0] = theta**2 * (bend_upper - bend_lower)
        gradient = self.log_probability_gradient(xi, theta)
        return np.asarray(second - gradient[:, :, None] * gradient[:, None, :])

    def theta_derivatives(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """a (w_k − w_{k+1}) / P_k, and its derivative in θ, (n_items, K, n_nodes) each."""
        upper, lower = _boundary_ratios(xi, theta)
        reached, passed = _boundaries(xi, theta)
        slope = xi[:, :1, None]
        first = slope * (upper - lower)
        bend = upper * -np.tanh(reached / 2) - lower * -np.tanh(passed / 2)
        return first, slope**2 * bend - first**2

    def feasible(self, xi: Floats) -> NDArray[np.bool_]:
        """Finite, with strictly decreasing intercepts."""
        ordered = np.all(np.diff(xi[:, 1:], axis=1) < 0, axis=1)
        return np.asarray(ordered & np.all(np.isfinite(xi), axis=1))

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """Intercepts that reproduce the marginal proportions under θ ~ N(0, 1), approximately.

        logit P(X ≥ k) = d_k / √(1 + a² / 2.89): the normal-ogive attenuation, 1.7² = 2.89.
        """
        at_least = 1.0 - np.cumsum(proportions, axis=1)[:, :-1]
        attenuation = np.sqrt(1.0 + slope**2 / 2.89)
        return np.column_stack([slope, logit(at_least) * attenuation[:, None]])

    def mirrored(self, xi: Floats) -> Floats:
        """The slope with the other sign; intercepts stay."""
        return np.column_stack([-xi[:, 0], xi[:, 1:]])

    def to_irt(self, xi: Floats) -> Columns:
        """A slope a, and b_k = −d_k / a."""
        return {"a": xi[:, :1].copy(), "b": -xi[:, 1:] / xi[:, :1]}

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """∂b_k/∂a = d_k / a², ∂b_k/∂d_k = −1 / a."""
        n_items, n_parameters = xi.shape
        jacobian = np.zeros((n_items, n_parameters, n_parameters))
        jacobian[:, 0, 0] = 1.0
        jacobian[:, 1:, 0] = xi[:, 1:] / xi[:, :1] ** 2
        places = np.arange(1, n_parameters)
        jacobian[:, places, places] = -1.0 / xi[:, :1]
        return jacobian

    def from_irt(self, columns: Columns) -> Floats:
        """d_k = −a b_k."""
        return np.column_stack([columns["a"], -columns["a"] * columns["b"]])


def _boundaries(xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """η at the lower and the upper boundary of every category, (n_items, K, n_nodes).

    The outermost boundaries are ±∞: everybody reaches category 0, nobody reaches category K.
    """
    inner = xi[:, :1, None] * theta + xi[:, 1:, None]
    edge = np.full((xi.shape[0], 1, theta.size), np.inf)
    return np.concatenate([edge, inner], axis=1), np.concatenate([inner, -edge], axis=1)


def _log_probability(reached: Floats, passed: Floats) -> Floats:
    """log (σ(x) − σ(y)) = log σ(x) + log σ(−y) + log (1 − exp(y − x)), for x > y.

    The product form keeps all digits where both functions are near 0 or near 1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(-np.expm1(passed - reached))
        return np.asarray(log_expit(reached) + log_expit(-passed) + gap, dtype=np.float64)


def _boundary_ratios(xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """w / P at the lower and the upper boundary of each category, (n_items, K, n_nodes) each."""
    reached, passed = _boundaries(xi, theta)
    log_p = _log_probability(reached, passed)
    upper = np.exp(log_expit(reached) + log_expit(-reached) - log_p)
    lower = np.exp(log_expit(passed) + log_expit(-passed) - log_p)
    return upper, lower
