"""compassess.adaptive.progress: what the answers so far say."""

from __future__ import annotations

import banks
import numpy as np
import pytest

import compassess as ca
from compassess.adaptive import answered, estimate, fresh
from compassess.irt import probability

BANK = banks.three_blocks(4)
PLAN = banks.assessment(BANK).plan


def after(items: list[str], codes: list[int]) -> object:
    """One sitting after these answers."""
    ids = PLAN.measurement.items.ids
    progress = fresh(PLAN.pool, np.ones((1, PLAN.n_items), dtype=bool))
    for name, code in zip(items, codes, strict=True):
        progress = answered(PLAN.pool, progress, np.array([ids.index(name)]), np.array([code]))
    return progress


def test_an_answer_makes_a_new_value() -> None:
    """The state before an answer stays as it was; the new one has one item less and counts it."""
    before = fresh(PLAN.pool, np.ones((2, PLAN.n_items), dtype=bool))
    untouched = before.log_likelihood.copy()
    later = answered(PLAN.pool, before, np.array([3, 9]), np.array([0, 2]))
    np.testing.assert_array_equal(before.log_likelihood, untouched)
    assert before.open_items.all()
    assert before.length.tolist() == [0, 0]
    assert np.argwhere(~later.open_items).tolist() == [[0, 3], [1, 9]]
    assert later.by_competency.sum(axis=1).tolist() == later.length.tolist() == [1, 1]


def test_the_likelihood_is_the_product_of_probabilities() -> None:
    """log L is the sum of log P over the answers, by competency."""
    progress = after(["p1_00", "p1_01", "r2_03"], [2, 0, 3])
    items, theta = PLAN.measurement.items, PLAN.lattice.grid.theta
    table = np.log(probability(items, theta))
    place = items.ids.index
    names = items.population.competencies
    carrier = PLAN.lattice.carrier_of_competency
    expected = np.zeros((PLAN.lattice.n_carriers, theta.size))
    expected[carrier[names.index("p1")]] = table[place("p1_00"), 2] + table[place("p1_01"), 0]
    expected[carrier[names.index("r2")]] = table[place("r2_03"), 3]
    np.testing.assert_allclose(progress.log_likelihood[0], expected, atol=1e-12)  # type: ignore[attr-defined]


@pytest.mark.parametrize("n_answers", [0, 1, 4])
def test_spread_is_the_variance_given_the_block(n_answers: int) -> None:
    """``spread`` is E Var(θ_c | θ_b, answers), by direct summation; 1 − λ² without answers."""
    codes = [2, 1, 3, 0][:n_answers]
    progress = after([f"q1_0{j}" for j in range(n_answers)], codes)
    now = estimate(PLAN.pool, progress)  # type: ignore[arg-type]
    theta = np.linspace(-7, 7, 401)
    likelihood = np.ones_like(theta)
    curves = probability(PLAN.measurement.items, theta)
    for j, code in enumerate(codes):
        likelihood *= curves[PLAN.measurement.items.ids.index(f"q1_0{j}"), code]
    joint = np.exp(-0.5 * theta**2 - 0.5 * (theta[:, None] - 0.8 * theta) ** 2 / 0.36) * likelihood[:, None]
    column = joint.sum(axis=0)
    mean = (joint * theta[:, None]).sum(axis=0) / column
    variance = (joint * (theta[:, None] - mean) ** 2).sum(axis=0) / column
    expected = (variance * column).sum() / column.sum()
    place = PLAN.measurement.items.population.competencies.index("q1")
    assert now.spread[0, place] == pytest.approx(expected, abs=1e-6)
    assert now.spread[0, place - 1] == pytest.approx(0.36, abs=1e-6)


def test_a_competency_that_is_its_block_has_no_spread() -> None:
    """With λ = 1 nothing varies given the block."""
    plan = banks.assessment(banks.three_blocks(2, loading=1.0)).plan
    now = estimate(plan.pool, fresh(plan.pool, np.ones((1, plan.n_items), dtype=bool)))
    np.testing.assert_array_equal(now.spread, 0.0)


def test_the_estimate_equals_scoring() -> None:
    """θ of the competencies and SE of the blocks are those that score() finds for the same answers."""
    items, codes = ["p1_00", "p1_01", "q2_02", "r2_03"], [2, 0, 1, 3]
    now = estimate(PLAN.pool, after(items, codes))  # type: ignore[arg-type]
    scores = ca.score(ca.Responses.from_array([codes], items=items), BANK)
    np.testing.assert_allclose(now.block_se, scores.se, atol=1e-12)
    np.testing.assert_allclose(now.theta, scores.competencies.theta, atol=1e-12)
