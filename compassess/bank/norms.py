"""Norms: what a reference population's abilities are like, so that scores can be told relative to it.

Rule: numbers only. How they are found is in ``compassess.scoring.norming``, what is done with them in
``compassess.scoring.reporting_scale``.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pydantic

from compassess.bank.places import place, shown
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Whole
from compassess.errors import Problem

__all__ = ["Norm", "Norms", "RawNorms", "norms_problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """The distribution of one dimension in the norm population.

    Attributes
    ----------
    mean, standard_deviation : of θ itself, not of its estimates.
    mean_se, standard_deviation_se : their standard errors; None where unknown.
    theta, below : a table of percentile ranks, P(θ < ``theta``) = ``below``, both increasing, for a
        distribution that is not normal; empty where it is.
    """

    mean: float
    standard_deviation: float
    mean_se: float | None = None
    standard_deviation_se: float | None = None
    theta: tuple[float, ...] = ()
    below: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The norm as the file spells it, without what it does not have."""
        content: dict[str, Any] = {"mean": self.mean, "standard_deviation": self.standard_deviation}
        errors = {"mean_se": self.mean_se, "standard_deviation_se": self.standard_deviation_se}
        content |= {name: value for name, value in errors.items() if value is not None}
        if self.theta or self.below:
            content |= {"theta": list(self.theta), "below": list(self.below)}
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Norms:
    """A norm population: who, when, how many, and a :class:`Norm` for every dimension.

    Attributes
    ----------
    population : who they are, in a few words; it is printed in conclusions.
    date : when they were tested, an ISO 8601 date such as "2026-03-01".
    n_persons : how many they were.
    composite : of the standardised composite of the blocks.
    blocks, competencies : by id, for all that the bank has.
    """

    population: str
    date: str
    n_persons: int
    composite: Norm
    blocks: Mapping[str, Norm] = field(default_factory=dict)
    competencies: Mapping[str, Norm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, blocks=self.blocks, competencies=self.competencies)

    def to_dict(self) -> dict[str, Any]:
        """The norms as the file spells them."""
        return {
            "population": self.population,
            "date": self.date,
            "n_persons": self.n_persons,
            "composite": self.composite.to_dict(),
            "blocks": {name: norm.to_dict() for name, norm in self.blocks.items()},
            "competencies": {name: norm.to_dict() for name, norm in self.competencies.items()},
        }


class _RawNorm(Strict):
    mean: float
    standard_deviation: float
    mean_se: float | None = None
    standard_deviation_se: float | None = None
    theta: list[float] = pydantic.Field(default_factory=list)
    below: list[float] = pydantic.Field(default_factory=list)

    def entry(self) -> Norm:
        content = self.model_dump()
        return Norm(**content | {"theta": tuple(self.theta), "below": tuple(self.below)})


class RawNorms(Strict):
    """The norms as the file spells them."""

    population: Name
    date: Name
    n_persons: Whole
    composite: _RawNorm
    blocks: dict[Name, _RawNorm]
    competencies: dict[Name, _RawNorm]

    def entry(self) -> Norms:
        """The value."""
        return Norms(
            population=self.population,
            date=self.date,
            n_persons=self.n_persons,
            composite=self.composite.entry(),
            blocks={name: norm.entry() for name, norm in self.blocks.items()},
            competencies={name: norm.entry() for name, norm in self.competencies.items()},
        )


def norms_problems(norms: Norms) -> Iterator[Problem]:
    """What is wrong with the values of norms; places begin at ``norms``."""
    if not norms.population.strip():
        yield Problem(where="norms.population", what="blank", remedy="Say in a few words who was tested.")
    try:
        datetime.date.fromisoformat(norms.date)
    except (TypeError, ValueError):
        yield Problem(
            where="norms.date", what="not an ISO 8601 date", got=shown(norms.date), expected='"2026-03-01"'
        )
    if norms.n_persons < 2:
        yield Problem(
            where="norms.n_persons",
            what="too few for a standard deviation",
            got=shown(norms.n_persons),
            expected="2 or more",
        )
    yield from _norm_problems(norms.composite, "norms", "composite")
    for part, entries in (("blocks", norms.blocks), ("competencies", norms.competencies)):
        for name, norm in entries.items():
            yield from _norm_problems(norm, "norms", part, name)


def _norm_problems(norm: Norm, *steps: str) -> Iterator[Problem]:
    if not math.isfinite(norm.mean):
        yield Problem(where=place(*steps, "mean"), what="not a finite number", got=shown(norm.mean))
    if not (norm.standard_deviation > 0 and math.isfinite(norm.standard_deviation)):
        yield Problem(
            where=place(*steps, "standard_deviation"),
            what="not a standard deviation",
            got=shown(norm.standard_deviation),
            expected="a number above 0",
        )
    for name in ("mean_se", "standard_deviation_se"):
        value = getattr(norm, name)
        if value is not None and not (value >= 0 and math.isfinite(value)):
            yield Problem(
                where=place(*steps, name), what="not a standard error", got=shown(value), expected="0 or more"
            )
    if norm.theta or norm.below:
        yield from _table_problems(norm, *steps)


def _table_problems(norm: Norm, *steps: str) -> Iterator[Problem]:
    if len(norm.theta) != len(norm.below) or len(norm.theta) < 2:
        yield Problem(
            where=place(*steps, "below"),
            what="a table of percentile ranks has a rank for every θ, and two rows or more",
            got=f"{len(norm.theta)} θ and {len(norm.below)} ranks",
        )
    for index, value in enumerate(norm.theta):
        if not math.isfinite(value):
            yield Problem(where=place(*steps, "theta", index), what="not a finite number", got=shown(value))
    for index, value in enumerate(norm.below):
        if not 0.0 < value < 1.0:
            yield Problem(
                where=place(*steps, "below", index),
                what="not a share of the population",
                got=shown(value),
                expected="a number above 0 and below 1",
            )
    for name, column in (("theta", norm.theta), ("below", norm.below)):
        yield from _order_problems(column, *steps, name)


def _order_problems(column: Sequence[float], *steps: str) -> Iterator[Problem]:
    for index, (before, value) in enumerate(pairwise(column), start=1):
        if value <= before:
            yield Problem(
                where=place(*steps, index),
                what="the table increases strictly",
                got=shown(value),
                expected=f"more than {shown(before)}",
            )
