"""Exposure controls: which of the good items it is. To add one, write its file and enter it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.exposure.from_record import ItemEligibility, PreparedFromRecord, RestrictedRate
from compassess.adaptive.exposure.randomesque import Randomesque
from compassess.adaptive.exposure.record import ExposureRecord, SittingExposure
from compassess.adaptive.exposure.sympson_hetter import SympsonHetter
from compassess.adaptive.strategies import ExposureControl

__all__ = [
    "EXPOSURE_CONTROLS",
    "ExposureRecord",
    "ItemEligibility",
    "PreparedFromRecord",
    "Randomesque",
    "RestrictedRate",
    "SittingExposure",
    "SympsonHetter",
]

EXPOSURE_CONTROLS: Final[Mapping[str, Callable[..., ExposureControl]]] = MappingProxyType(
    {one.name: one for one in (Randomesque, SympsonHetter, ItemEligibility, RestrictedRate)}
)
