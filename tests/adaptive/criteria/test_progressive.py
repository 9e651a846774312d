"""compassess.adaptive.criteria.progressive and proportional: chance first, information later."""

from __future__ import annotations

from dataclasses import replace

import banks
import numpy as np
import pytest
import views
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from compassess.adaptive import View
from compassess.adaptive.criteria import MaximumInformation, Progressive, Proportional, RandomItem
from compassess.adaptive.criteria.progressive import growth
from compassess.adaptive.criteria.proportional import race
from compassess.errors import InputError

POOL = views.pool_of(banks.one_block(12))


def after(n_items: int, n_sittings: int = 5) -> View:
    """Sittings that have presented so many items."""
    return views.view_of(POOL, n_sittings, n_items)


def many(view: View, n: int) -> View:
    """The first sitting again and again, with seeds of their own."""
    copies = view.select(np.zeros(n, dtype=np.intp))
    return replace(copies, seeds=np.arange(n, dtype=np.uint64))


@given(st.integers(2, 60), st.floats(0.1, 5))
def test_growth_by_a_loop(length: int, acceleration: float) -> None:
    """Σ (f − 1)^k up to q over the same up to Q; from 0 to 1, and never falling."""
    terms = [(f - 1) ** acceleration for f in range(1, length + 1)]
    expected = [sum(terms[:q]) / sum(terms) for q in range(1, length + 1)]
    weights = growth(length, acceleration)
    np.testing.assert_allclose(weights, expected, rtol=1e-10, atol=1e-12)
    assert weights[0] == 0.0
    assert weights[-1] == 1.0
    assert (np.diff(weights) >= 0).all()


def test_a_sitting_of_one_item_is_not_left_to_chance() -> None:
    """Q = 1: its only item is the last."""
    assert growth(1, 1.0).tolist() == [1.0]


def test_at_the_end_it_is_maximum_information() -> None:
    """At item number ``length``, and after it."""
    prepared = Progressive(length=6).prepared(POOL)
    for n_items in (5, 8):
        view = after(n_items)
        np.testing.assert_array_equal(prepared.worth(view), MaximumInformation().prepared(POOL).worth(view))


def test_at_the_first_item_it_is_chance() -> None:
    """The order of the items is that of the random criterion."""
    view = after(0)
    worth = Progressive(length=6).prepared(POOL).worth(view)
    np.testing.assert_array_equal(np.argsort(worth), np.argsort(RandomItem().prepared(POOL).worth(view)))


def test_in_between_it_is_a_mixture() -> None:
    """(1 − W) R + W I, R between 0 and the greatest information of items that were not presented."""
    view = after(3)
    told = MaximumInformation().prepared(POOL).worth(view)
    chance = RandomItem().prepared(POOL).worth(view)
    greatest = np.where(view.progress.open_items, told, 0.0).max(axis=1, keepdims=True)
    share = (1 + 2 + 3) / (1 + 2 + 3 + 4 + 5)
    expected = (1 - share) * chance * greatest + share * told
    np.testing.assert_allclose(Progressive(length=6).prepared(POOL).worth(view), expected, rtol=1e-12)


def test_a_race_is_won_in_proportion() -> None:
    """20,000 draws at H = 1.5, by χ²; also among some of the items only."""
    information, power = np.array([0.2, 1.0, 2.5, 0.7]), np.array([[1.5]])
    draws = np.random.default_rng(5).random((20_000, 4))
    worth = race(information, power, draws)
    for which in ([0, 1, 2, 3], [0, 1, 3]):
        winners = np.bincount(worth[:, which].argmax(axis=1), minlength=len(which))
        weights = information[which] ** 1.5
        assert chisquare(winners, 20_000 * weights / weights.sum()).pvalue > 0.001


def test_races_stay_finite() -> None:
    """Without any information, and at the ends of the draws."""
    worth = race(np.array([0.0, 1.0]), np.array([[30.0]]), np.array([[0.0, 1 - 2.0**-53]]))
    assert np.isfinite(worth).all()


@pytest.mark.parametrize("n_items", [0, 3])
def test_proportional_draws_items_by_a_power_of_their_information(n_items: int) -> None:
    """8,000 sittings in the same state: evenly at first, then by I^H, H = Q W, by χ²."""
    view = many(after(n_items), 8_000)
    worth = Proportional(length=6).prepared(POOL).worth(view)
    open_items = view.progress.open_items[0]
    chosen = np.bincount(np.where(open_items, worth, -np.inf).argmax(axis=1), minlength=POOL.n_items)
    power = 6 * growth(6, 1.0)[n_items]
    told = MaximumInformation().prepared(POOL).worth(view)[0]
    weights = np.where(open_items, told**power, 0.0)
    expected = 8_000 * weights / weights.sum()
    often = expected >= 5
    observed = np.append(chosen[often], chosen[~often].sum())
    wanted = np.append(expected[often], expected[~often].sum())
    kept = wanted > 0
    assert not observed[~kept].any()
    assert chisquare(observed[kept], wanted[kept]).pvalue > 0.001


@pytest.mark.parametrize("criterion", [Progressive, Proportional])
def test_parameters_are_checked(criterion: type[Progressive] | type[Proportional]) -> None:
    """All faults at once."""
    with pytest.raises(InputError) as caught:
        criterion(length=0, acceleration=-1.0)
    assert [problem.where for problem in caught.value.problems] == ["acceleration", "length"]
