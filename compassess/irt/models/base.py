"""What a family of response models is, and how a named model narrows it down.

Working parameters ξ are in slope-intercept form, where the likelihood is smooth and well conditioned;
``to_irt`` and ``from_irt`` translate to the IRT metric (D = 1) at the border. A leaf file holds only
formulas; checks, loops and constraints stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "Family", "Floats", "Form", "ResponseModel", "free_form"]

Floats = NDArray[np.float64]
#: IRT parameters by name, each (n_items, width): "a", "b", "c", "d", "slopes", "intercepts".
Columns = Mapping[str, Floats]


class Family(Protocol):
    """The mathematics of items with K categories, codes 0 … K − 1.

    Shapes: ``xi`` is (n_items, n_parameters(K)), ``theta`` is (n_nodes,).
    """

    def n_parameters(self, n_categories: int) -> int:
        """Number of working parameters of an item."""

    def log_probability(self, xi: Floats, theta: Floats) -> Floats:
        """log P(X = k | θ), shape (n_items, K, n_nodes)."""

    def log_probability_gradient(self, xi: Floats, theta: Floats) -> Floats:
        """∂ log P(X = k | θ) / ∂ ξ_p, shape (n_items, n_parameters, K, n_nodes)."""

    def log_probability_hessian(self, xi: Floats, theta: Floats) -> Floats:
        """∂² log P / ∂ ξ_p ∂ ξ_r, shape (n_items, n_parameters, n_parameters, K, n_nodes)."""

    def theta_derivatives(self, xi: Floats, theta: Floats) -> tuple[Floats, Floats]:
        """∂ log P / ∂θ and ∂² log P / ∂θ², shape (n_items, K, n_nodes) each."""

    def feasible(self, xi: Floats) -> NDArray[np.bool_]:
        """Which items have parameters inside the family's domain, shape (n_items,)."""

    def start(self, proportions: Floats, slope: Floats) -> Floats:
        """Working parameters to start from: category proportions (n_items, K), slopes (n_items,)."""

    def mirrored(self, xi: Floats) -> Floats:
        """Working parameters of the same items when θ is turned into −θ."""

    def to_irt(self, xi: Floats) -> Columns:
        """Parameters in the IRT metric."""

    def to_irt_jacobian(self, xi: Floats) -> Floats:
        """∂ IRT / ∂ ξ, columns of :meth:`to_irt` in order, (n_items, n_irt, n_parameters)."""

    def from_irt(self, columns: Columns) -> Floats:
        """The inverse of :meth:`to_irt`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """What of ξ is free in an item of a model: ξ = offset + own · β + (σ where it is shared).

    ``offset`` (n_parameters,); ``own`` (n_parameters, n_own), β of the item alone; ``shared``
    (n_parameters,), for each working parameter the index of a σ that all items of the model have in common
    and that is added to it, −1 for none.
    """

    offset: Floats
    own: Floats
    shared: NDArray[np.intp]


def free_form(n_parameters: int) -> Form:
    """Every working parameter of every item is free."""
    return Form(
        offset=np.zeros(n_parameters),
        own=np.eye(n_parameters),
        shared=np.full(n_parameters, -1, dtype=np.intp),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseModel:
    """A named model: a family and what of it is free.

    Attributes
    ----------
    admits : whether an item with so many categories can follow the model.
    form : the free parameters for K categories.
    fixed_slope : slopes are 1, and the variance of θ is free instead.
    by_rater : for ratings: what of ξ is added that belongs to the rater, (n_parameters, n_free) for K
        categories, the severity first; None where nobody rates.
    thresholds_of : whose the thresholds are: of the "task" (or item), of the "rater", or of "all".
    """

    name: str
    family: Family
    admits: Callable[[int], bool]
    form: Callable[[int], Form]
    fixed_slope: bool = False
    by_rater: Callable[[int], Floats] | None = None
    thresholds_of: str = "task"
