"""compassess.adaptive.criteria.a_stratified: low discrimination first."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive.criteria import AStratified
from compassess.adaptive.criteria.a_stratified import strata_of
from compassess.errors import InputError

numbers = st.lists(st.floats(0.1, 3), min_size=1, max_size=40)


@given(numbers, st.integers(1, 6))
def test_strata_ascend_in_slope_and_are_of_like_size(a: list[float], n_strata: int) -> None:
    """No item of a stratum discriminates more than one of the next; sizes differ by at most one."""
    slopes, strata = np.array(a), strata_of(np.array(a), n_strata)
    for low, high in zip(range(n_strata), range(1, n_strata), strict=False):
        if (strata == low).any() and (strata == high).any():
            assert slopes[strata == low].max() <= slopes[strata == high].min()
    if len(a) >= n_strata:
        sizes = np.bincount(strata, minlength=n_strata)
        assert sizes.max() - sizes.min() <= 1


@given(numbers, st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_blocks_of_neighbours_in_difficulty_go_to_all_strata(
    a: list[float], n_strata: int, seed: int
) -> None:
    """Each full block gives one item to every stratum, in the order of its slopes."""
    slopes, b = np.array(a), np.random.default_rng(seed).normal(size=len(a))
    strata = strata_of(slopes, n_strata, b)
    order = np.argsort(b)
    for start in range(0, len(a) - n_strata + 1, n_strata):
        block = order[start : start + n_strata]
        assert sorted(strata[block].tolist()) == list(range(n_strata))
        by_stratum = block[np.argsort(strata[block])]
        assert (np.diff(slopes[by_stratum]) >= 0).all()


def test_blocking_evens_out_the_difficulties_of_the_strata() -> None:
    """Where slope and difficulty go together, strata by slope alone differ in difficulty."""
    rng = np.random.default_rng(1)
    b = rng.normal(size=200)
    a = np.exp(0.4 * b + 0.1 * rng.normal(size=200))
    plain, blocked = strata_of(a, 4), strata_of(a, 4, b)
    gap = [np.ptp([b[strata == s].mean() for s in range(4)]) for strata in (plain, blocked)]
    assert gap[0] > 2.0
    assert gap[1] < 0.15


@pytest.mark.parametrize("b_blocking", [False, True])
def test_each_stratum_has_its_turn(b_blocking: bool) -> None:
    """Three strata of a study, two items from each in their order, then the last one again."""
    bank = banks.one_block(24)
    parameters = {"stage": 2, "strata": 3, "b_blocking": b_blocking}
    assessment = banks.assessment(
        bank, criterion="a_stratified", parameters=parameters, length=(8, 8), target=0.01, limits=(0, None)
    )
    pool = assessment.plan.pool
    strata = AStratified(**parameters).prepared(pool).strata
    place = {name: strata[j] for j, name in enumerate(pool.ids)}
    for row in ca.simulate(assessment, 20, seed=2).items:
        assert [int(place[name]) for name in row] == [0, 0, 1, 1, 2, 2, 2, 2]


def test_within_a_stratum_the_nearest_difficulty_is_worth_most() -> None:
    """Of items with the same stratum the order is that of the distance to θ̂."""
    pool = views.pool_of(banks.one_block(20))
    view = views.view_of(pool, 3, 3)
    prepared = AStratified(stage=2, strata=4).prepared(pool)
    worth = prepared.worth(view)
    distance = np.abs(pool.measurement.items.b[:, 0] - view.now.theta)
    for stratum in range(4):
        own = prepared.strata == stratum
        np.testing.assert_array_equal(
            np.argsort(-worth[:, own], axis=1), np.argsort(distance[:, own], axis=1)
        )


def test_an_empty_stratum_is_replaced_by_the_nearest() -> None:
    """The first stratum has six items, and ten are asked for: the second serves on."""
    bank = banks.one_block(12)
    assessment = banks.assessment(
        bank,
        criterion="a_stratified",
        parameters={"stage": 10, "strata": 2},
        length=(10, 10),
        target=0.01,
        limits=(0, None),
    )
    pool = assessment.plan.pool
    strata = strata_of(pool.measurement.items.a, 2)
    place = {name: int(strata[j]) for j, name in enumerate(pool.ids)}
    for row in ca.simulate(assessment, 5, seed=2).items:
        assert [place[name] for name in row] == [0] * 6 + [1] * 4


def test_graded_items_stand_at_the_mean_of_their_thresholds_and_nominal_ones_are_refused() -> None:
    """By name."""
    items = ca.irt.Items.create(
        ids=["graded", "nominal"],
        models=["GRM", "NRM"],
        a=[1.0, np.nan],
        b=[[-1.0, 2.0], [np.nan, np.nan]],
        n_categories=[3, 3],
        slopes=np.array([[np.nan] * 3, [-1.0, 0.0, 1.0]]),
        intercepts=np.array([[np.nan] * 3, [0.0, 0.0, 0.0]]),
    )
    with pytest.raises(InputError) as caught:
        AStratified(stage=2).prepared(views.pool_from(items))
    assert [problem.where for problem in caught.value.problems] == ["item 'nominal'"]
    served = AStratified(stage=2).prepared(views.pool_from(items.select(["graded"])))
    assert served.b.tolist() == [0.5]


def test_parameters_are_checked() -> None:
    """All faults at once."""
    with pytest.raises(InputError) as caught:
        AStratified(stage=0, strata=2.5, b_blocking="yes")  # type: ignore[arg-type]
    assert [problem.where for problem in caught.value.problems] == ["stage", "strata", "b_blocking"]
