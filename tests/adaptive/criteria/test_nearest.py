"""compassess.adaptive.criteria.nearest_difficulty and nearest_peak: items placed where the estimate is."""

from __future__ import annotations

import banks
import numpy as np
import pytest
import views
from hypothesis import assume, given
from hypothesis import strategies as st

import compassess as ca
from compassess.adaptive.criteria import NearestDifficulty, NearestPeak
from compassess.adaptive.criteria.nearest_peak import peak
from compassess.errors import InputError
from compassess.irt import information

ASYMPTOTES = ca.irt.Items.create(
    ids=["i", "j", "k"],
    models=["3PL", "4PL", "2PL"],
    a=[1.2, 2.0, 0.8],
    b=[[-1.0], [0.5], [1.5]],
    c=[0.25, 0.1, 0.0],
    d=[1.0, 0.9, 1.0],
)


def test_worth_is_the_distance() -> None:
    """From the posterior mean to b, or to the peak."""
    pool = views.pool_from(ASYMPTOTES)
    view = views.view_of(pool, 4, 2)
    for criterion, places in (
        (NearestDifficulty(), [-1.0, 0.5, 1.5]),
        (NearestPeak(), peak(ASYMPTOTES.a, ASYMPTOTES.b[:, 0], ASYMPTOTES.c, ASYMPTOTES.d)),
    ):
        worth = criterion.prepared(pool).worth(view)
        np.testing.assert_allclose(worth, -np.abs(np.array(places) - view.now.theta), rtol=1e-12)


@given(st.floats(0.3, 3), st.floats(-2, 2), st.floats(0, 0.5), st.floats(0.6, 1))
def test_information_has_its_peak_there(a: float, b: float, c: float, d: float) -> None:
    """Nowhere on a fine grid is it greater."""
    item = ca.irt.Items.create(ids=["i"], models=["4PL"], a=[a], b=[[b]], c=[c], d=[d])
    at = peak(item.a, item.b[:, 0], item.c, item.d)[0]
    assume(abs(at - b) * a < 8)
    fine = at + np.linspace(-6, 6, 2001) / a
    assert information(item, at)[0, 0] >= information(item, fine)[0].max() * (1 - 1e-9)


@given(st.floats(0.3, 3), st.floats(-2, 2), st.floats(0, 0.5))
def test_birnbaums_peak(a: float, b: float, c: float) -> None:
    """Under the 3PL it is b + log((1 + √(1 + 8 c)) / 2) / a, and b without guessing."""
    one, zero = np.array([1.0]), np.zeros(1)
    expected = b + np.log((1 + np.sqrt(1 + 8 * c)) / 2) / a
    assert peak(np.array([a]), np.array([b]), np.array([c]), one)[0] == pytest.approx(expected, abs=1e-8)
    assert peak(np.array([a]), np.array([b]), zero, one)[0] == pytest.approx(b, abs=1e-9)


def test_without_asymptotes_both_are_the_same_rule() -> None:
    """2PL items."""
    pool = views.pool_of(banks.one_block(10))
    view = views.view_of(pool)
    worths = [criterion.prepared(pool).worth(view) for criterion in (NearestDifficulty(), NearestPeak())]
    np.testing.assert_allclose(*worths, atol=1e-9)


@pytest.mark.parametrize("criterion", [NearestDifficulty(), NearestPeak()])
def test_items_without_one_difficulty_are_refused_by_name(
    criterion: NearestDifficulty | NearestPeak,
) -> None:
    """More than two categories, and nominal items; what has merged to two categories is served."""
    items = ca.irt.Items.create(
        ids=["graded", "two", "nominal", "merged"],
        models=["GRM", "2PL", "NRM", "GRM"],
        a=[1.0, 1.0, np.nan, 1.0],
        b=[[-1.0, 1.0], [0.0], [np.nan, np.nan], [np.nan, 0.4]],
        n_categories=[3, 2, 3, 3],
        slopes=np.array([[np.nan] * 3, [np.nan] * 3, [-1.0, 0.0, 1.0], [np.nan] * 3]),
        intercepts=np.array([[np.nan] * 3, [np.nan] * 3, [0.0, 0.0, 0.0], [np.nan] * 3]),
    )
    with pytest.raises(InputError) as caught:
        criterion.prepared(views.pool_from(items))
    assert [problem.where for problem in caught.value.problems] == ["item 'graded'", "item 'nominal'"]
    served = criterion.prepared(views.pool_from(items.select(["two", "merged"])))
    np.testing.assert_allclose(served.places, [0.0, 0.4], atol=1e-12)
