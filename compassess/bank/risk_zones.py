"""Risk zones: where they begin, and how sure a statement about them must be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from compassess.bank.places import place, shown
from compassess.bank.probabilities import not_a_probability
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Whole
from compassess.errors import Problem

__all__ = ["RawRisk", "RiskZones", "risk_problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskZones:
    """Where the risk zone of a competency begins, and how sure a statement about it must be.

    Attributes
    ----------
    threshold : θ below which a competency is at risk; ``thresholds`` overrides it by competency.
    risk_probability : P(θ_c < threshold) from which on it says "risk".
    clear_probability : the same, at or below which it says "clear"; "watch" lies between.
    minimum_items : with fewer items of the competency it says "insufficient".
    maximum_se : with a larger posterior SD of the competency too; None for no such limit.
    above_all_probability : P(every competency above its zone) from which on the person is above all.
    """

    threshold: float
    thresholds: Mapping[str, float] = field(default_factory=dict)
    risk_probability: float
    clear_probability: float
    minimum_items: int
    above_all_probability: float
    maximum_se: float | None = None

    def __post_init__(self) -> None:
        freeze(self, thresholds=self.thresholds)

    def threshold_for(self, competency: str) -> float:
        """The threshold on θ of ``competency``: its own, or the common one."""
        return self.thresholds.get(competency, self.threshold)

    def to_dict(self) -> dict[str, Any]:
        """The zones as the file spells them, without a limit where there is none."""
        content: dict[str, Any] = {
            "threshold": self.threshold,
            "thresholds": dict(self.thresholds),
            "risk_probability": self.risk_probability,
            "clear_probability": self.clear_probability,
            "minimum_items": self.minimum_items,
            "above_all_probability": self.above_all_probability,
        }
        if self.maximum_se is not None:
            content["maximum_se"] = self.maximum_se
        return content


class RawRisk(Strict):
    """The risk zones as the file spells them."""

    threshold: float
    thresholds: dict[Name, float] = pydantic.Field(default_factory=dict)
    risk_probability: float
    clear_probability: float
    minimum_items: Whole
    above_all_probability: float
    maximum_se: float | None = None

    def entry(self) -> RiskZones:
        """The value."""
        return RiskZones(**self.model_dump())


def risk_problems(risk: RiskZones) -> Iterator[Problem]:
    """What is wrong with the values of the risk zones."""
    thresholds = {"threshold": risk.threshold}
    thresholds |= {place("thresholds", name): value for name, value in risk.thresholds.items()}
    for name, value in thresholds.items():
        if not math.isfinite(value):
            yield Problem(where=f"risk.{name}", what="not a finite number", got=shown(value))
    yield from not_a_probability(risk.risk_probability, "risk", "risk_probability")
    yield from not_a_probability(risk.clear_probability, "risk", "clear_probability")
    yield from not_a_probability(risk.above_all_probability, "risk", "above_all_probability")
    if risk.clear_probability > risk.risk_probability:
        yield Problem(
            where="risk.clear_probability",
            what="clear and at risk at the same time",
            got=shown(risk.clear_probability),
            expected=f"at most the risk_probability {shown(risk.risk_probability)}",
        )
    if risk.minimum_items < 0:
        yield Problem(
            where="risk.minimum_items", what="negative", got=shown(risk.minimum_items), expected="0 or more"
        )
    if risk.maximum_se is not None and not (risk.maximum_se > 0 and math.isfinite(risk.maximum_se)):
        yield Problem(
            where="risk.maximum_se",
            what="not a standard error that evidence could be held to",
            got=shown(risk.maximum_se),
            expected="a number above 0",
        )
