"""The section ``multistage`` of a blueprint: panels of modules, and how people are routed between them.

A panel is a test in stages. Everybody begins with the module of stage 1; after a module's last item a routing
rule sends the person to one of the modules that it names as ``next``, until a module names none. Several
panels are parallel forms; which one a person gets is drawn from the seed of the sitting.

Rules: (1) an item stands in one module of a panel; (2) modules lead to modules of the next stage alone;
(3) every module is reached from stage 1 and, where routes hang on cuts, by some score or θ.

Sources: Luecht & Nungester (1998), Some practical examples of computer-adaptive sequential testing, Journal
of Educational Measurement 35; Yan, von Davier & Lewis (2014), Computerized multistage testing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import pydantic

from compassess.bank.places import inside, place, shown
from compassess.bank.readonly import freeze
from compassess.bank.schema import Name, Strict, Whole
from compassess.errors import Problem

__all__ = ["Module", "Multistage", "Panel", "RawMultistage", "Routing", "multistage_problems"]

RoutingRule = Literal["number_correct", "theta", "maximum_information"]
Scope = Literal["path", "module"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How the next module is found.

    Attributes
    ----------
    rule : "number_correct": the sum of scored categories against the module's cuts; "theta": θ̂ (EAP) against
        them; "maximum_information": of the modules that may follow, the one that tells most at θ̂.
    over : whether sums are those of the whole "path" or of the "module" alone.
    weights : of blocks in the composite that θ̂ and information are about; equal ones where none are given.
    """

    rule: RoutingRule
    over: Scope = "path"
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.weights is not None:
            freeze(self, weights=self.weights)

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it."""
        weights = None if self.weights is None else dict(self.weights)
        return {"rule": self.rule, "over": self.over, "weights": weights}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Items that come in this order, and where they lead.

    Attributes
    ----------
    id, stage : its name in the panel; the stage, from 1.
    items : ids, in the order in which they are presented.
    next : modules of the next stage, those for low values first; none in the last stage.
    cuts : between them, one fewer and strictly increasing: a value below the first cut leads to the first of
        ``next``, a value at a cut beyond it. None under "maximum_information".
    """

    id: str
    stage: int
    items: tuple[str, ...]
    next: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it."""
        return {
            "id": self.id,
            "stage": self.stage,
            "items": list(self.items),
            "next": list(self.next),
            "cuts": list(self.cuts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A form of a multistage test: its modules, stage by stage; the first one is where everybody begins."""

    id: str
    modules: tuple[Module, ...]

    @property
    def n_stages(self) -> int:
        """How many modules a path has."""
        return max(module.stage for module in self.modules)

    def module(self, name: str) -> Module:
        """The module of this name; KeyError where there is none."""
        return {module.id: module for module in self.modules}[name]

    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Every way through the panel, as names of modules."""
        return tuple(self._from(self.modules[0]))

    def items_of(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The items of a path, in their order."""
        return tuple(item for name in path for item in self.module(name).items)

    def _from(self, module: Module) -> Iterator[tuple[str, ...]]:
        if not module.next:
            yield (module.id,)
        for name in module.next:
            for rest in self._from(self.module(name)):
                yield (module.id, *rest)

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it."""
        return {"id": self.id, "modules": [module.to_dict() for module in self.modules]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Multistage:
    """Panels, and the routing that they share."""

    routing: Routing
    panels: tuple[Panel, ...] = field(default_factory=tuple)

    def panel(self, name: str) -> Panel:
        """The panel of this name; KeyError where there is none."""
        return {panel.id: panel for panel in self.panels}[name]

    def to_dict(self) -> dict[str, Any]:
        """As the file spells it."""
        return {"routing": self.routing.to_dict(), "panels": [panel.to_dict() for panel in self.panels]}


class _RawRouting(Strict):
    rule: RoutingRule
    over: Scope = "path"
    weights: dict[Name, float] | None = None

    def entry(self) -> Routing:
        return Routing(rule=self.rule, over=self.over, weights=self.weights)


class _RawModule(Strict):
    id: Name
    stage: Whole
    items: list[Name]
    next: list[Name] = pydantic.Field(default_factory=list)
    cuts: list[float] = pydantic.Field(default_factory=list)

    def entry(self) -> Module:
        return Module(
            id=self.id,
            stage=self.stage,
            items=tuple(self.items),
            next=tuple(self.next),
            cuts=tuple(self.cuts),
        )


class _RawPanel(Strict):
    id: Name
    modules: list[_RawModule]

    def entry(self) -> Panel:
        return Panel(id=self.id, modules=tuple(one.entry() for one in self.modules))


class RawMultistage(Strict):
    """The section as it is read."""

    routing: _RawRouting
    panels: list[_RawPanel]

    def entry(self) -> Multistage:
        """The value that it stands for."""
        return Multistage(routing=self.routing.entry(), panels=tuple(one.entry() for one in self.panels))


def multistage_problems(multistage: Multistage) -> Iterator[Problem]:
    """Every fault that can be told without a bank, with its place below ``multistage``."""
    weights = multistage.routing.weights
    if weights is not None and not (
        weights and all(w >= 0 and math.isfinite(w) for w in weights.values()) and sum(weights.values()) > 0
    ):
        yield Problem(
            where="routing.weights", what="no weights", expected="0 or more each, and one of them above 0"
        )
    if not multistage.panels:
        yield Problem(where="panels", what="there is none", expected="one or more")
    yield from _twice([panel.id for panel in multistage.panels], "panels")
    for index, panel in enumerate(multistage.panels):
        yield from inside(_panel_problems(panel, multistage.routing), "panels", index)


def _twice(names: list[str], where: str) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(where=where, what="a name that stands twice", got=shown(name))


def _panel_problems(panel: Panel, routing: Routing) -> Iterator[Problem]:
    if not panel.modules:
        yield Problem(where="modules", what="there is none", expected="one or more")
        return
    yield from _twice([module.id for module in panel.modules], "modules")
    yield from _twice([item for module in panel.modules for item in module.items], "modules")
    stages = {module.id: module.stage for module in panel.modules}
    firsts = [module.id for module in panel.modules if module.stage == 1]
    if firsts != [panel.modules[0].id]:
        yield Problem(
            where="modules",
            what="everybody begins with one module, the first of the list",
            got=f"{len(firsts)} of stage 1",
            expected="one of stage 1, and it comes first",
        )
    reached = {name for module in panel.modules for name in module.next} | set(firsts)
    for index, module in enumerate(panel.modules):
        yield from inside(_module_problems(module, routing, stages), "modules", index)
        if module.id not in reached:
            yield Problem(
                where=place("modules", index),
                what="no other module leads to it",
                got=shown(module.id),
                remedy="Name it in `next` of a module of the stage before it, or leave it out.",
            )


def _module_problems(module: Module, routing: Routing, stages: Mapping[str, int]) -> Iterator[Problem]:
    if not module.items:
        yield Problem(where="items", what="there is none", expected="one or more")
    yield from _twice(list(module.next), "next")
    for index, name in enumerate(module.next):
        if stages.get(name) != module.stage + 1:
            yield Problem(
                where=place("next", index),
                what="no module of the next stage",
                got=shown(name),
                expected=" or ".join(repr(one) for one, stage in stages.items() if stage == module.stage + 1),
            )
    wanted = max(len(module.next) - 1, 0) if routing.rule != "maximum_information" else 0
    if len(module.cuts) != wanted:
        yield Problem(
            where="cuts",
            what=f"another number than {routing.rule!r} wants between {len(module.next)} modules",
            got=shown(len(module.cuts)),
            expected=shown(wanted),
        )
    if not all(low < high for low, high in pairwise(module.cuts)) or not all(map(math.isfinite, module.cuts)):
        yield Problem(where="cuts", what="not strictly increasing", got=shown(list(module.cuts)))
