"""compassess.adaptive.content.programme and .rows: the best test, against every test there is."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import banks
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

import compassess as ca
from compassess.adaptive.content import rows_of
from compassess.adaptive.content.programme import best_test, feasible
from compassess.adaptive.content.rows import Rows
from compassess.bank import Blueprint

from .samples import attributed, balanced, constraint_lists, satisfied

BANK, LENGTH = attributed(10), 4
N_ITEMS = len(BANK.operational)
LARGE = attributed(400, seed=8)


def blueprint_of(
    constraints: list[dict[str, Any]], bank: ca.ItemBank = BANK, length: int = LENGTH
) -> Blueprint:
    """A fixed length and these constraints, no limits of competencies."""
    section = {"method": "shadow_test", "constraints": constraints}
    return banks.blueprint(bank, limits=(0, None), length=(length, length), content=section)


def every_test(blueprint: Blueprint, *, any_length: bool = False) -> NDArray[np.bool_]:
    """All tests of the length that satisfy the constraints by their meaning, (n, n_items)."""
    items = BANK.operational
    assert blueprint.content is not None
    kept = []
    for length in range(len(items) + 1) if any_length else (LENGTH,):
        for places in combinations(range(len(items)), length):
            test = [items[j] for j in places]
            if all(
                satisfied(one, test) and (one.kind != "balance" or balanced(one, test, BANK))
                for one in blueprint.content.constraints
            ):
                kept.append(np.isin(np.arange(len(items)), places))
    return np.array(kept, dtype=bool).reshape(-1, len(items))


@settings(max_examples=60, deadline=None)
@given(constraint_lists(BANK, length=LENGTH), st.integers(0, 10_000))
def test_the_best_test_is_the_best_of_all(constraints: list[dict[str, Any]], seed: int) -> None:
    """Among all tests that satisfy the constraints by their meaning, none is worth more; and rows agree."""
    blueprint = blueprint_of(constraints)
    rows, tests = rows_of(BANK, blueprint), every_test(blueprint)
    rng = np.random.default_rng(seed)
    everything, nothing = np.ones(N_ITEMS, dtype=bool), np.zeros(N_ITEMS, dtype=bool)
    assert feasible(rows, everything) == bool(len(tests))
    if not len(tests):
        return
    assert rows.satisfied(tests).all()
    worth = rng.uniform(0.1, 1, N_ITEMS)
    found = best_test(rows, worth, everything, nothing)
    assert rows.satisfied(found.test[None])[0]
    assert np.isclose(found.value, (tests @ worth).max(), rtol=1e-7)
    assert np.isclose(found.value, worth[found.test].sum(), rtol=1e-9)
    assert found.bound >= found.value - 1e-6
    presented = tests[rng.integers(len(tests))] & (rng.random(N_ITEMS) < 0.5)
    later = best_test(rows, worth, everything, presented)
    assert (later.test >= presented).all()
    assert np.isclose(later.value, (tests[(tests >= presented).all(axis=1)] @ worth).max(), rtol=1e-7)


@settings(max_examples=30, deadline=None)
@given(constraint_lists(BANK, length=LENGTH))
def test_rows_are_the_meaning(constraints: list[dict[str, Any]]) -> None:
    """A test of the length satisfies the rows exactly where it satisfies the constraints by their meaning."""
    blueprint = blueprint_of(constraints)
    rows, kept = rows_of(BANK, blueprint), {test.tobytes() for test in every_test(blueprint)}
    rng = np.random.default_rng(1)
    tests = np.array(
        [np.isin(np.arange(N_ITEMS), rng.choice(N_ITEMS, LENGTH, replace=False)) for _ in range(60)]
    )
    assert rows.satisfied(tests).tolist() == [test.tobytes() in kept for test in tests]


def whole_programme(rows: Rows, worth: NDArray[np.float64], presented: NDArray[np.bool_]) -> float:
    """The optimum by HiGHS on the programme as it stands, without any reduction."""
    n_groups = len(rows.groups)
    result = milp(
        -np.concatenate([worth, np.zeros(n_groups)]),
        constraints=LinearConstraint(np.hstack([rows.items, rows.use]), rows.lower, rows.upper),
        integrality=np.ones(len(worth) + n_groups),
        bounds=Bounds(np.concatenate([presented, np.zeros(n_groups)]), np.ones(len(worth) + n_groups)),
        options={"mip_rel_gap": 0},
    )
    return float(-result.fun)


def test_reduced_programmes_reach_the_optimum_of_the_whole() -> None:
    """On 400 items the programme over a few of them, with its bound, gives the optimum over all."""
    constraints = [
        {
            "id": "essays",
            "kind": "count",
            "items": {"attributes": {"format": "essay"}},
            "minimum": 6,
            "maximum": 8,
        },
        {"id": "words", "kind": "sum", "attribute": "words", "minimum": 900, "maximum": 930},
        {"id": "keys", "kind": "balance", "attribute": "key", "maximum": 1},
        {"id": "enemies", "kind": "enemies"},
        {"id": "sets", "kind": "per_stimulus", "minimum": 2, "maximum": 3},
        {"id": "stimuli", "kind": "stimuli", "minimum": 2},
    ]
    rows = rows_of(LARGE, blueprint_of(constraints, LARGE, 20))
    rng = np.random.default_rng(2)
    presented = np.zeros(400, dtype=bool)
    for _ in range(12):
        worth = rng.gamma(0.5, size=400) + 0.01
        found = best_test(rows, worth, np.ones(400, dtype=bool), presented)
        assert rows.satisfied(found.test[None])[0]
        assert np.isclose(found.value, whole_programme(rows, worth, presented), rtol=1e-6)
        near = best_test(rows, worth, np.ones(400, dtype=bool), presented, gap=0.05)
        assert found.value * 0.95 - 1e-9 <= near.value <= found.value + 1e-6
        presented[np.flatnonzero(found.test & ~presented)[0]] = True


def test_soft_constraints_cost_what_they_are_missed_by() -> None:
    """A soft count of weight w gives way where two items are worth more than w best items, and not before."""
    bank = BANK
    for weight, expected in ((0.1, 0), (5.0, 2)):
        soft = [
            {
                "id": "soft",
                "kind": "count",
                "items": {"ids": ["i00", "i01"]},
                "minimum": 2,
                "hard": False,
                "weight": weight,
            }
        ]
        rows = rows_of(bank, blueprint_of(soft))
        worth = np.linspace(0.1, 1.0, N_ITEMS)  # the two are the least worthy: each costs 0.5 at least
        found = best_test(rows, worth, np.ones(N_ITEMS, dtype=bool), np.zeros(N_ITEMS, dtype=bool))
        assert found.test[:2].sum() == expected


def test_where_no_test_is_left_as_little_as_can_be_is_missed() -> None:
    """With both essays gone a minimum of three essays is missed, and by no more than must be."""
    constraints = [
        {"id": "essays", "kind": "count", "items": {"attributes": {"format": "essay"}}, "minimum": 3},
        {"id": "keys", "kind": "balance", "attribute": "key", "maximum": 1},
    ]
    rows = rows_of(BANK, blueprint_of(constraints))
    essays = np.array([item.attributes["format"] == "essay" for item in BANK.operational])
    open_items = np.ones(N_ITEMS, dtype=bool)
    open_items[np.flatnonzero(essays)[: essays.sum() - 2]] = False  # two are left
    found = best_test(rows, np.ones(N_ITEMS), open_items, np.zeros(N_ITEMS, dtype=bool))
    assert (found.test & essays).sum() == 2
    assert found.test.sum() == LENGTH
    assert not feasible(rows, open_items)
    keys = np.array([item.attributes["key"] == "a" for item in BANK.operational])
    assert abs(int((found.test & keys).sum()) - int((found.test & ~keys).sum())) <= 1
