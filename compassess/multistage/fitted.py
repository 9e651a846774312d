"""A blueprint for panels: what it says of lengths and competencies is what their paths have."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from compassess.bank import Blueprint, ItemBank, Length, Limits, Multistage

__all__ = ["fitted_blueprint"]


def fitted_blueprint(bank: ItemBank, blueprint: Blueprint, multistage: Multistage) -> Blueprint:
    """``blueprint`` with these panels: bands, policies, review, pilot items and constraints as they were.

    Length and limits of competencies become those of the shortest and the longest path, from the fewest to
    the most; what would choose items
    (start, item sets, exposure control, further stopping rules) is left out.

    Raises
    ------
    InputError : panels that are none.
    """
    competency = {item.id: item.competency for item in bank.items}
    paths = [panel.items_of(path) for panel in multistage.panels for path in panel.paths()]
    counts = [Counter(competency.get(item) for item in path) for path in paths]
    limits = {
        one.id: Limits(
            minimum=min(count[one.id] for count in counts), maximum=max(count[one.id] for count in counts)
        )
        for one in bank.competencies
    }
    return replace(
        blueprint,
        competencies=limits,
        length=Length(minimum=min(map(len, paths)), maximum=max(map(len, paths))),
        selection=replace(blueprint.selection, randomesque=1, exposure=None),
        stopping=replace(blueprint.stopping, also=()),
        conduct=replace(blueprint.conduct, start=None, item_sets=None),
        multistage=multistage,
    )
