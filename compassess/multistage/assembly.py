"""Panels assembled from a bank by one 0/1 programme.

With x_pmi = 1 where item i stands in module m of panel p, and I_mi = λ_i² I_i(θ_m), what it tells about its
block
at the θ of the module:

    maximise z + ε Σ_m y_m / B_m
    subject to   Σ_i x_pmi = n_m,     y_m ≤ Σ_i I_mi x_pmi ≤ (1 + τ) y_m,     z B_m ≤ y_m,
                 Σ_m x_pmi ≤ 1,     Σ_pm x_pmi ≤ most uses,     enemies apart within a panel,
                 the constraints of every module,

B_m the information of the n_m best items at θ_m: the least module, as a share of what the bank has there, is
made
as good as can be (maximin), and the same module tells the same in all panels but for τ.

Source: van der Linden (2005), Linear models for optimal test design, ch. 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from compassess.bank import BankItem, ItemBank, Module, Multistage, Panel, Routing
from compassess.bank.multistage import RoutingRule, Scope
from compassess.errors import InputError, Problem
from compassess.irt.curves import information
from compassess.multistage.cuts import Cutting, cuts_where_information_crosses
from compassess.multistage.design import ModuleDesign, PanelDesign

__all__ = ["Assembled", "assemble_panels"]

Floats = NDArray[np.float64]

_MEASURES: Final = ("information", "maximin")  # rows that measure and forbid nothing
_SMALL: Final = 1e-3  # ε: of two programmes of the same least module the one with better others


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assembled:
    """Panels, and what they tell.

    Attributes
    ----------
    multistage : the section for a blueprint (:func:`compassess.multistage.fitted_blueprint`).
    information : Σ λ² I at the module's θ by panel and module, (n_panels, n_modules), modules as designed.
    share : the same over that of the bank's best items at this θ.
    gap : how far the least share may be from the best one that there is, relative; 0 where it was proved.
    """

    multistage: Multistage
    information: Floats
    share: Floats
    gap: float


def assemble_panels(
    bank: ItemBank,
    design: PanelDesign,
    *,
    n_panels: int = 1,
    rule: RoutingRule = "number_correct",
    over: Scope = "path",
    weights: Mapping[str, float] | None = None,
    cuts: Cutting = cuts_where_information_crosses,
    most_uses: int = 1,
    tolerance: float = 0.05,
    mip_rel_gap: float = 0.03,
    seconds: float = 60.0,
) -> Assembled:
    """Fill ``n_panels`` parallel panels with the operational items of a bank, and find their cuts.

    Parameters
    ----------
    rule, over, weights : as in :class:`compassess.bank.Routing`.
    cuts : finds cuts where the rule has any; :func:`compassess.multistage.cuts_by_shares` makes another.
    most_uses : panels that an item may stand in.
    tolerance : τ, by how much the same module may tell more in one panel than in another.
    mip_rel_gap, seconds : when the solver may stop with what it has.

    Raises
    ------
    InputError : no panels keep all demands: those are named without which there would be some; nothing was
        found in time; cuts that no sum of scores separates.

    Limits
    ------
    Sets of items with a stimulus are not kept together. In blocks with competencies λ² I counts an item as if
    it were the only one of its competency; constraints of kind "count" spread a module over competencies.
    """
    if n_panels < 1 or most_uses < 1 or not tolerance >= 0:
        raise InputError(
            Problem(
                where="n_panels, most_uses, tolerance",
                what="no number of panels, or a tolerance that is none",
                got=f"{n_panels}, {most_uses}, {tolerance}",
                expected="1 or more, 1 or more, 0 or more",
            )
        )
    programme = _Programme(bank, design, n_panels, most_uses, tolerance)
    found = programme.solved(mip_rel_gap, seconds)
    if found is None:
        raise InputError(programme.clash(seconds))
    chosen, gap = found
    panels = tuple(
        Panel(
            id=f"panel_{number + 1}",
            modules=tuple(
                Module(
                    id=module.id,
                    stage=module.stage,
                    items=tuple(programme.items[place].id for place in np.flatnonzero(chosen[number, k])),
                    next=module.next,
                )
                for k, module in enumerate(design.modules)
            ),
        )
        for number in range(n_panels)
    )
    routing = Routing(rule=rule, over=over, weights=weights)
    multistage = Multistage(routing=routing, panels=panels)
    told = np.einsum("pmi,mi->pm", chosen, programme.told)
    return Assembled(
        multistage=multistage if rule == "maximum_information" else cuts(bank, multistage),
        information=told,
        share=told / programme.best,
        gap=gap,
    )


class _Programme:
    """Columns: x by panel, module and item; then y by module; then z. A row names its demand."""

    def __init__(
        self, bank: ItemBank, design: PanelDesign, n_panels: int, most_uses: int, tolerance: float
    ) -> None:
        self.items: tuple[BankItem, ...] = tuple(bank.operational)
        self.modules = design.modules
        self.n_panels, self.most_uses, self.tolerance = n_panels, most_uses, tolerance
        self.shape = (n_panels, len(design.modules), len(self.items))
        self.told = _told(bank, design.modules)
        sorted_best = -np.sort(-self.told, axis=1)
        self.best = np.array(
            [row[: module.n_items].sum() for row, module in zip(sorted_best, self.modules, strict=True)]
        )
        self.rows: list[tuple[str, dict[int, float], float, float]] = []
        for demand in (self._sizes, self._uses, self._enemies, self._own, self._parallel):
            for name, row, low, high in demand():
                self.rows.append((name, row, low, high))

    def _x(self, panel: int, module: int, item: int) -> int:
        return (panel * self.shape[1] + module) * self.shape[2] + item

    def _y(self, module: int) -> int:
        return int(np.prod(self.shape)) + module

    @property
    def _z(self) -> int:
        return int(np.prod(self.shape)) + self.shape[1]

    def _each(self) -> Iterator[tuple[int, int, ModuleDesign]]:
        for panel in range(self.n_panels):
            for index, module in enumerate(self.modules):
                yield panel, index, module

    def _sizes(self) -> Iterator[tuple[str, dict[int, float], float, float]]:
        for panel, index, module in self._each():
            row = {self._x(panel, index, item): 1.0 for item in range(self.shape[2])}
            yield f"n_items of {module.id!r}", row, module.n_items, module.n_items

    def _uses(self) -> Iterator[tuple[str, dict[int, float], float, float]]:
        for item in range(self.shape[2]):
            for panel in range(self.n_panels):
                own = {self._x(panel, k, item): 1.0 for k in range(self.shape[1])}
                yield "an item once in a panel", own, -np.inf, 1.0
            if self.n_panels > self.most_uses:
                every = {self._x(panel, k, item): 1.0 for panel, k, _ in self._each()}
                yield "most_uses", every, -np.inf, float(self.most_uses)

    def _enemies(self) -> Iterator[tuple[str, dict[int, float], float, float]]:
        places = {item.id: place for place, item in enumerate(self.items)}
        pairs = {
            tuple(sorted((places[item.id], places[other])))
            for item in self.items
            for other in item.enemies
            if other in places
        }
        for pair in sorted(pairs):
            for panel in range(self.n_panels):
                row = {self._x(panel, k, item): 1.0 for k in range(self.shape[1]) for item in pair}
                yield "enemies", row, -np.inf, 1.0

    def _own(self) -> Iterator[tuple[str, dict[int, float], float, float]]:
        for panel, index, module in self._each():
            for one in module.constraints:
                row = {
                    self._x(panel, index, place): 1.0
                    if one.kind == "count"
                    else float(item.attributes[one.attribute or ""])
                    for place, item in enumerate(self.items)
                    if one.items.admits(item)
                }
                low = -np.inf if one.minimum is None else one.minimum
                yield f"{one.id!r} of {module.id!r}", row, low, np.inf if one.maximum is None else one.maximum

    def _parallel(self) -> Iterator[tuple[str, dict[int, float], float, float]]:
        for panel, index, module in self._each():
            told = {self._x(panel, index, item): v for item, v in enumerate(self.told[index].tolist())}
            yield f"information of {module.id!r}", told | {self._y(index): -1.0}, 0.0, np.inf
            if self.n_panels > 1:
                most = told | {self._y(index): -(1.0 + self.tolerance)}
                yield f"tolerance of {module.id!r}", most, -np.inf, 0.0
        for index in range(self.shape[1]):
            yield "maximin", {self._y(index): 1.0, self._z: -float(self.best[index])}, 0.0, np.inf

    def solved(self, gap: float, seconds: float) -> tuple[NDArray[np.bool_], float] | None:
        """What stands where, (n_panels, n_modules, n_items), and the gap; None where nothing was found."""
        n = int(np.prod(self.shape))
        cost = np.zeros(self._z + 1)
        cost[self._z] = -1.0
        cost[n : self._z] = -_SMALL / self.best
        result = self._run(cost, np.ones(len(self.rows), dtype=bool), gap, seconds)
        if result.x is None:
            return None
        return (result.x[:n] > 0.5).reshape(self.shape), float(result.mip_gap or 0.0)

    def _run(self, cost: Floats, keep: NDArray[np.bool_], gap: float, seconds: float) -> OptimizeResult:
        n = int(np.prod(self.shape))
        low, high = (np.array([row[end] for row in self.rows])[keep] for end in (2, 3))
        return milp(
            cost,
            constraints=LinearConstraint(self.matrix[np.flatnonzero(keep)].tocsc(), low, high),
            integrality=np.concatenate([np.ones(n), np.zeros(self.shape[1] + 1)]),
            bounds=Bounds(0.0, np.concatenate([np.ones(n), np.full(self.shape[1] + 1, np.inf)])),
            options={"mip_rel_gap": gap, "time_limit": seconds},
        )

    @cached_property
    def matrix(self) -> csr_array:
        """The rows as one sparse array."""
        at = [
            (k, column, value) for k, (_, row, _, _) in enumerate(self.rows) for column, value in row.items()
        ]
        rows, columns, values = zip(*at, strict=True)
        return csr_array((values, (rows, columns)), shape=(len(self.rows), self._z + 1))

    def clash(self, seconds: float) -> list[Problem]:
        """The demands without each of which there would be panels; one problem for all if there is none."""
        names = np.array([row[0] for row in self.rows])
        demands = [name for name in dict.fromkeys(names.tolist()) if not name.startswith(_MEASURES)]
        needed, there = sum(module.n_items for module in self.modules), len(self.items)
        if needed * self.n_panels > there * min(self.most_uses, self.n_panels):
            return [
                Problem(
                    where="design",
                    what=f"{self.n_panels} panels of {needed} items want more than the bank has",
                    got=f"{there} operational items, each in {self.most_uses} panels at most",
                    remedy="Ask for fewer panels or items, or allow more uses of an item (most_uses).",
                )
            ]
        nothing = np.zeros(self._z + 1)
        told = [
            Problem(where="design", what="no panels keep this and all other demands together", got=name)
            for name in demands
            if self._run(nothing, names != name, 1.0, seconds).x is not None
        ]
        return told or [
            Problem(
                where="design",
                what="no panels keep all demands, nor all but any one of them, or none were found in time",
                remedy="Ask for fewer panels or items, loosen constraints, or give it more seconds.",
            )
        ]


def _told(bank: ItemBank, modules: tuple[ModuleDesign, ...]) -> Floats:
    """λ² I of every item at the θ of every module, (n_modules, n_items)."""
    loading = {one.id: one.loading for one in bank.competencies}
    share = np.array([loading[item.competency] ** 2 for item in bank.operational])
    items = bank.irt_items()
    places = {name: place for place, name in enumerate(items.ids)}
    own = [places[item.id] for item in bank.operational]
    return information(items, [module.theta for module in modules])[own].T * share
