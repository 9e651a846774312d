"""compassess.adaptive.estimate: what was kept from the answer before gives what a computation anew gives."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import Plan, answered, estimate, fresh
from compassess.adaptive.progress import Progress, answer, left


def plan_of(bank: ca.ItemBank) -> Plan:
    """Over a bank with the default blueprint."""
    return banks.assessment(bank).plan


PLANS = {
    "one block": plan_of(banks.one_block(60)),
    "three blocks, λ = 1": plan_of(banks.three_blocks(8, loading=1.0)),
    "three blocks, λ = .8": plan_of(banks.three_blocks(8)),
}


def play(plan: Plan, n: int, n_answers: int, seed: int) -> Progress:
    """Random items with random answers."""
    rng = np.random.default_rng(seed)
    progress = fresh(plan.pool, np.ones((n, plan.n_items), dtype=bool))
    for _ in range(n_answers):
        items = np.array([rng.choice(np.flatnonzero(row)) for row in progress.open_items])
        n_categories = (plan.pool.row_of[items] >= 0).sum(axis=1)
        answer(plan.pool, progress, items, rng.integers(0, n_categories))
    return progress


def agree(plan: Plan, progress: Progress, atol: float = 1e-10) -> None:
    """The estimate equals that from the log-likelihood alone."""
    assert progress.kept is not None
    kept, anew = estimate(plan.pool, progress), estimate(plan.pool, replace(progress, kept=None))
    for name in ("block_theta", "block_se", "theta", "spread"):
        np.testing.assert_allclose(getattr(kept, name), getattr(anew, name), rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("n_answers", [0, 1, 7, 20])
def test_kept_is_as_good_as_anew(name: str, n_answers: int) -> None:
    """After any answers, of several sittings at once."""
    agree(PLANS[name], play(PLANS[name], 5, n_answers, seed=n_answers))


@pytest.mark.parametrize("name", PLANS)
def test_some_of_the_sittings_go_on(name: str) -> None:
    """Rows that were selected, and answers of some rows only, move what they should."""
    plan = PLANS[name]
    progress = play(plan, 6, 5, seed=3).select(np.array([4, 0, 5]))
    agree(plan, progress)
    rows = np.array([2, 0])
    items = progress.open_items[rows].argmax(axis=1)
    before = progress.log_likelihood.copy()
    answer(plan.pool, progress, items, np.array([1, 0]), rows=rows)
    assert progress.length.tolist() == [6, 5, 6]
    assert np.array_equal(progress.log_likelihood[1], before[1])
    assert not np.array_equal(progress.log_likelihood[0], before[0])
    agree(plan, progress)


@pytest.mark.parametrize("name", PLANS)
def test_the_value_before_an_answer_stays(name: str) -> None:
    """A further answer makes a value of its own, and so does an item without one."""
    plan = PLANS[name]
    before = play(plan, 1, 4, seed=9)
    first = estimate(plan.pool, before)
    item = before.open_items.argmax(axis=1)
    agree(plan, answered(plan.pool, before, item, np.array([1])))
    without = left(plan.pool, before, item, scores=False, counts=True)
    np.testing.assert_array_equal(estimate(plan.pool, without).block_theta, first.block_theta)
    agree(plan, left(plan.pool, before, item, scores=True, counts=True))
    np.testing.assert_array_equal(estimate(plan.pool, before).block_theta, first.block_theta)
    agree(plan, before)


def test_what_is_kept_serves_its_own_answers_only() -> None:
    """With another log-likelihood in its place all is computed anew."""
    plan = PLANS["three blocks, λ = .8"]
    progress, other = play(plan, 2, 6, seed=1), play(plan, 2, 6, seed=2)
    mixed = replace(progress, log_likelihood=other.log_likelihood)
    np.testing.assert_allclose(
        estimate(plan.pool, mixed).theta, estimate(plan.pool, other).theta, rtol=0, atol=1e-10
    )
    assert mixed.select(np.array([1])).kept is None


@pytest.mark.parametrize("name", PLANS)
def test_answers_beyond_what_floating_point_holds(name: str) -> None:
    """Hundreds of answers that contradict each other: a likelihood of e⁻¹⁰⁰⁰ is none too small."""
    plan = PLANS[name]
    progress = fresh(plan.pool, np.ones((2, plan.n_items), dtype=bool))
    for turn in range(1500):
        items = np.full(2, turn % plan.n_items)
        answer(plan.pool, progress, items, np.array([turn // plan.n_items % 2, 0]))
    assert progress.log_likelihood.max(axis=2).min() < -100
    agree(plan, progress, atol=1e-9)


def test_two_blocks_meet_on_the_joint_grid() -> None:
    """They have no factor; one of the competencies is its block, and sends its own likelihood."""
    rng = np.random.default_rng(8)
    homes = {"a": ("s", 1.0), "b": ("s", 0.9), "c": ("t", 0.8)}
    items = [
        banks.item(f"{name}{j}", name, block, 1.5, [rng.normal()])
        for name, (block, _) in homes.items()
        for j in range(6)
    ]
    plan = plan_of(banks.bank(homes, items, [[1.0, 0.5], [0.5, 1.0]]))
    assert plan.lattice.factor is None
    agree(plan, play(plan, 3, 10, seed=4))
