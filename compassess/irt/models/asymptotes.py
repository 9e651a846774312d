"""The logistic model with a lower and an upper asymptote: 3PL and 4PL.

Letters: P = c + (d − c) σ(η), η = a θ + t = a (θ − b). Working parameters: (a, t, logit c) with
``upper=False``, (a, t, logit c, logit d) with ``upper=True``, so that any ξ is inside the domain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logit

from compassess.irt.models.base import Columns, Floats

__all__ = ["AsymptoteFamily"]


class AsymptoteFamily:
    """P(X = 1 | θ) = c + (d − c) σ(a θ + t), d = 1 for the three-parameter model.

    Limits: P → c and P → d; log P stays finite because c > 0 and 1 − P ≥ (1 − c)(1 − σ).
    With logit c → −∞ and d = 1 it is the two-parameter model.

    References
    ----------
    Birnbaum (1968), eq. 17.5; Barton & Lord (1981) for the upper asymptote.
    """

    def __init__(self, *, upper: bool) -> None:
        self._upper = upper

    def n_parameters(self, n_categories: int) -> int:
        """Slope, intercept and one or two asymptotes."""
        del n_categories
        return 4 if self._upper else 3

    def log_probability(self, xi: Floats, theta: Floats) -> Floats:
        """log (1 − P) and log P, shape (n_items, 2, n_nodes)."""
        log_up, log_down = self._log_parts(xi, theta)
        return np.stack([log_down, log_up], axis=1)

    def log_probability_gradient(self, xi: Floats, theta: Floats) -> Floats:
        """−∂P / (1 − P) and ∂P / P, shape (n_items, n_parameters, 2, n_nodes)."""
        log_up, log_down = self._log_parts(xi, theta)
        return np.stack([-self._first(xi, theta, log_down), self._first(xi, theta, log_up)], axis=2)

    def log_probability_hessian(self, xi: Floats, theta: Floats) -> Floats:
        """∂² P / P − ∂ log P ∂ log Pᵀ and the like for 1 − P."""
        log_up, log_down = self._log_parts(xi, theta)
        gradient = self.log_probability_gradient(xi, theta)
        bend = np.stack([-self._second(xi, theta, log_down), self._second(xi, theta, log_up)], axis=3)
        return np.asarray(bend - gradient[:, :, None] * gradient[:, None, :])

    def theta_derivatives(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """P′ = (d − c) a w, P″ = (d − c) a² w (1 − 2 σ), as derivatives of log P and log (1 − P)."""
        a, eta = self._parts(xi, theta)
        firsts, seconds = [], []
        log_up, log_down = self._log_parts(xi, theta)
        for sign, log_scale in ((-1.0, log_down), (1.0, log_up)):
            weight = sign * self._weight(xi, eta, log_scale)
            firsts.append(a * weight)
            seconds.append(a**2 * weight * -np.tanh(eta / 2) - (a * weight) ** 2)
        return np.stack(firsts, axis=1), np.stack(seconds, axis=1)

    def feasible(self, xi: Floats) -> NDArray[np.bool_]:
        """Finite, with the lower asymptote below the upper one."""
        finite = np.all(np.isfinite(xi), axis=1)
        return np.asarray(finite & (xi[:, 2] < xi[:, 3])) if self._upper else np.asarray(finite)

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """c = 0.15 (and d = 0.97), and the intercept that reproduces the proportion of right answers."""
        c, d = 0.15, 0.97 if self._upper else 1.0
        inner = np.clip((proportions[:, 1] - c) / (d - c), 0.02, 0.98)
        columns = [slope, logit(inner) * np.sqrt(1.0 + slope**2 / 2.89)]
        columns += [np.full(slope.size, logit(c))]
        columns += [np.full(slope.size, logit(d))] if self._upper else []
        return np.column_stack(columns)

    def mirrored(self, xi: Floats) -> Floats:
        """The slope with the other sign."""
        return np.column_stack([-xi[:, 0], xi[:, 1:]])

    def to_irt(self, xi: Floats) -> Columns:
        """a, b = −t / a, c and d."""
        upper = expit(xi[:, 3:4]) if self._upper else np.ones((len(xi), 1))
        return {"a": xi[:, :1].copy(), "b": -xi[:, 1:2] / xi[:, :1], "c": expit(xi[:, 2:3]), "d": upper}

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """∂b/∂a = t / a², ∂b/∂t = −1 / a, ∂c/∂ξ = c (1 − c); rows a, b, c, d."""
        jacobian = np.zeros((len(xi), 4, xi.shape[1]))
        jacobian[:, 0, 0] = 1.0
        jacobian[:, 1, 0] = xi[:, 1] / xi[:, 0] ** 2
        jacobian[:, 1, 1] = -1.0 / xi[:, 0]
        jacobian[:, 2, 2] = expit(xi[:, 2]) * expit(-xi[:, 2])
        if self._upper:
            jacobian[:, 3, 3] = expit(xi[:, 3]) * expit(-xi[:, 3])
        return jacobian

    def from_irt(self, columns: Columns) -> Floats:
        """t = −a b, and logits of the asymptotes; c = 0 and d = 1 become ∓∞ kept finite at 1e-12."""
        lowest = 1e-12
        parts = [columns["a"], -columns["a"] * columns["b"], logit(np.clip(columns["c"], lowest, None))]
        parts += [logit(np.clip(columns["d"], None, 1 - lowest))] if self._upper else []
        return np.column_stack(parts)

    def _parts(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """a, (n_items, 1), and η, (n_items, n_nodes)."""
        a, t = xi[:, :1], xi[:, 1:2]
        return a, a * theta + t

    def _log_parts(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """log P and log (1 − P), each as a sum of positive terms: nothing cancels.

        P = c σ(−η) + d σ(η), 1 − P = (1 − c) σ(−η) + (1 − d) σ(η).
        """
        _, eta = self._parts(xi, theta)
        log_c, log_not_c = log_expit(xi[:, 2:3]), log_expit(-xi[:, 2:3])
        high, low = log_expit(eta), log_expit(-eta)
        if not self._upper:
            return np.logaddexp(log_c + low, high), log_not_c + low
        log_d, log_not_d = log_expit(xi[:, 3:4]), log_expit(-xi[:, 3:4])
        return np.logaddexp(log_c + low, log_d + high), np.logaddexp(log_not_c + low, log_not_d + high)

    def _weight(self, xi: Floats, eta: Floats, log_scale: Floats) -> Floats:
        """(d − c) σ(η) σ(−η) / exp(log_scale), with d − c = d (1 − c) (1 − exp(logit c − logit d)).

        One exponential: where c and 1 − d vanish, factors alone would be 0 · ∞. The ratio is at most 1.
        """
        log_weight = log_expit(-xi[:, 2:3]) + log_expit(eta) + log_expit(-eta) - log_scale
        if not self._upper:
            return np.asarray(np.exp(log_weight))
        # Where c > d, outside the domain, the difference is negative; exp(700) is no overflow yet.
        share = -np.expm1(np.minimum(xi[:, 2:3] - xi[:, 3:4], 700.0))
        return np.asarray(share * np.exp(log_weight + log_expit(xi[:, 3:4])))

    def _first(self, xi: Floats, theta: Floats, log_scale: Floats) -> Floats:
        """∂P / ∂ξ divided by exp(log_scale), (n_items, n_parameters, n_nodes); nothing overflows."""
        _, eta = self._parts(xi, theta)
        weight = self._weight(xi, eta, log_scale)
        rows = [theta * weight, weight, np.exp(_log_variance(xi[:, 2:3]) + log_expit(-eta) - log_scale)]
        rows += [np.exp(_log_variance(xi[:, 3:4]) + log_expit(eta) - log_scale)] if self._upper else []
        return np.stack(np.broadcast_arrays(*rows), axis=1)

    def _second(self, xi: Floats, theta: Floats, log_scale: Floats) -> Floats:
        """∂² P / ∂ξ ∂ξᵀ divided likewise, (n_items, n_parameters, n_parameters, n_nodes)."""
        _, eta = self._parts(xi, theta)
        high, low = log_expit(eta), log_expit(-eta)
        bend = self._weight(xi, eta, log_scale) * -np.tanh(eta / 2)
        n = xi.shape[1]
        second = np.zeros((len(xi), n, n, theta.size))
        second[:, 0, 0], second[:, 1, 1] = theta**2 * bend, bend
        second[:, 0, 1] = second[:, 1, 0] = theta * bend
        for place, sign, side in ((2, -1.0, low), (3, 1.0, high))[: n - 2]:
            spread = _log_variance(xi[:, place : place + 1])
            mixed = sign * np.exp(spread + high + low - log_scale)
            second[:, 0, place] = second[:, place, 0] = theta * mixed
            second[:, 1, place] = second[:, place, 1] = mixed
            # 1 − 2 σ(x) = −tanh(x / 2).
            second[:, place, place] = -np.tanh(xi[:, place : place + 1] / 2) * np.exp(
                spread + side - log_scale
            )
        return second


def _log_variance(logits: Floats) -> Floats:
    """log c (1 − c) of logit c: c moves by so much a unit of its logit."""
    return np.asarray(log_expit(logits) + log_expit(-logits))
