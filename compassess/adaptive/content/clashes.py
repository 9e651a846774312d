"""Whether any test satisfies a blueprint, and if none does, which demands clash.

An irreducible infeasible subset: no test satisfies its members together, and without any one of them there
is one. Found by the deletion filter: each demand in turn is left out for good where the rest still clashes.

Source: Chinneck & Dravnieks (1991), ORSA Journal on Computing, 3, 157.
"""

from __future__ import annotations

import numpy as np

from compassess.adaptive.content.programme import feasible
from compassess.adaptive.content.rows import LINK, Rows
from compassess.errors import Problem

__all__ = ["clash_problems", "clashing"]


def clashing(rows: Rows) -> tuple[str, ...]:
    """Places of demands that clash, as few as leave no test; empty where there is a test."""
    everything = np.ones(rows.n_items, dtype=bool)
    if feasible(rows, everything):
        return ()
    hard = set(rows.owner[rows.hard].tolist()) - {LINK}
    for owner in sorted(hard):
        if not feasible(rows.only(hard - {owner}), everything):
            hard.discard(owner)
    return tuple(rows.names[owner] for owner in sorted(hard))


def clash_problems(rows: Rows, category: str | None = None) -> list[Problem]:
    """The clash as a fault of the blueprint; an empty list where there is a test."""
    names = clashing(rows)
    if not names:
        return []
    of_whom = "" if category is None else f" for posts of the category {category!r}"
    return [
        Problem(
            where="blueprint.json content",
            what=f"no test of this bank satisfies these together{of_whom}: {', '.join(names)}",
            remedy="Without any one of them there is a test: relax one, or add items to the bank.",
        )
    ]
