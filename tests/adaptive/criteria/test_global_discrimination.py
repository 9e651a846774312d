"""compassess.adaptive.criteria.global_discrimination: how much the probability of a right answer varies."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st

from compassess.adaptive.criteria import GlobalDiscrimination
from compassess.adaptive.criteria.global_discrimination import discrimination
from compassess.adaptive.criteria.maximum_information import share_of_block
from compassess.errors import InputError


@pytest.mark.parametrize("weight", ["posterior", "likelihood"])
@pytest.mark.parametrize("bank", [banks.one_block(6), banks.three_blocks(2, n_thresholds=1)])
def test_worth_by_plain_loops(weight: str, bank: banks.ItemBank) -> None:
    """The variance of P over the nodes, by as much as the block moves the competency."""
    pool = views.pool_of(bank)
    view = views.view_of(pool, 3)
    worth = GlobalDiscrimination(weight=weight).prepared(pool).worth(view)
    raw = view.now.masses if weight == "posterior" else view.now.likelihood
    for sitting in range(3):
        for item in range(pool.n_items):
            w = raw[sitting, pool.carrier[item]] / raw[sitting, pool.carrier[item]].sum()
            p = np.exp(pool.measurement.table[pool.row_of[item, 1]])
            variance = sum(wq * (pq - float(w @ p)) ** 2 for wq, pq in zip(w, p, strict=True))
            share = share_of_block(pool.loading[item], view.now.spread[sitting, pool.competency[item]])
            assert worth[sitting, item] == pytest.approx(variance * float(share), rel=1e-8, abs=1e-14)


@given(
    st.lists(st.floats(0, 1), min_size=9, max_size=9), st.lists(st.floats(0.01, 5), min_size=9, max_size=9)
)
def test_it_lies_between_nothing_and_a_quarter(success: list[float], weights: list[float]) -> None:
    """The variance of numbers in [0, 1]; right and wrong have the same."""
    w, p = np.array([weights]), np.array([success])
    told = discrimination(w, p)[0, 0]
    assert 0 <= told <= 0.25 + 1e-12
    assert discrimination(w, 1 - p)[0, 0] == pytest.approx(told, abs=1e-12)


def test_a_step_between_two_halves_has_a_quarter() -> None:
    """P jumps from 0 to 1 in the middle of the weights."""
    assert discrimination(np.ones((1, 2)), np.array([[0.0, 1.0]]))[0, 0] == 0.25


def test_items_with_more_categories_are_refused_by_name() -> None:
    """All of them at once."""
    pool = views.pool_of(banks.with_options())
    with pytest.raises(InputError) as caught:
        GlobalDiscrimination().prepared(pool)
    assert [problem.where for problem in caught.value.problems] == [f"item {name!r}" for name in pool.ids]
