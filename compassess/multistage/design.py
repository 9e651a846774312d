"""What the panels of a multistage test shall look like, before there are items in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from compassess.bank import Constraint, Module, Multistage, Panel, Routing
from compassess.bank.multistage import multistage_problems
from compassess.bank.places import place, shown
from compassess.errors import Problem, raise_if_any

__all__ = ["ModuleDesign", "PanelDesign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDesign:
    """A module to be filled.

    Attributes
    ----------
    id, stage, next : as in :class:`compassess.bank.Module`.
    n_items : how many items it has.
    theta : where it shall tell most: θ of the reference population.
    constraints : on the items of this module; of the kinds "count" and "sum".
    information : wanted there, Σ λ² I, to the tolerance of the assembly; None for as much as can be.
    """

    id: str
    stage: int
    n_items: int
    theta: float
    next: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    information: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDesign:
    """The modules of every panel, stage by stage, the first one alone in stage 1.

    Raises
    ------
    InputError : modules without items, with a θ or an information that is none, constraints of another kind,
        routes that no panel has.
    """

    modules: tuple[ModuleDesign, ...]

    def __post_init__(self) -> None:
        raise_if_any(list(_problems(self.modules)))
        outline = Multistage(routing=Routing(rule="maximum_information"), panels=(self._outline,))
        raise_if_any(list(multistage_problems(outline)))

    @property
    def paths(self) -> tuple[tuple[int, ...], ...]:
        """Every way through: places in ``modules``."""
        place_of = {module.id: number for number, module in enumerate(self.modules)}
        return tuple(tuple(place_of[name] for name in path) for path in self._outline.paths())

    @property
    def _outline(self) -> Panel:
        """A panel of these routes with an item of no bank in every module."""
        return Panel(
            id="design",
            modules=tuple(
                Module(id=one.id, stage=one.stage, items=(f"of module {number}",), next=one.next)
                for number, one in enumerate(self.modules)
            ),
        )


def _problems(modules: tuple[ModuleDesign, ...]) -> Iterator[Problem]:
    if not modules:
        yield Problem(where="modules", what="there is none", expected="one or more")
    for name, count in Counter(module.id for module in modules).items():
        if count > 1:
            yield Problem(where="modules", what="a name that stands twice", got=shown(name))
    for index, module in enumerate(modules):
        where = place("modules", index)
        if module.n_items < 1:
            yield Problem(where=f"{where}.n_items", what="no item", got=shown(module.n_items))
        if not math.isfinite(module.theta):
            yield Problem(where=f"{where}.theta", what="not a θ", got=shown(module.theta))
        if module.information is not None and not 0 < module.information < math.inf:
            got = shown(module.information)
            yield Problem(where=f"{where}.information", what="none", got=got, expected="above 0")
        for k, one in enumerate(module.constraints):
            if one.kind not in ("count", "sum"):
                yield Problem(
                    where=f"{where}.constraints[{k}].kind",
                    what="not of a kind that a module can be built under",
                    got=shown(one.kind),
                    expected="'count' or 'sum'",
                    remedy="Of the bank's enemies no two stand in a panel anyway; other constraints are held "
                    "against every path when the assessment is created.",
                )
