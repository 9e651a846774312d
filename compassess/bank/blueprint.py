"""The blueprint: what a sitting must cover, when it may stop, how it chooses the next item."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pydantic

from compassess.bank.bank import ItemBank
from compassess.bank.conduct import Conduct, conduct_from, conduct_problems
from compassess.bank.content import Content, RawContent, content_problems
from compassess.bank.content_hash import content_hash
from compassess.bank.files import read, write
from compassess.bank.multistage import Multistage, RawMultistage, multistage_problems
from compassess.bank.places import inside, place, shown
from compassess.bank.reader import Reader
from compassess.bank.readonly import deep_frozen, freeze, plain
from compassess.bank.schema import NAME, Name, Strict, Whole
from compassess.bank.strategy_entry import NamedStrategy, RawControl, RawParameters, RawRule
from compassess.bank.unanswered import (
    RawUnanswered,
    UnansweredPolicy,
    attempts_beyond,
    unanswered_problems,
)
from compassess.errors import InputError, Problem, raise_if_any

__all__ = ["Blueprint", "Length", "Limits", "Selection", "Stopping"]

_FILE: Final = "blueprint.json"
_FORMAT: Final = "compassess/blueprint/1"
_USUAL: Final = UnansweredPolicy()
_PLAIN: Final = Conduct()
_UNANSWERED: Final = pydantic.TypeAdapter(RawUnanswered)

# The default blueprint: two items see a competency twice; SE 0.40 is a reliability of 1 − 0.4² = 0.84
# under N(0, 1); thirty items are what a person answers attentively in one go.
_DEFAULT_ITEMS: Final = 2
_DEFAULT_TARGET: Final = 0.40
_DEFAULT_LENGTH: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many items of a competency a sitting presents; a ``maximum`` of None is no limit."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How many items a sitting has in all; below ``minimum`` no rule stops it."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """The name of the stopping rule, and the standard error of θ that is wanted in each block.

    ``parameters`` are the rule's own; ``also`` are further rules in the order of their priority.
    """

    rule: str
    target: float
    targets: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[NamedStrategy, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, targets=self.targets, parameters=deep_frozen(self.parameters))

    def target_for(self, block: str) -> float:
        """The standard error wanted in ``block``: its own target, or the common one."""
        return self.targets.get(block, self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The name of the selection criterion; an item is drawn from the ``randomesque`` best.

    ``parameters`` are the criterion's own; ``exposure`` is an exposure control in place of that draw.
    """

    criterion: str
    randomesque: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    exposure: NamedStrategy | None = None

    def __post_init__(self) -> None:
        freeze(self, parameters=deep_frozen(self.parameters))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blueprint:
    """What a sitting covers, how long it is, when it stops and how it goes on.

    Two blueprints are equal where their content is; building one checks it. Whether it fits a bank is
    for :func:`compassess.bank.check_against` to say. The names of rule and criterion are looked up
    where the strategies are. ``unanswered`` is what items without an answer score; a file without that
    section has the defaults, and content and hash of a blueprint with the defaults do not mention it.
    ``content`` are constraints on what a test is made of; None for none beyond ``competencies``.
    ``conduct`` holds the sections ``start``, ``pilot``, ``review``, ``time_limits`` and ``item_sets``, with
    the same rule. ``multistage`` are panels of modules, from which all items come then; None for an adaptive
    test.

    Raises
    ------
    InputError : every fault, with its place as in ``blueprint.json``.
    """

    id: str
    competencies: Mapping[str, Limits]
    length: Length
    stopping: Stopping
    selection: Selection
    unanswered: UnansweredPolicy = _USUAL
    content: Content | None = None
    conduct: Conduct = _PLAIN
    multistage: Multistage | None = None
    _content_hash: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        raise_if_any(
            _blueprint_problems(
                self.competencies,
                self.length,
                self.stopping,
                self.selection,
                self.unanswered,
                self.content,
            )
            + list(
                conduct_problems(self.conduct, self.length.maximum, has_modules=self.multistage is not None)
            )
            + _panel_problems(self.multistage)
        )
        freeze(self, competencies=self.competencies)
        object.__setattr__(self, "_content_hash", content_hash(self.to_dict()))

    def __eq__(self, other: object) -> bool:
        return self._content_hash == other._content_hash if isinstance(other, Blueprint) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content_hash)

    @property
    def content_hash(self) -> str:
        """``"sha256:…"`` over the content: the same for every spelling of the same blueprint."""
        return self._content_hash

    @classmethod
    def default(cls, bank: ItemBank) -> Blueprint:
        """Two items of every competency (or as many as it has), then SE ≤ 0.40 in every block, 30 items."""
        available = Counter(item.competency for item in bank.operational)
        limits = {one.id: Limits(minimum=min(_DEFAULT_ITEMS, available[one.id])) for one in bank.competencies}
        needed = sum(limit.minimum for limit in limits.values())
        return cls(
            id=bank.id,
            competencies=limits,
            length=Length(minimum=1, maximum=max(_DEFAULT_LENGTH, needed)),
            stopping=Stopping(rule="standard_error", target=_DEFAULT_TARGET),
            selection=Selection(criterion="maximum_information"),
        )

    @classmethod
    def load(cls, source: str | os.PathLike[str]) -> Blueprint:
        """A shipped blueprint by its name (a str), or a folder or file by its ``pathlib.Path``.

        Raises
        ------
        InputError : every fault of the file with its place.
        """
        return read(source, _FILE, cls.from_dict)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``blueprint.json`` into a folder, or write a ``.json`` file; returns the file's path."""
        return write(path, _FILE, self.to_dict())

    @classmethod
    def from_dict(cls, content: object) -> Blueprint:
        """The blueprint that a ``blueprint.json`` of this content describes.

        Raises
        ------
        InputError : every fault with its place.
        """
        reader = Reader(content, form=_FORMAT)
        name = reader.field("id", NAME, instead="")
        limits = reader.each_named("competencies", _RawLimits)
        length = reader.part("length", _RawLength)
        stopping = reader.part("stopping", _RawStopping)
        selection = reader.part("selection", _RawSelection)
        raw = reader.optional("unanswered", _UNANSWERED)
        unanswered = _USUAL if raw is None else raw.entry()
        constraints = reader.optional_part("content", RawContent)
        conduct = conduct_from(reader)
        multistage = reader.optional_part("multistage", RawMultistage)
        problems = reader.close()
        if problems or length is None or stopping is None or selection is None:
            problems += _blueprint_problems(limits, length, stopping, selection, unanswered, constraints)
            problems += _panel_problems(multistage)
            raise InputError(
                problems
                + (
                    []
                    if length is None
                    else [*conduct_problems(conduct, length.maximum, has_modules=multistage is not None)]
                )
            )
        return cls(
            id=name,
            competencies=limits,
            length=length,
            stopping=stopping,
            selection=selection,
            unanswered=unanswered,
            content=constraints,
            conduct=conduct,
            multistage=multistage,
        )

    def for_category(self, name: str | None) -> Blueprint:
        """The blueprint for one category of posts, None for posts without one.

        Content constraints that hold only for other categories are left out.
        """
        if self.content is None or not self.content.categories:
            return self
        return replace(self, content=self.content.for_category(name))

    def with_panels(self, multistage: Multistage | None) -> Blueprint:
        """The same blueprint with these panels in the place of any others; None for an adaptive test."""
        return replace(self, multistage=multistage)

    def with_exposure(self, control: str, parameters: Mapping[str, Any] | None = None) -> Blueprint:
        """The same blueprint with another exposure control, in the place of any draw among the best.

        Whether there is such a control, and what it takes, is told where the blueprint meets a bank.
        """
        named = NamedStrategy(name=control, parameters={} if parameters is None else parameters)
        return replace(self, selection=replace(self.selection, randomesque=1, exposure=named))

    def to_dict(self) -> dict[str, Any]:
        """The content of ``blueprint.json`` in plain JSON types, detached from the blueprint."""
        section: dict[str, Any] = {}
        if self.unanswered != _USUAL:
            section["unanswered"] = self.unanswered.to_dict()
        if self.content is not None:
            section["content"] = self.content.to_dict()
        return {
            "format": _FORMAT,
            "id": self.id,
            "competencies": {name: asdict(limits) for name, limits in self.competencies.items()},
            "length": asdict(self.length),
            "stopping": _stopping_section(self.stopping),
            "selection": _selection_section(self.selection),
            **section,
            **self.conduct.sections(),
            **({} if self.multistage is None else {"multistage": self.multistage.to_dict()}),
        }


