"""How a sitting is conducted beside what it covers: its start, pilot items, review, limits of time.

Rule: every section may be left out of a blueprint, and content and hash of a blueprint without it do not
mention it. What the sections do is in the room of the sittings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pydantic

from compassess.bank.places import place, shown
from compassess.bank.reader import Reader
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Whole
from compassess.errors import Problem

__all__ = [
    "Conduct",
    "ItemSetRule",
    "PilotRule",
    "Review",
    "Start",
    "TimeLimits",
    "conduct_from",
    "conduct_problems",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the first items are chosen, in place of the criterion; exactly one of three ways.

    Attributes
    ----------
    items : these, in this order.
    count, lowest, highest : or ``count`` items drawn evenly from those that are most informative at a θ from
        ``lowest`` to ``highest``.
    theta : or ``count`` items that are most informative at this θ; ``categories`` have a θ of their own.
    """

    items: tuple[str, ...] = ()
    count: int = 1
    lowest: float | None = None
    highest: float | None = None
    theta: float | None = None
    categories: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, categories=self.categories)

    @property
    def n_items(self) -> int:
        """So many items are chosen by it."""
        return len(self.items) or self.count

    def theta_for(self, category: str | None) -> float | None:
        """The θ at which people of a category of posts begin."""
        return self.theta if category is None else self.categories.get(category, self.theta)

    def to_dict(self) -> dict[str, Any]:
        """The section of the file, every key written out."""
        return {
            "items": list(self.items),
            "count": self.count,
            "lowest": self.lowest,
            "highest": self.highest,
            "theta": self.theta,
            "categories": dict(self.categories),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotRule:
    """So many items of status "pilot" a sitting, at steps drawn from ``first`` … ``last``."""

    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What an examinee may do about earlier items: answer skipped ones, change answers.

    ``within_set`` allows both for the items of the present set or module, until one outside it is answered.
    ``before_next_module`` holds a multistage test after the last item of a module, until it is handed in.
    """

    returning: bool = False
    changing: bool = False
    within_set: bool = False
    before_next_module: bool = False

    @property
    def allowed(self) -> bool:
        """Whether there is any review."""
        return self.returning or self.changing or self.within_set

    def to_dict(self) -> dict[str, Any]:
        """The section of the file; ``within_set`` and ``before_next_module`` where they say something."""
        section = {"returning": self.returning, "changing": self.changing}
        said = {"within_set": self.within_set, "before_next_module": self.before_next_module}
        return section | {name: True for name, value in said.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSetRule:
    """Items that share a stimulus come one after the other, at most ``most`` of them; None for all."""

    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds for an item and for the whole sitting; None is no limit."""

    item: float | None = None
    sitting: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """The five sections; the defaults are a sitting without any of them."""

    start: Start | None = None
    pilot: PilotRule | None = None
    review: Review = Review()
    time_limits: TimeLimits = TimeLimits()
    item_sets: ItemSetRule | None = None

    def sections(self) -> dict[str, Any]:
        """The sections of ``blueprint.json``, those alone that say something."""
        found: dict[str, Any] = {}
        if self.start is not None:
            found["start"] = self.start.to_dict()
        if self.pilot is not None:
            found["pilot"] = asdict(self.pilot)
        if self.review != Review():
            found["review"] = self.review.to_dict()
        if self.time_limits != TimeLimits():
            found["time_limits"] = asdict(self.time_limits)
        if self.item_sets is not None:
            found["item_sets"] = asdict(self.item_sets)
        return found


class _RawStart(Strict):
    items: list[Name] = pydantic.Field(default_factory=list)
    count: Whole = 1
    lowest: float | None = None
    highest: float | None = None
    theta: float | None = None
    categories: dict[Name, float] = pydantic.Field(default_factory=dict)

    def entry(self) -> Start:
        return Start(
            items=tuple(self.items),
            count=self.count,
            lowest=self.lowest,
            highest=self.highest,
            theta=self.theta,
            categories=self.categories,
        )


class _RawPilot(Strict):
    count: Whole
    first: Whole
    last: Whole

    def entry(self) -> PilotRule:
        return PilotRule(count=self.count, first=self.first, last=self.last)


class _RawReview(Strict):
    returning: bool = False
    changing: bool = False
    within_set: bool = False
    before_next_module: bool = False

    def entry(self) -> Review:
        return Review(
            returning=self.returning,
            changing=self.changing,
            within_set=self.within_set,
            before_next_module=self.before_next_module,
        )


class _RawItemSets(Strict):
    most: Whole | None = None

    def entry(self) -> ItemSetRule:
        return ItemSetRule(most=self.most)


class _RawTimeLimits(Strict):
    item: float | None = None
    sitting: float | None = None

    def entry(self) -> TimeLimits:
        return TimeLimits(item=self.item, sitting=self.sitting)


def conduct_from(reader: Reader) -> Conduct:
    """The sections that a document has."""
    return Conduct(
        start=reader.optional_part("start", _RawStart),
        pilot=reader.optional_part("pilot", _RawPilot),
        review=reader.optional_part("review", _RawReview) or Review(),
        time_limits=reader.optional_part("time_limits", _RawTimeLimits) or TimeLimits(),
        item_sets=reader.optional_part("item_sets", _RawItemSets),
    )


def conduct_problems(conduct: Conduct, longest: int, *, has_modules: bool = False) -> Iterator[Problem]:
    """Every fault of the sections, beside a greatest length."""
    if conduct.start is not None:
        yield from _start_problems(conduct.start, longest)
    if conduct.pilot is not None:
        yield from _pilot_problems(conduct.pilot, longest)
    most = None if conduct.item_sets is None else conduct.item_sets.most
    if most is not None and most < 1:
        yield Problem(where="item_sets.most", what="no item", got=shown(most), expected="1 or more")
    if conduct.review.within_set and conduct.item_sets is None and not has_modules:
        yield Problem(
            where="review.within_set",
            what="there are no sets to look back within",
            got="neither a section item_sets nor a section multistage",
            remedy="Add the section item_sets, or allow review of all items.",
        )
    review = conduct.review
    if review.before_next_module and not (has_modules and replace(review, before_next_module=False).allowed):
        yield Problem(
            where="review.before_next_module",
            what="there is nothing to look back at",
            expected="a section multistage, and review.within_set, returning or changing",
        )
    for name, seconds in asdict(conduct.time_limits).items():
        if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
            where = place("time_limits", name)
            yield Problem(where=where, what="no limit", got=shown(seconds), expected="seconds, above 0")


def _start_problems(start: Start, longest: int) -> Iterator[Problem]:
    in_range = start.lowest is not None or start.highest is not None
    ways = sum((bool(start.items), in_range, start.theta is not None))
    if ways != 1:
        expected = "items, or lowest and highest, or theta"
        yield Problem(where="start", what="there is one way to start", got=f"{ways}", expected=expected)
    if start.categories and start.theta is None:
        yield Problem(where="start.categories", what="they belong to a start at a θ", expected="start.theta")
    if len(set(start.items)) < len(start.items):
        yield Problem(where="start.items", what="an item stands here twice", got=shown(list(start.items)))
    if not 1 <= start.n_items <= max(longest, 1):
        where, got = "start.items" if start.items else "start.count", shown(start.n_items)
        yield Problem(where=where, what="no number of items", got=got, expected=f"1 to {longest}")
    if in_range and not _is_range(start.lowest, start.highest):
        got = f"{shown(start.lowest)} to {shown(start.highest)}"
        yield Problem(where="start.lowest", what="no range of θ", got=got, expected="lowest, at most highest")
    thetas = {"theta": start.theta} | {place("categories", name): t for name, t in start.categories.items()}
    for name, theta in thetas.items():
        if theta is not None and not math.isfinite(theta):
            yield Problem(where=f"start.{name}", what="no θ", got=shown(theta), expected="a number")


def _is_range(lowest: float | None, highest: float | None) -> bool:
    return lowest is not None and highest is not None and -math.inf < lowest <= highest < math.inf


def _pilot_problems(pilot: PilotRule, longest: int) -> Iterator[Problem]:
    if pilot.count < 1:
        yield Problem(where="pilot.count", what="no pilot item", got=shown(pilot.count), expected="1 or more")
    if pilot.first < 1:
        yield Problem(
            where="pilot.first", what="steps count from 1", got=shown(pilot.first), expected="1 or more"
        )
    if pilot.last > longest:
        yield Problem(
            where="pilot.last",
            what="beyond the greatest length",
            got=shown(pilot.last),
            expected=f"{longest} or less",
        )
    if pilot.last - pilot.first + 1 < pilot.count:
        yield Problem(
            where="pilot.last",
            what="the window has fewer steps than there are pilot items",
            got=shown(pilot.last),
            expected=f"{pilot.first + pilot.count - 1} or more",
        )
