"""Whether every path through the panels of a multistage test keeps the hard content constraints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compassess.adaptive.content import rows_of
from compassess.bank import Blueprint, ItemBank
from compassess.bank.places import place
from compassess.errors import Problem

__all__ = ["path_problems"]


def path_problems(bank: ItemBank, blueprint: Blueprint) -> Iterator[Problem]:
    """A problem for every constraint that a path misses, for whatever category of posts it holds."""
    multistage, content = blueprint.multistage, blueprint.content
    if multistage is None or content is None:
        return
    places = {item.id: k for k, item in enumerate(bank.operational)}
    told: set[tuple[int, str, str]] = set()
    for category in (None, *content.categories):
        rows = rows_of(bank, blueprint.for_category(category))
        for index, panel in enumerate(multistage.panels):
            for path in panel.paths():
                test = np.zeros((1, len(places)), dtype=bool)
                test[0, [places[item] for item in panel.items_of(path)]] = True
                for row in np.flatnonzero(rows.hard & ~rows.kept(test)[0]):
                    found = (index, " → ".join(path), rows.names[rows.owner[row]])
                    if found not in told:
                        told.add(found)
                        yield Problem(
                            where=f"blueprint.json {place('multistage', 'panels', index)}",
                            what=f"the path {found[1]} misses {found[2]}",
                            remedy="Exchange items of its modules, or make the constraint a soft one.",
                        )