def _panel_problems(multistage: Multistage | None) -> list[Problem]:
    return [] if multistage is None else inside(multistage_problems(multistage), "multistage")


class _RawLimits(Strict):
    minimum: Whole
    maximum: Whole | None

    def entry(self) -> Limits:
        return Limits(minimum=self.minimum, maximum=self.maximum)


class _RawLength(Strict):
    minimum: Whole
    maximum: Whole

    def entry(self) -> Length:
        return Length(minimum=self.minimum, maximum=self.maximum)


class _RawStopping(Strict):
    rule: Name
    target: float
    targets: dict[Name, float] = pydantic.Field(default_factory=dict)
    parameters: RawParameters = pydantic.Field(default_factory=dict)
    also: list[RawRule] = pydantic.Field(default_factory=list)

    def entry(self) -> Stopping:
        return Stopping(
            rule=self.rule,
            target=self.target,
            targets=self.targets,
            parameters=self.parameters,
            also=tuple(one.entry() for one in self.also),
        )


class _RawSelection(Strict):
    criterion: Name
    randomesque: Whole
    parameters: RawParameters = pydantic.Field(default_factory=dict)
    exposure: RawControl | None = None

    def entry(self) -> Selection:
        return Selection(
            criterion=self.criterion,
            randomesque=self.randomesque,
            parameters=self.parameters,
            exposure=None if self.exposure is None else self.exposure.entry(),
        )


