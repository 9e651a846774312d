"""compassess.adaptive.shortlist: what a short list decides is what judging all items decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import banks
import numpy as np
import pytest

from compassess.adaptive import Plan, decide, estimate, fresh
from compassess.adaptive.progress import Progress, answer
from compassess.bank import ItemBank

BANKS: dict[str, ItemBank] = {
    "one block": banks.one_block(40),
    "alike": banks.equal_items(30),
    "three blocks": banks.three_blocks(6, loading=1.0),
    "competencies below blocks": banks.three_blocks(6),
}


def plan_of(name: str, size: int) -> Plan:
    """Long sittings, one of the ``size`` best."""
    bank = BANKS[name]
    return banks.assessment(bank, randomesque=size, length=(12, 30), target=0.05).plan


def sittings(plan: Plan, n: int, n_answers: int) -> tuple[Progress, np.ndarray[Any, Any]]:
    """n sittings after some answers by the rules, and their seeds."""
    rng = np.random.default_rng(n_answers)
    seeds = np.arange(1, n + 1, dtype=np.uint64)
    progress = fresh(plan.pool, np.ones((n, plan.n_items), dtype=bool))
    for _ in range(n_answers):
        item = decide(plan, progress, estimate(plan.pool, progress), seeds).item
        answer(plan.pool, progress, item, rng.integers(0, 2, n))
    return progress, seeds


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("n_answers", [0, 1, 5, 11])
@pytest.mark.parametrize("name", BANKS)
def test_the_list_decides_as_all_items_do(name: str, n_answers: int, size: int) -> None:
    """With many sittings at once, and with each alone."""
    plan = plan_of(name, size)
    assert plan.shortlist is not None
    progress, seeds = sittings(plan, 12, n_answers)
    now = estimate(plan.pool, progress)
    of_all = decide(replace(plan, shortlist=None), progress, now, seeds).item
    np.testing.assert_array_equal(decide(plan, progress, now, seeds).item, of_all)
    for row in range(12):
        own = np.array([row])
        alone = decide(plan, progress.select(own), now.select(own), seeds[own]).item
        assert alone.tolist() == of_all[own].tolist()


@pytest.mark.parametrize("size", [1, 3])
def test_a_pool_that_runs_out(size: int) -> None:
    """The last items, fewer than may be chosen from, and none at all."""
    bank = banks.one_block(8)
    plan = banks.assessment(bank, randomesque=size, length=(8, 8), target=0.05).plan
    progress, seeds = sittings(plan, 5, 6)
    for n_left in (2, 1):
        now = estimate(plan.pool, progress)
        item = decide(plan, progress, now, seeds).item
        of_all = decide(replace(plan, shortlist=None), progress, now, seeds).item
        np.testing.assert_array_equal(item, of_all)
        assert progress.open_items[np.arange(5), item].all()
        assert (progress.n_open[:, 0] == n_left).all()
        answer(plan.pool, progress, item, np.zeros(5, dtype=int))
    assert not progress.open_items.any()
