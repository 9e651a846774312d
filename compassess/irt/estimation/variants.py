"""Items as the estimation sees them: one that is freed is as many items as there are groups.

Rule: variant j is item j, of the reference group where it is freed; the variants of the other groups follow,
group by group. An item whose parameters are equal in all groups has one variant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compassess.errors import Problem, raise_if_any
from compassess.irt.estimation.groups import Groups
from compassess.responses import Responses

__all__ = ["Freed", "Variants", "variants_of"]

#: Items whose parameters differ between groups: ids, or {id: names of the parameters}.
Freed = Sequence[str] | Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variants:
    """``item`` (n_variants,) whose variant it is; ``group`` (n_variants,) its group, −1 for all."""

    items: tuple[str, ...]
    item: NDArray[np.intp]
    group: NDArray[np.intp]

    @property
    def n_variants(self) -> int:
        """Number of variants."""
        return self.item.size

    def of_item(self, name: str) -> list[int]:
        """All variants of an item."""
        return np.flatnonzero(self.item == self.items.index(name)).tolist()

    def of_group(self, group: int) -> NDArray[np.intp]:
        """The variant that each item has in a group, (n_items,)."""
        found = np.arange(len(self.items))
        own = np.flatnonzero(self.group == group)
        found[self.item[own]] = own
        return found

    def names_in(self, group: int) -> tuple[str, ...]:
        """The column of the responses behind each variant in a group, a name that is none for the others'."""
        return tuple(
            self.items[item] if home in (-1, group) else f"\0{place}"
            for place, (item, home) in enumerate(zip(self.item.tolist(), self.group.tolist(), strict=True))
        )

    def counts(self, by_group: Sequence[Responses], width: int) -> NDArray[np.int64]:
        """Answers of each variant by category, (n_variants, width)."""
        total = np.zeros((self.n_variants, width), dtype=np.int64)
        for group, responses in enumerate(by_group):
            np.add.at(total, self.of_group(group), responses.category_counts(width))
        return total


def variants_of(items: tuple[str, ...], groups: Groups, freed: Freed) -> Variants:
    """Check the names of freed items, and lay out the variants.

    Raises
    ------
    InputError : freed items without groups, or that are not among the items.
    """
    names = list(freed)
    problems = [
        Problem(where=f"freed[{name!r}]", what="no such item", expected=f"ids like {', '.join(items[:5])}")
        for name in names
        if name not in items
    ]
    if names and len(groups.labels) == 1:
        problems.append(
            Problem(
                where="freed",
                what="there is one group only",
                remedy="Hand over groups=, between which parameters may differ.",
            )
        )
    raise_if_any(problems)
    places = [items.index(name) for name in names]
    item, group = list(range(len(items))), [-1] * len(items)
    for place in places:
        group[place] = 0
    for number in range(1, len(groups.labels)):
        item += places
        group += [number] * len(places)
    return Variants(items=items, item=np.array(item, dtype=np.intp), group=np.array(group, dtype=np.intp))
