"""The reporting scale: what θ becomes before people read it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from compassess.bank.places import shown
from compassess.bank.schema import Strict, Whole
from compassess.errors import Problem

__all__ = ["RawScale", "Scale", "scale_problems"]

_MOST_DECIMALS: Final = 6  # more would be printed noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The reporting scale: θ = 0 is ``mean``, one unit of θ is ``standard_deviation`` points."""

    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    decimals: int


class RawScale(Strict):
    """The scale as the file spells it."""

    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    decimals: Whole

    def entry(self) -> Scale:
        """The value."""
        return Scale(**self.model_dump())


def scale_problems(scale: Scale) -> Iterator[Problem]:
    """What is wrong with the values of a scale."""
    if not math.isfinite(scale.mean):
        yield Problem(where="scale.mean", what="not a finite number", got=shown(scale.mean))
    if not (scale.standard_deviation > 0 and math.isfinite(scale.standard_deviation)):
        yield Problem(
            where="scale.standard_deviation",
            what="not a standard deviation",
            got=shown(scale.standard_deviation),
            expected="a number above 0",
        )
    if not (scale.minimum < scale.maximum and math.isfinite(scale.maximum - scale.minimum)):
        yield Problem(
            where="scale.maximum",
            what="the scale ends where it begins, or before",
            got=shown(scale.maximum),
            expected=f"more than {shown(scale.minimum)}",
        )
    if not 0 <= scale.decimals <= _MOST_DECIMALS:
        yield Problem(
            where="scale.decimals",
            what="not a number of decimals",
            got=shown(scale.decimals),
            expected=f"0 to {_MOST_DECIMALS}",
        )
