"""The reporting scale: what θ becomes before people read it.

Rule: here stand the numbers of a scale only; what is done with them is in
``compassess.scoring.reporting_scale``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import model_validator

from compassess.bank.places import shown
from compassess.bank.schema import Strict, Whole
from compassess.errors import Problem

__all__ = ["RawScale", "Scale", "ScaleKind", "scale_problems"]

ScaleKind = Literal["linear", "T", "sten", "percentile", "zero_to_hundred"]

_MOST_DECIMALS: Final = 6  # more would be printed noise
_EXACT: Final = 1e-9  # relative; a file may spell a fixed number with fewer digits than a double has

#: What a kind fixes: a file may leave it out, and may not say otherwise. A percentile rank is uniform on
#: 0 … 100 in a normal population, which has the SD 100 / √12; both numbers are stated for readers only.
_FIXED: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "linear": {},
        "T": {"mean": 50.0, "standard_deviation": 10.0},
        "sten": {"mean": 5.5, "standard_deviation": 2.0, "minimum": 1.0, "maximum": 10.0},
        "percentile": {"mean": 50.0, "standard_deviation": 100.0 / math.sqrt(12.0)},
        "zero_to_hundred": {"minimum": 0.0, "maximum": 100.0},
    }
)
#: What holds where a file says nothing, and may be otherwise: the ends 0 and 100 at −3 and 3 SD.
_USUAL: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {"zero_to_hundred": {"mean": 50.0, "standard_deviation": 100.0 / 6.0}}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The reporting scale: z = 0 is ``mean``, one unit of z is ``standard_deviation`` points.

    z is θ, or (θ − mean) / SD of the norm population where there are norms (:class:`Norms`).

    Attributes
    ----------
    minimum : the lowest obtainable scale score (LOSS); what lies below is reported as it.
    maximum : the highest obtainable scale score (HOSS).
    decimals : of reported scores.
    kind : "linear": mean + SD · z. "T": the same with 50 and 10. "sten": with 5.5 and 2, from 1 to 10.
        "zero_to_hundred": linear, and the scale ends at 0 and 100. "percentile": 100 Φ(z), or by the
        norms' table; ``mean`` and ``standard_deviation`` are then those of a uniform distribution.
    """

    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    decimals: int
    kind: ScaleKind = "linear"

    @classmethod
    def t(cls, *, minimum: float = 20.0, maximum: float = 80.0, decimals: int = 0) -> Scale:
        """T scores, 50 + 10 z (McCall 1922), by default within 3 SD."""
        return _named("T", minimum=minimum, maximum=maximum, decimals=decimals)

    @classmethod
    def sten(cls, *, decimals: int = 0) -> Scale:
        """Standard tens, 5.5 + 2 z within 1 … 10 (Canfield 1951)."""
        return _named("sten", decimals=decimals)

    @classmethod
    def percentile(cls, *, minimum: float = 1.0, maximum: float = 99.0, decimals: int = 0) -> Scale:
        """Percentile ranks, 100 Φ(z)."""
        return _named("percentile", minimum=minimum, maximum=maximum, decimals=decimals)

    @classmethod
    def zero_to_hundred(cls, *, lowest: float = -3.0, highest: float = 3.0, decimals: int = 0) -> Scale:
        """0 … 100: 100 (z − lowest) / (highest − lowest), ``lowest`` and ``highest`` on z."""
        deviation = 100.0 / (highest - lowest)
        numbers = {"mean": -deviation * lowest, "standard_deviation": deviation}
        return _named("zero_to_hundred", decimals=decimals, **numbers)

    def to_dict(self) -> dict[str, Any]:
        """The scale as the file spells it; the kind only where it is not linear."""
        content = asdict(self)
        if self.kind == "linear":  # files without a kind keep their hashes
            del content["kind"]
        return content


def _named(kind: ScaleKind, *, decimals: int, **numbers: float) -> Scale:
    return Scale(kind=kind, decimals=decimals, **{**_FIXED[kind], **numbers})


class RawScale(Strict):
    """The scale as the file spells it."""

    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    decimals: Whole
    kind: ScaleKind = "linear"

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, content: Any) -> Any:
        """What follows from the kind may be left out."""
        kind = content.get("kind") if isinstance(content, dict) else None
        if not isinstance(kind, str):
            return content
        return {**_FIXED.get(kind, {}), **_USUAL.get(kind, {}), **content}

    def entry(self) -> Scale:
        """The value."""
        return Scale(**self.model_dump())


def scale_problems(scale: Scale) -> Iterator[Problem]:
    """What is wrong with the values of a scale."""
    if scale.kind not in _FIXED:
        yield Problem(
            where="scale.kind", what="unknown kind", got=shown(scale.kind), expected=" or ".join(_FIXED)
        )
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
    yield from _kind_problems(scale)


def _kind_problems(scale: Scale) -> Iterator[Problem]:
    """Numbers that are not those of the kind."""
    for name, value in _FIXED.get(scale.kind, {}).items():
        given = getattr(scale, name)
        if not math.isclose(given, value, rel_tol=_EXACT, abs_tol=_EXACT):
            yield Problem(
                where=f"scale.{name}",
                what=f'another number than a scale of kind "{scale.kind}" has',
                got=shown(given),
                expected=shown(value),
                remedy='Leave it out, or make the scale "linear".',
            )
    if scale.kind == "percentile":
        for name in ("minimum", "maximum"):
            if not 0.0 <= getattr(scale, name) <= 100.0:
                yield Problem(
                    where=f"scale.{name}",
                    what="not a percentile rank",
                    got=shown(getattr(scale, name)),
                    expected="0 to 100",
                )
