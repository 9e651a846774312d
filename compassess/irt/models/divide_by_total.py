"""Models whose categories share one sum: the generalised partial credit model and the nominal model.

P(X = k | θ) = exp(z_k) / Σ_j exp(z_j), z_k = s_k θ + t_k, with z linear in the working parameters:
then ∂ log P_k / ∂ξ = ∂z_k / ∂ξ − Σ_j P_j ∂z_j / ∂ξ, and the second derivative is −Cov(∂z / ∂ξ)
whatever the category.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from compassess.irt.models.base import Columns, Floats

__all__ = ["NominalFamily", "PartialCreditFamily"]


class _DivideByTotal:
    """What both families share; a leaf says how slopes and intercepts hang on ξ.

    ``_scores(K)`` (K, n_parameters): ∂ s_k / ∂ ξ; ``_offsets(K)`` likewise ∂ t_k / ∂ ξ.
    """

    def _scores(self, n_categories: int) -> Floats:
        raise NotImplementedError

    def _offsets(self, n_categories: int) -> Floats:
        raise NotImplementedError

    def _categories(self, xi: Floats) -> int:
        raise NotImplementedError

    def log_probability(self, xi: Floats, theta: Floats) -> Floats:
        """log P(X = k | θ), shape (n_items, K, n_nodes)."""
        k = self._categories(xi)
        slopes, intercepts = xi @ self._scores(k).T, xi @ self._offsets(k).T
        return np.asarray(log_softmax(slopes[:, :, None] * theta + intercepts[:, :, None], axis=1))

    def log_probability_gradient(self, xi: Floats, theta: Floats) -> Floats:
        """∂z_k − Σ_j P_j ∂z_j, shape (n_items, n_parameters, K, n_nodes)."""
        design = self._design(xi, theta)
        probability = np.exp(self.log_probability(xi, theta))
        mean = np.einsum("pkq,jkq->jpq", design, probability)
        return np.asarray(design - mean[:, :, None])

    def log_probability_hessian(self, xi: Floats, theta: Floats) -> Floats:
        """−Cov(∂z), the same for every category, (n_items, n_parameters, n_parameters, K, n_nodes)."""
        design = self._design(xi, theta)
        probability = np.exp(self.log_probability(xi, theta))
        mean = np.einsum("pkq,jkq->jpq", design, probability)
        second = np.einsum("pkq,rkq,jkq->jprq", design, design, probability)
        covariance = second - mean[:, :, None] * mean[:, None]
        k = probability.shape[1]
        return np.repeat(-covariance[:, :, :, None], k, axis=3)

    def theta_derivatives(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """s_k − E s and −Var s, (n_items, K, n_nodes) each."""
        slopes = xi @ self._scores(self._categories(xi)).T
        probability = np.exp(self.log_probability(xi, theta))
        mean = np.einsum("jk,jkq->jq", slopes, probability)
        first = slopes[:, :, None] - mean[:, None]
        variance = np.einsum("jkq,jkq->jq", first**2, probability)
        return first, np.repeat(-variance[:, None], slopes.shape[1], axis=1)

    def feasible(self, xi: Floats) -> NDArray[np.bool_]:
        """Any finite parameters."""
        return np.asarray(np.all(np.isfinite(xi), axis=1))

    def _design(self, xi: Floats, theta: Floats) -> Floats:
        """∂ z_k / ∂ ξ_p at every node, (n_parameters, K, n_nodes)."""
        k = self._categories(xi)
        return self._scores(k).T[:, :, None] * theta + self._offsets(k).T[:, :, None]


class PartialCreditFamily(_DivideByTotal):
    """The generalised partial credit model: z_k = k a θ + t_k, t_k = −a Σ_{v ≤ k} b_v, t_0 = 0.

    ξ = (a, t_1 … t_{K−1}). Step parameters b_v need no order; a < 0 is possible.

    References
    ----------
    Muraki (1992), Applied Psychological Measurement 16, eq. 6; Masters (1982) for a = 1.
    """

    def n_parameters(self, n_categories: int) -> int:
        """One slope and K − 1 intercepts."""
        return n_categories

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """t_k from the log-odds of category k against 0 at θ = 0; slopes halved for K > 2.

        A category more is a step further on θ, so that many categories make steep items of weak slope.
        """
        n_categories = proportions.shape[1]
        log_odds = np.log(proportions[:, 1:] / proportions[:, :1])
        return np.column_stack([slope / max(n_categories - 1, 1) ** 0.5, log_odds])

    def mirrored(self, xi: Floats) -> Floats:
        """The slope with the other sign; intercepts stay."""
        return np.column_stack([-xi[:, 0], xi[:, 1:]])

    def to_irt(self, xi: Floats) -> Columns:
        """A slope a, and b_v = (t_{v−1} − t_v) / a."""
        steps = np.diff(xi[:, 1:], axis=1, prepend=0.0)
        return {"a": xi[:, :1].copy(), "b": -steps / xi[:, :1]}

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """∂b_v/∂a = (t_v − t_{v−1}) / a², ∂b_v/∂t_v = −1 / a, ∂b_v/∂t_{v−1} = 1 / a."""
        n_items, n_parameters = xi.shape
        jacobian = np.zeros((n_items, n_parameters, n_parameters))
        jacobian[:, 0, 0] = 1.0
        jacobian[:, 1:, 0] = np.diff(xi[:, 1:], axis=1, prepend=0.0) / xi[:, :1] ** 2
        places = np.arange(1, n_parameters)
        jacobian[:, places, places] = -1.0 / xi[:, :1]
        jacobian[:, places[1:], places[:-1]] = 1.0 / xi[:, :1]
        return jacobian

    def from_irt(self, columns: Columns) -> Floats:
        """t_k = −a Σ_{v ≤ k} b_v."""
        return np.column_stack([columns["a"], -columns["a"] * np.cumsum(columns["b"], axis=1)])

    def _categories(self, xi: Floats) -> int:
        return xi.shape[1]

    def _scores(self, n_categories: int) -> Floats:
        scores = np.zeros((n_categories, n_categories))
        scores[:, 0] = np.arange(n_categories)
        return scores

    def _offsets(self, n_categories: int) -> Floats:
        offsets = np.eye(n_categories)
        offsets[0, 0] = 0.0
        return offsets


class NominalFamily(_DivideByTotal):
    """Bock's nominal model: z_k = a_k θ + c_k, Σ a_k = Σ c_k = 0.

    ξ = (a_1 − a_0, … , a_{K−1} − a_0, c_1 − c_0, … , c_{K−1} − c_0). Categories need no order.

    References
    ----------
    Bock (1972), Psychometrika 37, eq. 2.
    """

    def n_parameters(self, n_categories: int) -> int:
        """K − 1 slope and K − 1 intercept differences."""
        return 2 * (n_categories - 1)

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """Slopes that rise evenly with the category, intercepts from log-odds against category 0."""
        n_categories = proportions.shape[1]
        rising = np.arange(1, n_categories) / (n_categories - 1)
        return np.column_stack([slope[:, None] * rising, np.log(proportions[:, 1:] / proportions[:, :1])])

    def mirrored(self, xi: Floats) -> Floats:
        """Slope differences with the other sign."""
        half = xi.shape[1] // 2
        return np.column_stack([-xi[:, :half], xi[:, half:]])

    def to_irt(self, xi: Floats) -> Columns:
        """Slopes and intercepts of all categories, each summing to 0, (n_items, K)."""
        k = self._categories(xi)
        return {"slopes": xi[:, : k - 1] @ _centring(k).T, "intercepts": xi[:, k - 1 :] @ _centring(k).T}

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """The centring of both halves, whatever ξ."""
        k = self._categories(xi)
        block = np.kron(np.eye(2), _centring(k))
        return np.repeat(block[None], xi.shape[0], axis=0)

    def from_irt(self, columns: Columns) -> Floats:
        """Differences from category 0."""
        slopes, intercepts = columns["slopes"], columns["intercepts"]
        return np.column_stack([slopes[:, 1:] - slopes[:, :1], intercepts[:, 1:] - intercepts[:, :1]])

    def _categories(self, xi: Floats) -> int:
        return xi.shape[1] // 2 + 1

    def _scores(self, n_categories: int) -> Floats:
        return np.column_stack([_from_zero(n_categories), np.zeros((n_categories, n_categories - 1))])

    def _offsets(self, n_categories: int) -> Floats:
        return np.column_stack([np.zeros((n_categories, n_categories - 1)), _from_zero(n_categories)])


def _from_zero(n_categories: int) -> Floats:
    """Values by category from differences to category 0, (K, K − 1)."""
    return np.vstack([np.zeros(n_categories - 1), np.eye(n_categories - 1)])


def _centring(n_categories: int) -> Floats:
    """Values that sum to 0 from differences to category 0, (K, K − 1)."""
    return _from_zero(n_categories) - 1.0 / n_categories