def _stopping_section(stopping: Stopping) -> dict[str, Any]:
    """The section of the file; parts at their defaults are left out, so that the hash does not know them."""
    section: dict[str, Any] = {
        "rule": stopping.rule,
        "target": stopping.target,
        "targets": dict(stopping.targets),
    }
    if stopping.parameters:
        section["parameters"] = plain(stopping.parameters)
    if stopping.also:
        section["also"] = [{"rule": one.name, "parameters": plain(one.parameters)} for one in stopping.also]
    return section


def _selection_section(selection: Selection) -> dict[str, Any]:
    section: dict[str, Any] = {"criterion": selection.criterion, "randomesque": selection.randomesque}
    if selection.parameters:
        section["parameters"] = plain(selection.parameters)
    if selection.exposure is not None:
        section["exposure"] = {
            "control": selection.exposure.name,
            "parameters": plain(selection.exposure.parameters),
        }
    return section


def _blueprint_problems(
    limits: Mapping[str, Limits],
    length: Length | None,
    stopping: Stopping | None,
    selection: Selection | None,
    unanswered: UnansweredPolicy,
    content: Content | None,
) -> list[Problem]:
    """Every fault of the parts; None is a part that could not be read."""
    problems: list[Problem] = []
    for name, limit in limits.items():
        problems += _range_problems(limit, "competencies", name)
    if length is not None:
        problems += _range_problems(length, "length")
        problems += _sum_problems(limits, length)
        problems += attempts_beyond(unanswered, length.maximum)
    if stopping is not None:
        problems += _target_problems(stopping)
    if selection is not None and selection.exposure is not None and selection.randomesque != 1:
        problems.append(
            Problem(
                where="selection.randomesque",
                what="there is an exposure control in its place",
                got=shown(selection.randomesque),
                expected="1",
            )
        )
    if selection is not None and selection.randomesque < 1:
        problems.append(
            Problem(
                where="selection.randomesque",
                what="the item is drawn from at least one",
                got=shown(selection.randomesque),
                expected="1 or more",
            )
        )
    problems += unanswered_problems(unanswered)
    problems += content_problems(content) if content is not None else []
    return problems


def _range_problems(limits: Limits | Length, *steps: str) -> Iterator[Problem]:
    if limits.minimum < 0:
        yield Problem(
            where=place(*steps, "minimum"), what="negative", got=shown(limits.minimum), expected="0 or more"
        )
    if limits.maximum is not None and limits.maximum < max(limits.minimum, 0):
        yield Problem(
            where=place(*steps, "maximum"),
            what="less than the minimum",
            got=shown(limits.maximum),
            expected=f"{max(limits.minimum, 0)} or more",
        )


def _sum_problems(limits: Mapping[str, Limits], length: Length) -> Iterator[Problem]:
    """What the competencies ask for together, against the length of the sitting."""
    if length.maximum < 1:
        yield Problem(
            where="length.maximum", what="a sitting has at least one item", got=shown(length.maximum)
        )
    needed = sum(limit.minimum for limit in limits.values())
    if needed > length.maximum:
        yield Problem(
            where="length.maximum",
            what="the minima of the competencies do not fit in",
            got=shown(length.maximum),
            expected=f"{needed} or more",
        )
    maxima = [limit.maximum for limit in limits.values()]
    allowed = sum(maximum for maximum in maxima if maximum is not None)
    if maxima and None not in maxima and allowed < length.minimum:
        yield Problem(
            where="length.minimum",
            what="the maxima of the competencies do not allow so many items",
            got=shown(length.minimum),
            expected=f"{allowed} or less",
        )


def _target_problems(stopping: Stopping) -> Iterator[Problem]:
    targets = {"target": stopping.target}
    targets |= {place("targets", block): target for block, target in stopping.targets.items()}
    for name, target in targets.items():
        if not (target > 0 and math.isfinite(target)):
            yield Problem(
                where=f"stopping.{name}",
                what="not a standard error to aim at",
                got=shown(target),
                expected="a number above 0",
            )
