"""What a selection of the k best asks of its input: places, labels, rules; every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compassess.errors import Problem
from compassess.scoring.ranking.result import rows_of
from compassess.scoring.ranking.ties import AtBoundary, TieBreak, check_step, check_tie_breaks

__all__ = ["ONLY", "RankingRules", "Request", "checked_k", "request_of"]

Floats = NDArray[np.float64]

ONLY: Final = "all"  # the name of the competition where there is but one


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRules:
    """How places are given, and how sure is sure.

    Attributes
    ----------
    step : estimates are rounded to it before they are ranked, by :func:`tied_classes` of this room.
    at_boundary : who shares the last place: "include" all, "exclude" all, or "refuse" to select.
    in_probability, out_probability : "in" from the one on, "out" up to the other, "border" between.
    """

    step: float | None = None
    at_boundary: AtBoundary = "include"
    in_probability: float = 0.95
    out_probability: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """What is asked for, checked."""

    ids: tuple[str, ...]
    competitions: tuple[str, ...]
    k: dict[str, int]
    rules: RankingRules
    estimate: Floats | None
    tie_breaks: Sequence[TieBreak]
    seed: int | None


def request_of(
    n: int,
    k: int | Mapping[str, int],
    estimate: ArrayLike | None,
    ids: Sequence[object] | None,
    competitions: Sequence[object] | None,
    rules: RankingRules | None,
    tie_breaks: Sequence[TieBreak],
    seed: int | None,
    problems: list[Problem],
) -> Request:
    """What is asked for; all that is wrong with it is added to ``problems``."""
    names = tuple(str(row + 1) for row in range(n)) if ids is None else tuple(map(str, ids))
    labels = (ONLY,) * n if competitions is None else tuple(map(str, competitions))
    value = None if estimate is None else np.asarray(estimate, dtype=np.float64)
    sizes = {"ids": len(names), "competitions": len(labels), "estimate": n if value is None else value.size}
    for where, size in sizes.items():
        if size != n:
            problems.append(
                Problem(where=where, what="wrong number", got=str(size), expected=f"{n}, one a person")
            )
    rules = rules or RankingRules()
    _check_rules(rules, problems)
    check_tie_breaks(tie_breaks, n, problems)
    if len(names) == len(labels):
        _refuse_twice(names, labels, problems)
    counts = {name: rows.size for name, rows in rows_of(labels)}
    return Request(
        ids=names,
        competitions=labels,
        k=checked_k(k, counts, problems),
        rules=rules,
        estimate=value,
        tie_breaks=tie_breaks,
        seed=seed,
    )


def _check_rules(rules: RankingRules, problems: list[Problem]) -> None:
    low, high = rules.out_probability, rules.in_probability
    if not 0.0 <= low < high <= 1.0:
        problems.append(
            Problem(
                where="rules",
                what="the probabilities are out of order",
                got=f"out_probability {low:g}, in_probability {high:g}",
                expected="0 ≤ out_probability < in_probability ≤ 1",
            )
        )
    check_step(rules.step, "rules.step", problems)
    if rules.at_boundary not in ("include", "exclude", "refuse"):
        problems.append(
            Problem(
                where="rules.at_boundary",
                what="no such policy",
                got=repr(rules.at_boundary),
                expected='"include", "exclude" or "refuse"',
            )
        )


def checked_k(
    k: int | Mapping[str, int], counts: Mapping[str, int], problems: list[Problem]
) -> dict[str, int]:
    """Places by competition, each in 1 … n of that competition."""
    given = {name: k.get(name) for name in counts} if isinstance(k, Mapping) else dict.fromkeys(counts, k)
    found: dict[str, int] = {}
    for name, places in given.items():
        where = "k" if name == ONLY and not isinstance(k, Mapping) else f"k of competition {name!r}"
        whole = isinstance(places, int | np.integer) and not isinstance(places, bool)
        if places is None or not whole or not 1 <= places <= counts[name]:
            problems.append(
                Problem(
                    where=where,
                    what="not a number of places",
                    got="nothing" if places is None else str(places),
                    expected=f"a whole number, 1 … {counts[name]}",
                )
            )
        else:
            found[name] = int(places)
    if isinstance(k, Mapping):
        problems += [
            Problem(where=f"k of competition {name!r}", what="nobody is in this competition")
            for name in sorted(k.keys() - counts.keys())
        ]
    return found


def _refuse_twice(names: Sequence[str], labels: Sequence[str], problems: list[Problem]) -> None:
    seen: set[tuple[str, str]] = set()
    for row, pair in enumerate(zip(labels, names, strict=True)):
        if pair in seen:
            problems.append(
                Problem(where=f"ids[{row}]", what="a person is twice in one competition", got=repr(pair[1]))
            )
        seen.add(pair)
