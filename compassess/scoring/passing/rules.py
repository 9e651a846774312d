"""The rule by which a form is passed: a minimum of the total, and a minimum of every part (conjunctive).

Letters. S_k the sum of the codes of part k, H_k its highest, m_k its minimum; S, H, M the same of the whole
form, items of no part included. A form is passed where S ≥ M and S_k ≥ m_k for every k.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from compassess.bank.readonly import freeze
from compassess.errors import Problem, raise_if_any
from compassess.irt import Items

__all__ = ["TOTAL", "PassRule", "form_of", "minimum_place"]

#: The id of the condition on the total; a part cannot be called so.
TOTAL: Final = "total"
_SPARE: Final = 1e-9  # so that 0.7 of 10 points is 7, as for the minimum of attempts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassRule:
    """At least ``minimum_total`` points in all, and at least ``minima[part]`` in every part named there.

    Attributes
    ----------
    minimum_total : M, a whole number of points, 0 … H.
    minima : m_k by part; a part that is not named has none.
    parts : the part of every item of the form, None for an item that counts in the total only.
    highest : the most points of every item, K − 1; 1 for an item that is not named.

    Two rules are equal where their content is. Building one checks it.

    Raises
    ------
    InputError : with every fault: no items; minima that are no whole numbers, below 0 or above the highest
        sum; a minimum for a part that no item belongs to; a part without a name or called "total"; points of
        items that are not in the form or less than 1.

    References
    ----------
    Haladyna & Hess (1999), Educational Assessment 6, 129-153, on conjunctive and compensatory rules.
    """

    minimum_total: int
    parts: Mapping[str, str | None]
    minima: Mapping[str, int] = field(default_factory=dict)
    highest: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [*_form_problems(self), *_minimum_problems(self)]
        raise_if_any(problems)
        freeze(self, parts=self.parts, minima=self.minima, highest=self.highest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PassRule) and _content(self) == _content(other)

    def __hash__(self) -> int:
        return hash((self.minimum_total, frozenset(self.parts.items())))

    @classmethod
    def create(
        cls,
        parts: Mapping[str, str | None] | Sequence[str | None],
        *,
        minimum_total: int,
        minima: Mapping[str, int] | None = None,
        items: Sequence[str] | None = None,
        highest: int | Mapping[str, int] = 1,
    ) -> PassRule:
        """A rule from labels: ``{item: part}``, or a label an item in the order of ``items``.

        ``highest`` is one number for all items, or by item.

        Raises
        ------
        InputError : labels that do not match ``items``, and every fault of the rule.
        """
        labels = _labelled(parts, items)
        points = dict(highest) if isinstance(highest, Mapping) else dict.fromkeys(labels, highest)
        return cls(minimum_total=minimum_total, parts=labels, minima=dict(minima or {}), highest=points)

    @classmethod
    def from_shares(
        cls,
        parts: Mapping[str, str | None] | Sequence[str | None],
        *,
        total_share: float,
        part_shares: Mapping[str, float] | None = None,
        items: Sequence[str] | None = None,
        highest: int | Mapping[str, int] = 1,
    ) -> PassRule:
        """Minima as shares of what can be reached: M = ⌈share · H⌉, m_k = ⌈share_k · H_k⌉.

        Shares within [0, 1]; a billionth is to spare, so that 0.7 of 10 points is 7.

        Raises
        ------
        InputError : shares outside [0, 1], unknown parts, and every fault of the rule.
        """
        whole = cls.create(parts, minimum_total=0, items=items, highest=highest)
        wanted = {TOTAL: total_share, **dict(part_shares or {})}
        raise_if_any(
            [
                Problem(where=minimum_place(name), what="this is no share", got=repr(share), expected="0 … 1")
                for name, share in wanted.items()
                if not 0.0 <= share <= 1.0
            ]
        )
        points = {name: ceil(share * whole.highest_of(name) - _SPARE) for name, share in wanted.items()}
        total = points.pop(TOTAL)
        return cls(minimum_total=total, minima=points, parts=whole.parts, highest=whole.highest)

    def with_total(self, minimum_total: int) -> PassRule:
        """The same rule with another minimum of the total."""
        return PassRule(
            minimum_total=minimum_total, minima=self.minima, parts=self.parts, highest=self.highest
        )

    @property
    def items(self) -> tuple[str, ...]:
        """The items of the form."""
        return tuple(self.parts)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Ids of the conditions: "total", then the parts that have a minimum."""
        return (TOTAL, *self.minima)

    @property
    def needed(self) -> NDArray[np.intp]:
        """M and the m_k, in the order of ``conditions``."""
        return np.array([self.minimum_total, *self.minima.values()], dtype=np.intp)

    @property
    def membership(self) -> NDArray[np.bool_]:
        """Which items count towards which condition, (n_items, n_conditions)."""
        return np.array([[True, *(part == name for name in self.minima)] for part in self.parts.values()])

    @property
    def points(self) -> NDArray[np.intp]:
        """The most points of every item, (n_items,)."""
        return np.array([self.highest.get(name, 1) for name in self.parts], dtype=np.intp)

    def highest_of(self, condition: str) -> int:
        """H, or H_k of a part; 0 for a part that holds no item."""
        return sum(
            self.highest.get(name, 1) for name, part in self.parts.items() if condition in (TOTAL, part)
        )

    @property
    def redundant(self) -> tuple[str, ...]:
        """Conditions that follow from all others, whatever the scores; leaving one out changes nothing.

        The total where Σ_k m_k ≥ M; part k where M − (H − H_k) ≥ m_k, or m_k = 0. Two that follow from each
        other are both told: leave out one, and ask again.
        """
        found = [TOTAL] if sum(self.minima.values()) >= self.minimum_total else []
        most = self.highest_of(TOTAL)
        for part, minimum in self.minima.items():
            if self.minimum_total - (most - self.highest_of(part)) >= minimum or minimum == 0:
                found.append(part)
        return tuple(found)


