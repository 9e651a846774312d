"""Items that share a stimulus and are presented together: which ones the sitting's present set leaves open.

Rules: (1) once an item of a set was presented, the next ones come from it, until ``most`` of them were, or
none is left that may come; (2) a set that was begun is not broken off by a stopping rule, only by the
greatest length; (3) a set that was left does not come again while anything else that counts may come (a
competency below its minimum, a block that is not known), or can complete a test with content constraints;
(4) an item that was technically lost does not count for ``most``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compassess.bank import Blueprint, ItemBank, ItemSetRule
from compassess.errors import InputError, Problem, raise_if_any
from compassess.irt.read_only import read_only

if TYPE_CHECKING:
    from compassess.adaptive.progress import Progress

__all__ = ["ItemSets"]

Index = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemSets:
    """The sets of a pool.

    Attributes
    ----------
    of_item : number of each item's set, (n_items,); −1 for an item that stands alone.
    n_sets : how many there are.
    most : items of one set that come in a row.
    """

    of_item: Index
    n_sets: int
    most: int

    @classmethod
    def create(cls, bank: ItemBank, blueprint: Blueprint, names: tuple[str, ...]) -> ItemSets | None:
        """Of the items called ``names``; None where the blueprint does not keep sets together.

        Raises
        ------
        InputError : no item has a stimulus; a set that a content constraint wants larger than ``most``.
        """
        rule = blueprint.conduct.item_sets
        if rule is None:
            return None
        stimuli = [bank.item(name).stimulus for name in names]
        numbers = {name: k for k, name in enumerate(dict.fromkeys(one for one in stimuli if one is not None))}
        if not numbers:
            raise InputError(
                Problem(
                    where="blueprint.json item_sets",
                    what="no operational item of this bank shares a stimulus",
                    remedy="Leave the section out, or give the items of a set a stimulus in the bank.",
                )
            )
        raise_if_any(_too_small(blueprint, rule))
        of_item = np.array([-1 if one is None else numbers[one] for one in stimuli], dtype=np.intp)
        most = len(names) if rule.most is None else rule.most
        return cls(of_item=read_only(of_item), n_sets=len(numbers), most=most)

    def last(self, progress: Progress) -> Index:
        """The set of the last item, −1 where there is none, (n,)."""
        return np.where(progress.last_item >= 0, self.of_item[progress.last_item], -1)

    def follow(self, progress: Progress, items: Index, rows: Index) -> None:
        """An item more in some ``rows``, in place, before it becomes the last one."""
        own = self.of_item[items]
        same = (own >= 0) & (self.last(progress)[rows] == own)
        progress.in_set[rows] = np.where(same, progress.in_set[rows] + 1, 1)
        inside = own >= 0
        progress.sets_seen[rows[inside], own[inside]] = True

    def open_now(self, progress: Progress, may_come: Flags) -> Flags:
        """Items with which the present set goes on, (n, n_items), of those that ``may_come``."""
        goes_on = progress.in_set < self.most
        return np.asarray(may_come & goes_on[:, None] & self.present(progress))

    def left(self, progress: Progress) -> Flags:
        """Items of sets that were left, (n, n_items)."""
        seen = progress.sets_seen[:, np.maximum(self.of_item, 0)] & (self.of_item >= 0)
        return np.asarray(seen & ~((progress.in_set < self.most)[:, None] & self.present(progress)))

    def present(self, progress: Progress) -> Flags:
        """Items of the set that the last item belongs to, (n, n_items)."""
        last = self.last(progress)[:, None]
        return np.asarray((last >= 0) & (self.of_item == last))


def _too_small(blueprint: Blueprint, rule: ItemSetRule) -> list[Problem]:
    if rule.most is None or blueprint.content is None:
        return []
    return [
        Problem(
            where="blueprint.json item_sets.most",
            what=f"the constraint {constraint.id!r} wants more items of a set",
            got=repr(rule.most),
            expected=f"{constraint.minimum:g} or more",
        )
        for constraint in blueprint.content.constraints
        if constraint.kind == "per_stimulus" and (constraint.minimum or 0) > rule.most
    ]
