"""What the panels of a multistage test shall look like, before there are items in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from compassess.bank import Constraint
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
    """

    id: str
    stage: int
    n_items: int
    theta: float
    next: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelDesign:
    """The modules of every panel, stage by stage, the first one alone in stage 1.

    Raises
    ------
    InputError : modules without items or with a θ that is none, constraints of another kind, a name twice.
    What
        is wrong with the routes is told when the panels are built.
    """

    modules: tuple[ModuleDesign, ...]

    def __post_init__(self) -> None:
        raise_if_any(list(_problems(self.modules)))


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
