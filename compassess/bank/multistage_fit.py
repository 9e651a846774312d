"""Whether the panels of a blueprint can be sat with a bank: items, lengths, scores, along every path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from compassess.bank.bank import ItemBank
from compassess.bank.blueprint import Blueprint
from compassess.bank.multistage import Multistage, Panel
from compassess.bank.places import place, shown
from compassess.errors import Problem

__all__ = ["multistage_fit_problems"]


def multistage_fit_problems(bank: ItemBank, blueprint: Blueprint) -> Iterator[Problem]:
    """Every fault of the section ``multistage`` as seen from the bank and the rest of the blueprint."""
    multistage = blueprint.multistage
    if multistage is None:
        return
    yield from _beside(blueprint)
    blocks = [block.id for block in bank.blocks]
    for name in multistage.routing.weights or {}:
        if name not in blocks:
            yield Problem(
                where=place("multistage", "routing", "weights", name),
                what="unknown block",
                got=shown(name),
                expected=" or ".join(map(shown, blocks)),
            )
    unknown = list(_unknown_items(bank, multistage))
    yield from unknown
    if not unknown:
        for index, panel in enumerate(multistage.panels):
            if multistage.routing.rule == "number_correct":
                yield from _cuts(bank, panel, multistage.routing.over, index)
            yield from _paths(bank, blueprint, panel, index)


def _beside(blueprint: Blueprint) -> Iterator[Problem]:
    """Sections that choose items, which the panels do here."""
    conduct, selection = blueprint.conduct, blueprint.selection
    others = {
        "start": conduct.start is not None,
        "item_sets": conduct.item_sets is not None,
        "selection.exposure": selection.exposure is not None,
        "selection.randomesque": selection.randomesque > 1,
        "stopping.also": bool(blueprint.stopping.also),
    }
    for where, given in others.items():
        if given:
            yield Problem(
                where=where,
                what="items come from panels, which leave it nothing to do",
                remedy="Leave out this section or the section multistage.",
            )


def _unknown_items(bank: ItemBank, multistage: Multistage) -> Iterator[Problem]:
    operational = {item.id for item in bank.operational}
    for index, panel in enumerate(multistage.panels):
        for at, module in enumerate(panel.modules):
            for k, item in enumerate(module.items):
                if item not in operational:
                    yield Problem(
                        where=place("multistage", "panels", index, "modules", at, "items", k),
                        what="no operational item of the bank",
                        got=shown(item),
                    )


def _cuts(bank: ItemBank, panel: Panel, over: str, index: int) -> Iterator[Problem]:
    """Cuts that no sum of categories is below, or at."""
    greatest = {
        module.id: sum(bank.item(item).n_categories - 1 for item in module.items) for module in panel.modules
    }
    reach = dict(greatest)
    if over == "path":
        for path in panel.paths():
            for k, name in enumerate(path):
                reach[name] = max(reach[name], sum(greatest[one] for one in path[: k + 1]))
    for at, module in enumerate(panel.modules):
        for k, cut in enumerate(module.cuts):
            if not 0 < cut <= reach[module.id]:
                yield Problem(
                    where=place("multistage", "panels", index, "modules", at, "cuts", k),
                    what="every sum of scores lies on one side of it",
                    got=shown(cut),
                    expected=f"above 0, and {reach[module.id]} or less",
                )


def _paths(bank: ItemBank, blueprint: Blueprint, panel: Panel, index: int) -> Iterator[Problem]:
    """Paths that are too short or too long, or have too few or too many items of a competency."""
    where = place("multistage", "panels", index)
    competency = {item.id: item.competency for item in bank.operational}
    for path in panel.paths():
        items = panel.items_of(path)
        told = " → ".join(path)
        length = blueprint.length
        if not length.minimum <= len(items) <= length.maximum:
            yield Problem(
                where=where,
                what=f"the path {told} has another length than the blueprint",
                got=shown(len(items)),
                expected=f"{length.minimum} to {length.maximum} items",
            )
        counts = Counter(competency[item] for item in items)
        for name, limits in blueprint.competencies.items():
            most = len(items) if limits.maximum is None else limits.maximum
            if not limits.minimum <= counts[name] <= most:
                yield Problem(
                    where=where,
                    what=f"the path {told} has another number of items of {name!r} than the blueprint",
                    got=shown(counts[name]),
                    expected=f"{limits.minimum} to {most}",
                )
