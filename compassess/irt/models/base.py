"""What a response model is: the mathematics of one family, for many items of one shape at once.

Working parameters ``xi`` are in slope-intercept form, where the likelihood is smooth and well
conditioned; ``to_irt`` and ``from_irt`` translate to the IRT metric ``a``, ``b`` (D = 1) at the
border. A leaf file holds only these formulas; checks and loops stand elsewhere.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "ResponseModel"]

Floats = NDArray[np.float64]


class ResponseModel(Protocol):
    """A family of models for items with K categories, codes 0 … K − 1.

    Shapes: ``xi`` is (n_items, n_parameters(K)), ``theta`` is (n_nodes,).
    """

    def admits(self, n_categories: int) -> bool:
        """Whether an item with that many categories can follow the model."""

    def n_parameters(self, n_categories: int) -> int:
        """Number of working parameters of an item."""

    def log_probability(self, xi: Floats, theta: Floats) -> Floats:
        """log P(X = k | θ), shape (n_items, K, n_nodes)."""

    def log_probability_gradient(self, xi: Floats, theta: Floats) -> Floats:
        """∂ log P(X = k | θ) / ∂ xi_p, shape (n_items, n_parameters, K, n_nodes)."""

    def information(self, xi: Floats, theta: Floats) -> Floats:
        """Fisher information about θ, shape (n_items, n_nodes)."""

    def feasible(self, xi: Floats) -> NDArray[np.bool_]:
        """Which items have parameters inside the model's domain, shape (n_items,)."""

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """Working parameters to start from: category proportions (n_items, K), slopes (n_items,)."""

    def to_irt(self, xi: Floats) -> tuple[Floats, Floats]:
        """Slopes (n_items,) and thresholds (n_items, K − 1) in the IRT metric."""

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """∂ (a, b_1 …) / ∂ xi, shape (n_items, n_parameters, n_parameters)."""

    def from_irt(self, a: Floats, b: Floats) -> Floats:
        """The inverse of :meth:`to_irt`."""
