"""Forms and rules that the tests of this folder share."""

from __future__ import annotations

import numpy as np

from compassess.irt import Items, Population
from compassess.scoring.passing import PassRule

ACTS = ("constitution", "service", "ethics", "corruption", "procedures")


def legislation(seed: int = 1, *, difficulty: float = -0.7, name: str = "i") -> Items:
    """55 items of two categories in one dimension."""
    rng = np.random.default_rng(seed)
    b = rng.normal(difficulty, 1.0, 55)
    return Items.create(ids=[f"{name}{j:02d}" for j in range(55)], a=rng.lognormal(0, 0.25, 55), b=b[:, None])


def legislation_rule(items: Items, minimum_total: int = 30, minimum: int = 5) -> PassRule:
    """At least 30 in all and 5 of 11 in each of five acts."""
    return PassRule.create(
        [ACTS[j % 5] for j in range(55)],
        items=items.ids,
        minimum_total=minimum_total,
        minima=dict.fromkeys(ACTS, minimum),
    )


def two_abilities() -> Items:
    """Five items of two correlated blocks, of two to three categories."""
    return Items.create(
        ids=list("vwxyz"),
        a=[1.2, 0.8, 1.5, 1.1, 0.9],
        b=[[-0.5], [0.4], [-0.8, 0.6], [0.1], [0.7]],
        competencies=["p", "p", "q", "q", "q"],
        population=Population.create(["p", "q"], correlation=[[1.0, 0.5], [0.5, 1.0]]),
    )
