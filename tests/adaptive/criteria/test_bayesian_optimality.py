"""compassess.adaptive.criteria.bayesian_optimality: what items take from the blocks' joint covariance."""

from __future__ import annotations

from typing import Any

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import compassess as ca
from compassess.adaptive.criteria import BayesianOptimality
from compassess.adaptive.criteria.bayesian_optimality import a_gain, c_gain, d_gain
from compassess.errors import InputError
from compassess.irt import information
from compassess.irt.moments import dimension_moments

Floats = NDArray[np.float64]


def covariance_of(seed: int, n_blocks: int = 3) -> tuple[Floats, Floats, float]:
    """A covariance of blocks, and the covariances and variance of a competency that goes with them."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((n_blocks + 1, n_blocks + 2))
    full = root @ root.T / 5 + 0.05 * np.eye(n_blocks + 1)
    return full[:n_blocks, :n_blocks], full[:n_blocks, n_blocks], float(full[n_blocks, n_blocks])


@given(st.integers(0, 2**32 - 1), st.floats(0, 20))
def test_gains_are_those_of_a_normal_observation(seed: int, information: float) -> None:
    """Determinant, trace and the variance of a sum before and after, from the updated covariance itself."""
    before, cross, variance = covariance_of(seed)
    after = before - np.outer(cross, cross) * information / (1 + information * variance)
    weights = np.array([0.2, 1.0, -0.5])
    arguments = (np.array([[information]]), np.array([[variance]]), cross[None, None])
    determinant = np.linalg.slogdet(before)[1] - np.linalg.slogdet(after)[1]
    assert d_gain(*arguments, before[None])[0, 0] == pytest.approx(determinant, rel=1e-6, abs=1e-9)
    assert a_gain(*arguments, before[None])[0, 0] == pytest.approx(np.trace(before - after), abs=1e-9)
    change = float(weights @ (before - after) @ weights)
    assert c_gain(*arguments, weights)[0, 0] == pytest.approx(change, abs=1e-9)


def test_a_block_of_its_own_is_segall_s_criterion() -> None:
    """For a competency that is its block det(Σ⁻¹ + I e eᵀ) = det Σ⁻¹ (1 + I Σ_bb)."""
    before, _, _ = covariance_of(4)
    told = d_gain(np.array([[0.7]]), before[1:2, 1:2], before[1][None, None], before[None])[0, 0]
    gained = np.linalg.inv(before) + 0.7 * np.outer([0, 1, 0], [0, 1, 0])
    assert told == pytest.approx(np.log(np.linalg.det(gained) * np.linalg.det(before)), rel=1e-12)


@pytest.mark.parametrize("optimality", ["D", "A", "c"])
@pytest.mark.parametrize("bank", [banks.three_blocks(3), banks.with_options(3)])
def test_worth_item_by_item(optimality: str, bank: ca.ItemBank) -> None:
    """The update of the whole covariance, an item after the other, places found by name."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 2, 5)
    weights = {"q": 1.0, "p": 0.5} if optimality == "c" else {}
    worth = BayesianOptimality(optimality=optimality, weights=weights).prepared(pool).worth(view)
    people, now = pool.lattice.population, view.now
    n_blocks = people.n_blocks
    carriers = [k for k, one in enumerate(pool.lattice.carriers) if one.transition is not None]
    names = [*people.blocks, *(people.competencies[pool.lattice.carriers[k].competency] for k in carriers)]
    covariance = dimension_moments(pool.lattice, now.likelihood, now.posterior, now.masses).covariance
    w = np.array([weights.get(name, 0.0) for name in people.blocks])
    for sitting in range(2):
        whole = covariance[sitting]
        for item in range(pool.n_items):
            competency = people.competencies[pool.competency[item]]
            own = names.index(competency if competency in names else people.blocks[pool.block[item]])
            at = pool.cells[pool.cell_of(now.theta[sitting, pool.competency[item]])]
            i = information(pool.measurement.items.select(np.array([item])), at)[0, 0]
            after = whole - np.outer(whole[own], whole[own]) * i / (1 + i * whole[own, own])
            before, after = whole[:n_blocks, :n_blocks], after[:n_blocks, :n_blocks]
            gain = {
                "D": np.linalg.slogdet(before)[1] - np.linalg.slogdet(after)[1],
                "A": np.trace(before - after),
                "c": w @ (before - after) @ w,
            }[optimality]
            assert worth[sitting, item] == pytest.approx(gain, rel=1e-8, abs=1e-12)


def test_one_block_needs_no_choice_of_optimality() -> None:
    """In one dimension D, A and c order items as information does."""
    pool = views.pool_of(banks.one_block(20))
    view = views.view_of(pool, 4, 3)
    order = np.argsort(pool.information_at(view.now.theta), axis=1)
    for optimality in ("D", "A", "c"):
        worth = BayesianOptimality(optimality=optimality).prepared(pool).worth(view)
        np.testing.assert_array_equal(np.argsort(worth, axis=1), order)


def test_items_of_all_blocks_are_compared() -> None:
    """With weight on one block only, items of blocks that say nothing about it are worth nothing."""
    bank = banks.bank(
        {name: (name, 1.0) for name in "pq"},
        [banks.item(f"{name}{j}", name, name, 1.0, [0.0]) for name in "pq" for j in range(3)],
    )
    pool = views.pool_of(bank)
    prepared = BayesianOptimality(optimality="c", weights={"q": 1.0}).prepared(pool)
    assert prepared.across_blocks
    worth = prepared.worth(views.view_of(pool, 1, 0))[0]
    np.testing.assert_allclose(worth[:3], 0.0, atol=1e-12)
    assert np.all(worth[3:] > 0.1)


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"optimality": "E"}, "optimality"),
        ({"optimality": "c", "weights": {"p": 0}}, "weights"),
        ({"optimality": "c", "weights": {"p": "much"}}, "weights.p"),
        ({"weights": {"p": 1}}, "weights"),
    ],
)
def test_parameters_that_cannot_be(parameters: dict[str, Any], where: str) -> None:
    """Each with its place; E-optimality is not there."""
    with pytest.raises(InputError) as caught:
        BayesianOptimality(**parameters)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_weights_of_blocks_that_are_none() -> None:
    """They are refused where the pool is known."""
    with pytest.raises(InputError, match="no such block"):
        BayesianOptimality(optimality="c", weights={"x": 1}).prepared(views.pool_of(banks.one_block(3)))