def form_of(items: Items, rule: PassRule) -> Items:
    """The items of the rule's form out of ``items`` (a form, or a whole bank), in the rule's order.

    Raises
    ------
    InputError : items of the rule that are not among them, have no parameters, or have another number of
        points than the rule says, all at once.
    """
    place = {name: index for index, name in enumerate(items.ids)}
    usable, most = items.usable, items.n_categories - 1
    problems = []
    for name, points in zip(rule.items, rule.points.tolist(), strict=True):
        where, index = f"item {name!r}", place.get(name)
        if index is None:
            problems.append(Problem(where=where, what="the rule's item is not among these items"))
        elif not usable[index]:
            problems.append(Problem(where=where, what="the rule's item has no parameters"))
        elif most[index] != points:
            problems.append(
                Problem(
                    where=where,
                    what="the rule has another highest score for the item than its model",
                    got=str(points),
                    expected=str(int(most[index])),
                    remedy="Tell the rule by highest=.",
                )
            )
    raise_if_any(problems)
    return items.select(rule.items)


def _labelled(
    parts: Mapping[str, str | None] | Sequence[str | None], items: Sequence[str] | None
) -> dict[str, str | None]:
    """Labels by item."""
    if isinstance(parts, Mapping):
        unlike = items is not None and tuple(items) != tuple(parts)
        problems = [Problem(where="items", what="parts name the items already")] if unlike else []
        raise_if_any(problems)
        return dict(parts)
    names = tuple(items or ())
    problems = []
    if len(names) != len(parts):
        problems.append(
            Problem(
                where="parts",
                what="not a label for every item",
                got=f"{len(parts)} labels for {len(names)} items",
                expected="as many labels as items=, or {item: part}",
            )
        )
    problems += [
        Problem(where=f"item {name!r}", what="the id stands more than once")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    raise_if_any(problems)
    return dict(zip(names, parts, strict=True))


def _form_problems(rule: PassRule) -> Iterator[Problem]:
    """What is wrong with the items and their labels."""
    if not rule.parts:
        yield Problem(where="parts", what="a form needs items", got="none")
    for part in dict.fromkeys(rule.parts.values()):
        if part in (TOTAL, "") or (part is not None and not isinstance(part, str)):
            yield Problem(
                where="parts",
                what="this cannot be the name of a part",
                got=repr(part),
                expected=f"a text that is not empty and not {TOTAL!r}, or None for no part",
            )
    for name, points in rule.highest.items():
        if name not in rule.parts:
            yield Problem(where=f"highest[{name!r}]", what="no item of the form")
        if not _whole(points) or points < 1:
            yield Problem(
                where=f"highest[{name!r}]",
                what="the most points of an item",
                got=repr(points),
                expected="a whole number, at least 1",
            )


def _minimum_problems(rule: PassRule) -> Iterator[Problem]:
    """What is wrong with the minima."""
    known = [part for part in dict.fromkeys(rule.parts.values()) if part not in (None, "", TOTAL)]
    countable = all(_whole(points) for points in rule.highest.values())
    for place, (name, minimum) in enumerate([(TOTAL, rule.minimum_total), *rule.minima.items()]):
        where = "minimum_total" if place == 0 else f"minima[{name!r}]"
        if place > 0 and name not in known:
            yield Problem(
                where=where,
                what="no item of the form belongs to this part",
                expected=f"one of {', '.join(map(str, known)) or 'none: the items have no parts'}",
            )
        elif not _whole(minimum) or minimum < 0:
            yield Problem(
                where=where,
                what="a minimum of points",
                got=repr(minimum),
                expected="a whole number, at least 0",
            )
        elif countable and minimum > rule.highest_of(name):
            yield Problem(
                where=where,
                what="nobody can reach this minimum",
                got=str(minimum),
                expected=f"at most {rule.highest_of(name)}, the highest sum",
            )


def minimum_place(condition: str) -> str:
    """Where a rule holds the minimum of one of its conditions, for messages."""
    return "minimum_total" if condition == TOTAL else f"minima[{condition!r}]"


def _whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _content(rule: PassRule) -> tuple[object, ...]:
    points = dict(zip(rule.items, rule.points.tolist(), strict=True))
    return rule.minimum_total, dict(rule.minima), dict(rule.parts), points
