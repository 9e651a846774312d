"""What a blueprint demands of a test's content, written as rows: each kind of constraint in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from compassess.adaptive.content.rows import Rows, RowsBuilder
from compassess.bank import BankItem, Blueprint, Constraint, ItemBank

__all__ = ["rows_of"]

Flags = NDArray[np.bool_]


def rows_of(bank: ItemBank, blueprint: Blueprint) -> Rows:
    """Length, limits of the competencies and constraints of ``blueprint`` over the operational items.

    Constraints for some categories of posts only are left out: ``Blueprint.for_category`` makes them
    unconditional where they hold.
    """
    items = bank.operational
    builder = RowsBuilder(len(items))
    everything = np.ones(len(items), dtype=bool)
    length = blueprint.length
    builder.row(builder.demand("length"), everything, length.minimum, length.maximum)
    for name, limits in blueprint.competencies.items():
        if limits.minimum > 0 or limits.maximum is not None:
            of_it = np.array([item.competency == name for item in items])
            builder.row(builder.demand(f"competencies.{name}"), of_it, limits.minimum or None, limits.maximum)
    content = blueprint.content
    for index, one in enumerate(() if content is None else content.constraints):
        if not one.categories:
            owner = builder.demand(f"content.constraints[{index}] ({one.id})")
            _WRITTEN[one.kind](_Demand(builder=builder, owner=owner, one=one, items=items))
    return builder.done(length=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """A constraint that is being written."""

    builder: RowsBuilder
    owner: int
    one: Constraint
    items: tuple[BankItem, ...]

    @property
    def about(self) -> Flags:
        """The items that it is about."""
        return np.array([self.one.items.admits(item) for item in self.items], dtype=bool)

    def row(self, items: NDArray[Any], lower: float | None, upper: float | None, **use: Any) -> None:
        """A row of this constraint."""
        one = self.one
        self.builder.row(self.owner, items, lower, upper, hard=one.hard, weight=one.weight, **use)

    def stimuli(self) -> dict[str, Flags]:
        """The items that it is about, by their stimulus."""
        about = self.about
        names = {item.stimulus: None for item, meant in zip(self.items, about, strict=True) if meant}
        return {
            name: about & np.array([item.stimulus == name for item in self.items])
            for name in names
            if name is not None
        }


def _count(demand: _Demand) -> None:
    demand.row(demand.about, demand.one.minimum, demand.one.maximum)


def _sum(demand: _Demand) -> None:
    values = np.array([_number(item, demand.one.attribute) for item in demand.items])
    demand.row(np.where(demand.about, values, 0.0), demand.one.minimum, demand.one.maximum)


def _number(item: BankItem, attribute: str | None) -> float:
    value = item.attributes.get(attribute or "")
    return float(value) if isinstance(value, int | float) else 0.0


def _include(demand: _Demand) -> None:
    about = demand.about
    demand.row(about, int(about.sum()), None)


def _exclude(demand: _Demand) -> None:
    demand.row(demand.about, None, 0)


def _enemies(demand: _Demand) -> None:
    """One row for its items, or one for every clique of the bank's enemies."""
    if demand.one.items.to_dict():
        demand.row(demand.about, None, 1)
        return
    for clique in _cliques(demand.items):
        members = np.zeros(len(demand.items), dtype=bool)
        members[clique] = True
        demand.row(members, None, 1)


def _cliques(items: tuple[BankItem, ...]) -> list[list[int]]:
    """Cliques that cover every pair of enemies: one row holds what many pairs would say, and tighter."""
    places = {item.id: index for index, item in enumerate(items)}
    foes: dict[int, set[int]] = {index: set() for index in range(len(items))}
    for index, item in enumerate(items):
        for other in (places[name] for name in item.enemies if name in places):
            foes[index].add(other)
            foes[other].add(index)
    cliques: list[list[int]] = []
    covered: set[tuple[int, int]] = set()
    for first in foes:
        for second in sorted(foes[first]):
            if first < second and (first, second) not in covered:
                clique = [first, second]
                for third in sorted(foes[first] & foes[second]):
                    if all(third in foes[member] for member in clique):
                        clique.append(third)
                covered.update(combinations(sorted(clique), 2))
                cliques.append(sorted(clique))
    return cliques


def _all_or_none(demand: _Demand) -> None:
    about = demand.about
    group = demand.builder.group(about)
    demand.row(about, 0, 0, use={group: -float(about.sum())})


def _per_stimulus(demand: _Demand) -> None:
    one = demand.one
    for members in demand.stimuli().values():
        group = demand.builder.group(members)
        if one.minimum is not None:
            demand.row(members, 0, None, use={group: -one.minimum})
        if one.maximum is not None:
            demand.row(members, None, 0, use={group: -one.maximum})


def _stimuli(demand: _Demand) -> None:
    groups = [demand.builder.group(members) for members in demand.stimuli().values()]
    nothing = np.zeros(len(demand.items))
    demand.row(nothing, demand.one.minimum, demand.one.maximum, use=dict.fromkeys(groups, 1.0))


def _balance(demand: _Demand) -> None:
    """The counts of every two values differ by no more than the maximum."""
    about, attribute = demand.about, demand.one.attribute or ""
    given = [
        item.attributes.get(attribute) if meant else None
        for item, meant in zip(demand.items, about, strict=True)
    ]
    values = [value for value in dict.fromkeys(given) if value is not None]
    counted = {value: np.array([one == value for one in given], dtype=np.float64) for value in values}
    most = demand.one.maximum or 0.0
    for one, other in combinations(values, 2):
        demand.row(counted[one] - counted[other], -most, most)


_WRITTEN: Final[Mapping[str, Callable[[_Demand], None]]] = MappingProxyType(
    {
        "count": _count,
        "sum": _sum,
        "include": _include,
        "exclude": _exclude,
        "enemies": _enemies,
        "all_or_none": _all_or_none,
        "per_stimulus": _per_stimulus,
        "stimuli": _stimuli,
        "balance": _balance,
    }
)
