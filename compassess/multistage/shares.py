"""Which paths people took in a simulation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from compassess.errors import InputError, Problem
from compassess.responses import frame
from compassess.simulation import SimulationStudy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["path_shares"]


def path_shares(study: SimulationStudy) -> pd.DataFrame:
    """A row for every panel and path: how many took it, and their share of those who got the panel.

    Two panels with a path of the same items cannot be told apart by them; both then stand in one row.

    Raises
    ------
    InputError : a study of another test than a multistage one.
    """
    multistage = study.assessment.blueprint.multistage
    if multistage is None:
        raise InputError(Problem(where="study", what="not of a multistage test"))
    of_items: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for panel in multistage.panels:
        for path in panel.paths():
            of_items.setdefault(panel.items_of(path), []).append((panel.id, path))
    taken = Counter(study.items)
    names = [" = ".join(dict.fromkeys(panel for panel, _ in ways)) for ways in of_items.values()]
    paths = [" → ".join(ways[0][1]) for ways in of_items.values()]
    counts = [taken.pop(items, 0) for items in of_items]
    totals = {name: sum(n for one, n in zip(names, counts, strict=True) if one == name) for name in names}
    shares = [n / max(totals[name], 1) for name, n in zip(names, counts, strict=True)]
    if taken:  # sittings that lost an item, or post-hoc people without an answer to some
        names, paths = [*names, ""], [*paths, "incomplete"]
        counts, shares = [*counts, sum(taken.values())], [*shares, float("nan")]
    return frame({"panel": names, "path": paths, "n": np.array(counts), "share": np.array(shares)})
