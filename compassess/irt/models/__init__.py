"""The registry of response models: a name, and the family that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compassess.errors import InputError, Problem
from compassess.irt.models.base import Floats, ResponseModel
from compassess.irt.models.graded import GradedModel

__all__ = ["MODELS", "Floats", "ResponseModel", "model_named"]

MODELS: Final[Mapping[str, ResponseModel]] = MappingProxyType(
    {
        "2PL": GradedModel(two_categories_only=True),
        "GRM": GradedModel(),
    }
)


def model_named(name: str, *, where: str = "model") -> ResponseModel:
    """The family registered under ``name``.

    Raises
    ------
    InputError : the name is not registered; the message lists those that are.
    """
    if name not in MODELS:
        raise InputError(
            Problem(where=where, what="unknown model", got=repr(name), expected=" or ".join(MODELS))
        )
    return MODELS[name]
