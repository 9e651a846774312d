"""The registry of response models: a name, the family behind it, and what of the family is free.

To add a model: write its family as a leaf file if there is none yet, and register it here; the laws
in tests/laws run over this registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from compassess.errors import InputError, Problem
from compassess.irt.models.asymptotes import AsymptoteFamily
from compassess.irt.models.base import Columns, Family, Floats, Form, ResponseModel, free_form
from compassess.irt.models.divide_by_total import NominalFamily, PartialCreditFamily
from compassess.irt.models.graded import GradedFamily

__all__ = [
    "MODELS",
    "Columns",
    "Family",
    "Floats",
    "Form",
    "ResponseModel",
    "model_named",
    "theta_information",
]

_GRADED: Final = GradedFamily()
_PARTIAL_CREDIT: Final = PartialCreditFamily()


def _two(n_categories: int) -> bool:
    return n_categories == 2


def _two_or_more(n_categories: int) -> bool:
    return n_categories >= 2


def _nominal_form(n_categories: int) -> Form:
    return free_form(2 * (n_categories - 1))


def _unit_slope(n_categories: int) -> Form:
    """The slope is 1, intercepts are the item's own."""
    unit = np.eye(n_categories)
    return Form(offset=unit[0], own=unit[:, 1:], shared=np.full(n_categories, -1, dtype=np.intp))


def _common_slope(n_categories: int) -> Form:
    """One slope for all items, intercepts are the item's own."""
    unit = np.eye(n_categories)
    shared = np.where(unit[0] > 0, 0, -1).astype(np.intp)
    return Form(offset=np.zeros(n_categories), own=unit[:, 1:], shared=shared)


def _rating_scale(n_categories: int) -> Form:
    """Slope 1, t_k = −k b_i − T_k with T_k = Σ_{v ≤ k} τ_v common to all items and T_{K−1} = 0.

    σ_k = −T_k; then b_iv = b_i + τ_v and Σ τ = 0. Andrich (1978), Psychometrika 43, eq. 16.
    """
    own = np.zeros((n_categories, 1))
    own[1:, 0] = -np.arange(1, n_categories)
    shared = np.arange(-1, n_categories - 1, dtype=np.intp)
    shared[-1] = -1
    return Form(offset=np.eye(n_categories)[0], own=own, shared=shared)


def _difficulty(n_categories: int) -> Form:
    """Slope 1, and t_k = −k δ of the task alone."""
    rating = _rating_scale(n_categories)
    return Form(offset=rating.offset, own=rating.own, shared=np.full(n_categories, -1, dtype=np.intp))


def _severity(n_categories: int) -> Floats:
    """t_k falls by k ρ: a rater who is severe by ρ is like a task that is harder by ρ."""
    return _rating_scale(n_categories).own


def _severity_and_thresholds(n_categories: int) -> Floats:
    """The same, and the rater's own t_k for 0 < k < K − 1."""
    return np.column_stack([_severity(n_categories), np.eye(n_categories)[:, 1:-1]])


MODELS: Final[Mapping[str, ResponseModel]] = MappingProxyType(
    {
        model.name: model
        for model in (
            ResponseModel(name="Rasch", family=_GRADED, admits=_two, form=_unit_slope, fixed_slope=True),
            ResponseModel(name="1PL", family=_GRADED, admits=_two, form=_common_slope),
            ResponseModel(name="2PL", family=_GRADED, admits=_two, form=free_form),
            ResponseModel(
                name="3PL", family=AsymptoteFamily(upper=False), admits=_two, form=lambda _: free_form(3)
            ),
            ResponseModel(
                name="4PL", family=AsymptoteFamily(upper=True), admits=_two, form=lambda _: free_form(4)
            ),
            ResponseModel(name="GRM", family=_GRADED, admits=_two_or_more, form=free_form),
            ResponseModel(
                name="PCM",
                family=_PARTIAL_CREDIT,
                admits=_two_or_more,
                form=_unit_slope,
                fixed_slope=True,
            ),
            ResponseModel(
                name="RSM",
                family=_PARTIAL_CREDIT,
                admits=_two_or_more,
                form=_rating_scale,
                fixed_slope=True,
            ),
            ResponseModel(
                name="MFRM",
                family=_PARTIAL_CREDIT,
                admits=_two_or_more,
                form=_rating_scale,
                fixed_slope=True,
                by_rater=_severity,
                thresholds_of="all",
            ),
            ResponseModel(
                name="MFRM-task",
                family=_PARTIAL_CREDIT,
                admits=_two_or_more,
                form=_unit_slope,
                fixed_slope=True,
                by_rater=_severity,
            ),
            ResponseModel(
                name="MFRM-rater",
                family=_PARTIAL_CREDIT,
                admits=_two_or_more,
                form=_difficulty,
                fixed_slope=True,
                by_rater=_severity_and_thresholds,
                thresholds_of="rater",
            ),
            ResponseModel(name="GPCM", family=_PARTIAL_CREDIT, admits=_two_or_more, form=free_form),
            ResponseModel(name="NRM", family=NominalFamily(), admits=_two_or_more, form=_nominal_form),
        )
    }
)


def model_named(name: str, *, where: str = "model") -> ResponseModel:
    """The model registered under ``name``.

    Raises
    ------
    InputError : the name is not registered; the message lists those that are.
    """
    if name not in MODELS:
        raise InputError(
            Problem(where=where, what="unknown model", got=repr(name), expected=" or ".join(MODELS))
        )
    return MODELS[name]


def theta_information(family: Family, xi: Floats, theta: Floats) -> Floats:
    """Fisher information about θ: I(θ) = Σ_k P_k (∂ log P_k / ∂θ)², (n_items, n_nodes)."""
    first, _ = family.theta_derivatives(xi, theta)
    probability = np.exp(family.log_probability(xi, theta))
    return np.asarray(np.einsum("jkq,jkq->jq", first**2, probability))
