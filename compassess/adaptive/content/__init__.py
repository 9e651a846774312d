"""Content control: constraints on what a test is made of, and the methods that observe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.content.clashes import clash_problems, clashing
from compassess.adaptive.content.control import ContentControl
from compassess.adaptive.content.demands import rows_of
from compassess.adaptive.content.maximum_priority_index import MaximumPriorityIndex
from compassess.adaptive.content.rows import Rows
from compassess.adaptive.content.shadow_test import ShadowTest
from compassess.adaptive.content.situation import ContentMethod, PreparedMethod, Situation
from compassess.adaptive.content.weighted_penalty import WeightedPenalty

__all__ = [
    "CONTENT_METHODS",
    "ContentControl",
    "ContentMethod",
    "MaximumPriorityIndex",
    "PreparedMethod",
    "Rows",
    "ShadowTest",
    "Situation",
    "WeightedPenalty",
    "clash_problems",
    "clashing",
    "rows_of",
]

CONTENT_METHODS: Final[Mapping[str, Callable[..., ContentMethod]]] = MappingProxyType(
    {
        ShadowTest.name: ShadowTest,
        WeightedPenalty.name: WeightedPenalty,
        MaximumPriorityIndex.name: MaximumPriorityIndex,
    }
)
