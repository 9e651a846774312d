"""Small banks with attributes, random constraints on them, and what they mean, spelled out by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import banks
import numpy as np
from hypothesis import strategies as st

import compassess as ca
from compassess.bank import BankItem, Constraint

Content = dict[str, Any]


def attributed(n_items: int = 40, seed: int = 6) -> ca.ItemBank:
    """Two blocks of two competencies; format, key, words; stimuli of three items; some enemies."""
    rng = np.random.default_rng(seed)
    competencies = {"p1": ("p", 1.0), "p2": ("p", 0.8), "q1": ("q", 1.0), "q2": ("q", 0.8)}
    names = list(competencies)
    items = []
    for j in range(n_items):
        name = names[j % 4]
        changes: Content = {
            "attributes": {
                "format": ["choice", "essay", "task"][rng.integers(3)],
                "key": ["a", "b"][rng.integers(2)],
                "words": int(rng.integers(20, 90)),
            }
        }
        if j % 5 == 1:
            changes["stimulus"] = f"s{j // 15}"
        if j % 7 == 3 and j > 3:
            changes["enemies"] = [f"i{j - 1:02d}", f"i{j - 3:02d}"]
        items.append(
            banks.item(
                f"i{j:02d}", name, competencies[name][0], rng.uniform(0.8, 2), [rng.normal()], **changes
            )
        )
    return banks.bank(competencies, items, ((1.0, 0.5), (0.5, 1.0)))


def satisfied(one: Constraint, test: Sequence[BankItem]) -> bool:
    """Whether a test satisfies a constraint, from its meaning alone; ``include`` asks by ids."""
    about = [item for item in test if one.items.admits(item)]
    low = -np.inf if one.minimum is None else one.minimum
    high = np.inf if one.maximum is None else one.maximum
    if one.kind == "count":
        return bool(low <= len(about) <= high)
    if one.kind == "sum":
        return bool(low <= sum(float(item.attributes[one.attribute or ""]) for item in about) <= high)
    if one.kind == "include":
        return {item.id for item in about} == set(one.items.ids)
    if one.kind == "exclude":
        return not about
    if one.kind == "enemies":
        if one.items.to_dict():
            return len(about) <= 1
        return not any(a.id in b.enemies or b.id in a.enemies for a, b in combinations(about, 2))
    if one.kind == "all_or_none":
        return len(about) in (0, len(one.items.ids))
    stimuli = Counter(item.stimulus for item in about if item.stimulus is not None)
    if one.kind == "per_stimulus":
        return all(low <= n <= high for n in stimuli.values())
    if one.kind == "stimuli":
        return bool(low <= len(stimuli) <= high)
    return True  # balance is about values that the bank has: see `balanced`


def balanced(one: Constraint, test: Sequence[BankItem], bank: ca.ItemBank) -> bool:
    """The counts of the values that the bank's items have differ by at most the maximum."""
    of = [item for item in bank.operational if one.items.admits(item)]
    values = {item.attributes.get(one.attribute or "") for item in of} - {None}
    counts = [
        sum(item.attributes.get(one.attribute or "") == v for item in test if one.items.admits(item))
        for v in values
    ]
    return max(counts, default=0) - min(counts, default=0) <= (one.maximum or 0)


def keeps(assessment: ca.Assessment, ids: Sequence[str]) -> bool:
    """Whether a finished test keeps length, limits and every hard constraint of its blueprint."""
    blueprint, bank = assessment.blueprint, assessment.bank
    test = [bank.item(name) for name in ids]
    if not blueprint.length.minimum <= len(test) <= blueprint.length.maximum:
        return False
    counts = Counter(item.competency for item in test)
    for name, limits in blueprint.competencies.items():
        most = np.inf if limits.maximum is None else limits.maximum
        if not limits.minimum <= counts[name] <= most:
            return False
    content = blueprint.content
    return content is None or all(
        satisfied(one, test) and (one.kind != "balance" or balanced(one, test, bank))
        for one in content.constraints
        if one.hard and not one.categories
    )


def constraint_lists(bank: ca.ItemBank, *, length: int) -> st.SearchStrategy[list[Content]]:
    """Up to five random constraints, many of which can be met together and many not."""
    ids = [item.id for item in bank.operational]
    few = st.lists(st.sampled_from(ids), min_size=2, max_size=3, unique=True)
    filters = st.sampled_from(
        [
            {"attributes": {"format": "essay"}},
            {"attributes": {"format": ["essay", "task"]}},
            {"attributes": {"key": "a"}},
            {"attributes": {"words": {"minimum": 40}}},
            {"competency": "p1"},
            {"block": "q"},
        ]
    )
    low, wide = st.integers(0, length // 2), st.integers(0, length // 2)
    counts = st.builds(
        lambda items, a, b: {"kind": "count", "items": items, "minimum": a, "maximum": a + b},
        filters,
        low,
        wide,
    )
    sums = st.builds(
        lambda a, b: {"kind": "sum", "attribute": "words", "minimum": a, "maximum": a + b},
        st.integers(20 * length, 75 * length),
        st.integers(10, 300),
    )
    by_ids = st.builds(
        lambda kind, names: {"kind": kind, "items": {"ids": names}},
        st.sampled_from(["include", "exclude", "enemies", "all_or_none"]),
        few,
    )
    others = st.sampled_from(
        [
            {"kind": "enemies"},
            {"kind": "balance", "attribute": "key", "maximum": 1},
            {"kind": "balance", "attribute": "format", "maximum": 2},
            {"kind": "per_stimulus", "minimum": 2, "maximum": 3},
            {"kind": "stimuli", "minimum": 1, "maximum": 2},
        ]
    )
    one = st.one_of(counts, sums, by_ids, others)
    return st.lists(one, min_size=1, max_size=5).map(
        lambda found: [{"id": f"c{k}", **member} for k, member in enumerate(found)]
    )
