"""Categories of posts: what is judged otherwise for some posts than for the others.

A category overrides parts of the bands; what it does not name stays as it is for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pydantic

from compassess.bank.norms import Norms, RawNorms
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Texts

__all__ = ["Category", "RawCategory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category of posts; None, or an empty mapping, leaves a part of the bands as it is.

    Attributes
    ----------
    title : by language; empty where the id says enough.
    cuts : θ between the bands, as many as the bands have.
    norms : the norm population of these posts.
    risk_threshold : θ below which a competency is at risk.
    risk_thresholds : the same by competency; added to, and before, those of the bands.
    weights : of every block in the composite.
    programme : id of the blueprint that people of this category sit.
    """

    title: Mapping[str, str] = field(default_factory=dict)
    cuts: tuple[float, ...] | None = None
    norms: Norms | None = None
    risk_threshold: float | None = None
    risk_thresholds: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] | None = None
    programme: str | None = None

    def __post_init__(self) -> None:
        freeze(self, title=self.title, risk_thresholds=self.risk_thresholds)
        if self.weights is not None:
            freeze(self, weights=self.weights)

    def to_dict(self) -> dict[str, Any]:
        """The category as the file spells it, without what it leaves as it is."""
        risk: dict[str, Any] = {} if self.risk_threshold is None else {"threshold": self.risk_threshold}
        if self.risk_thresholds:
            risk["thresholds"] = dict(self.risk_thresholds)
        parts = {
            "title": dict(self.title) or None,
            "cuts": None if self.cuts is None else list(self.cuts),
            "norms": None if self.norms is None else self.norms.to_dict(),
            "risk": risk or None,
            "weights": None if self.weights is None else dict(self.weights),
            "programme": self.programme,
        }
        return {name: value for name, value in parts.items() if value is not None}


class _RawThresholds(Strict):
    threshold: float | None = None
    thresholds: dict[Name, float] = pydantic.Field(default_factory=dict)


class RawCategory(Strict):
    """A category as the file spells it."""

    title: Texts = pydantic.Field(default_factory=dict)
    cuts: list[float] | None = None
    norms: RawNorms | None = None
    risk: _RawThresholds = pydantic.Field(default_factory=_RawThresholds)
    weights: dict[Name, float] | None = None
    programme: Name | None = None

    def entry(self) -> Category:
        """The value."""
        return Category(
            title=self.title,
            cuts=None if self.cuts is None else tuple(self.cuts),
            norms=None if self.norms is None else self.norms.entry(),
            risk_threshold=self.risk.threshold,
            risk_thresholds=self.risk.thresholds,
            weights=self.weights,
            programme=self.programme,
        )
