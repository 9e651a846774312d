"""Panels assembled from a bank by one 0/1 programme, which stands in :mod:`.programme`.

What an item tells about its block at the θ of a module counts as I_mi = λ_i² I_i(θ_m). The least module, as a
share of what the bank has there, is made as good as can be (maximin), and the same module tells the same in
all panels but for a tolerance.

Source: van der Linden (2005), Linear models for optimal test design, ch. 6 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content import rows_of
from compassess.bank import Blueprint, ItemBank, Module, Multistage, Panel, Routing
from compassess.bank.multistage import RoutingRule, Scope
from compassess.errors import InputError, Problem
from compassess.irt.curves import information
from compassess.multistage.cuts import Cutting, cuts_where_information_crosses
from compassess.multistage.design import ModuleDesign, PanelDesign
from compassess.multistage.programme import Programme, Search

__all__ = ["Assembled", "assemble_panels"]

Floats = NDArray[np.float64]


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
    nodes: int | None = None,
    blueprint: Blueprint | None = None,
) -> Assembled:
    """Fill ``n_panels`` parallel panels with the operational items of a bank, and find their cuts.

    Parameters
    ----------
    rule, over, weights : as in :class:`compassess.bank.Routing`.
    cuts : finds cuts where the rule has any; :func:`compassess.multistage.cuts_by_shares` makes another.
    most_uses : panels that an item may stand in.
    tolerance : τ, by how much the same module may tell more in one panel than in another.
    mip_rel_gap, seconds, nodes : when the solver may stop with what it has. Where ``nodes`` stop it and not
        seconds, every machine finds the same panels.
    blueprint : whose limits of competencies and hard content constraints shall hold on every path; the length
        is the design's. Default none. Constraints for some categories of posts only are left out: hand over
        ``blueprint.for_category(name)``.

    Raises
    ------
    InputError : no panels keep all demands: those are named without which there would be some; nothing was
        found in time; cuts that no sum of scores separates.

    Limits
    ------
    Sets of items with a stimulus are kept together by constraints of the blueprint alone. In blocks with
    competencies λ² I counts an item as if it were the only one of its competency; constraints of kind "count"
    spread a module over competencies.
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
    told = _told(bank, design.modules)
    programme = Programme(
        bank.operational,
        design,
        told,
        n_panels=n_panels,
        most_uses=most_uses,
        tolerance=tolerance,
        rows=None if blueprint is None else rows_of(bank, blueprint),
    )
    search = Search(gap=mip_rel_gap, seconds=seconds, nodes=nodes)
    found = programme.solved(search)
    if found is None:
        raise InputError(programme.clash(search))
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
    information_of = np.einsum("pmi,mi->pm", chosen, told)
    return Assembled(
        multistage=multistage if rule == "maximum_information" else cuts(bank, multistage),
        information=information_of,
        share=information_of / programme.best,
        gap=gap,
    )


def _told(bank: ItemBank, modules: tuple[ModuleDesign, ...]) -> Floats:
    """λ² I of every item at the θ of every module, (n_modules, n_items)."""
    loading = {one.id: one.loading for one in bank.competencies}
    share = np.array([loading[item.competency] ** 2 for item in bank.operational])
    items = bank.irt_items()
    places = {name: place for place, name in enumerate(items.ids)}
    own = [places[item.id] for item in bank.operational]
    return information(items, [module.theta for module in modules])[own].T * share
