"""Probabilities, expected scores and information of known items, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from compassess.irt import (
    Items,
    expected_score,
    expected_total,
    information,
    log_probability,
    probability,
    score_function,
    total_information,
)


def test_two_categories_follow_the_logistic_curve() -> None:
    """P(X = 1) = 1 / (1 + exp(−a (θ − b))): ½ at b, .731 one unit of a (θ − b) above."""
    items = Items.create(ids=["x"], a=[2.0], b=[[0.5]])
    found = probability(items, [0.5, 1.0])
    np.testing.assert_allclose(found[0, 1], [0.5, 0.7310585786300049], rtol=1e-14)


def test_two_categories_inform_by_the_squared_slope() -> None:
    """I(θ) = a² P (1 − P): a² / 4 at b."""
    items = Items.create(ids=["x"], a=[2.0], b=[[0.5]])
    assert information(items, 0.5)[0, 0] == pytest.approx(1.0)
    p = expit(2.0)
    assert information(items, 1.5)[0, 0] == pytest.approx(4 * p * (1 - p))


def test_graded_probabilities_are_differences() -> None:
    """P(X = k) = σ(a (θ − b_k)) − σ(a (θ − b_{k+1}))."""
    items = Items.create(ids=["x"], a=[1.5], b=[[-1.0, 1.0]])
    reached = expit(1.5 * np.array([1.0, -1.0]))
    expected = [1 - reached[0], reached[0] - reached[1], reached[1]]
    np.testing.assert_allclose(probability(items, 0.0)[0, :, 0], expected, rtol=1e-14)
    assert expected_score(items, 0.0)[0, 0] == pytest.approx(1.0)


def test_items_without_parameters_have_no_curve() -> None:
    """NaN probabilities and expected scores; they inform by 0, so that a test's sum is right."""
    items = Items.create(ids=["x", "y"], a=[np.nan, 1.0], b=[[np.nan], [0.0]])
    assert np.all(np.isnan(probability(items, 0.0)[0]))
    assert np.isnan(expected_score(items, 0.0)[0, 0])
    assert information(items, 0.0)[:, 0].tolist() == [0.0, 0.25]


def test_codes_that_an_item_lacks_are_nan() -> None:
    """Beside an item with four categories one with two shows NaN for codes 2 and 3."""
    items = Items.create(ids=["x", "y"], a=[1, 1], b=[[0.0], [-1, 0, 1]])
    assert np.isnan(probability(items, 0.0)[:, :, 0]).tolist() == [[False, False, True, True], [False] * 4]


def test_codes_that_count_as_one_show_the_whole() -> None:
    """Each shows the category's probability, and they are scored with the lowest of their codes."""
    items = Items.create(ids=["x"], a=[1.0], b=[[-1.0, np.nan, 1.0]])
    shown = probability(items, 0.2)[0, :, 0]
    assert shown[1] == shown[2] == pytest.approx(expit(1.2) - expit(-0.8))
    expected = 0 * shown[0] + 1 * shown[1] + 3 * shown[3]
    assert expected_score(items, 0.2)[0, 0] == pytest.approx(expected)


def test_one_ability_or_many() -> None:
    """A number is one point; a list many."""
    items = Items.create(ids=["x", "y"], a=[1, 1], b=[[0.0], [1.0]])
    assert probability(items, 0.0).shape == (2, 2, 1)
    assert information(items, [0.0, 1.0, 2.0]).shape == (2, 3)


def test_the_score_function_by_hand() -> None:
    """Two categories: ∂ log P / ∂θ is a (1 − P) for the right answer and −a P for the wrong one."""
    items = Items.create(ids=["x"], a=[2.0], b=[[0.5]])
    p = expit(1.0)
    np.testing.assert_allclose(score_function(items, 1.0)[0, :, 0], [-2 * p, 2 * (1 - p)], rtol=1e-14)


def test_far_away_an_answer_is_a_line() -> None:
    """log P of the wrong answer falls by a per unit of θ, where P itself is no number any more."""
    items = Items.create(ids=["x"], a=[2.0], b=[[0.5]])
    assert log_probability(items, 1e6)[0, 0, 0] == pytest.approx(-2 * (1e6 - 0.5), rel=1e-14)
    assert probability(items, 1e6)[0, 0, 0] == 0.0
    assert score_function(items, 1e6)[0, :, 0].tolist() == [-2.0, 0.0]


def test_guesses_say_nothing() -> None:
    """Far below its difficulty a right answer to an item with c > 0 is a guess: its score function is 0."""
    items = Items.create(ids=["x"], models=["3PL"], a=[1.5], b=[[0.0]], c=[0.2])
    np.testing.assert_allclose(score_function(items, -60.0)[0, 1], 0.0, atol=1e-30)
    np.testing.assert_allclose(log_probability(items, -60.0)[0, 1], np.log(0.2), rtol=1e-14)


def test_a_test_is_the_sum_of_its_items() -> None:
    """The characteristic curve and the information of a test, of the items that have parameters."""
    items = Items.create(ids=["x", "y", "z"], a=[np.nan, 1.0, 2.0], b=[[np.nan], [0.0], [-1.0]])
    p, q = expit(0.5), expit(3.0)
    assert expected_total(items, 0.5) == pytest.approx([p + q], rel=1e-14)
    assert total_information(items, 0.5) == pytest.approx([p * (1 - p) + 4 * q * (1 - q)], rel=1e-13)


def test_a_test_has_a_value_for_every_theta() -> None:
    """(n_theta,), a number being one θ; a test without items is worth nothing."""
    items = Items.create(ids=["x", "y"], a=[1, 1], b=[[0.0], [1.0]])
    nothing = items.select([])
    for curve in (expected_total, total_information):
        assert curve(items, 0.0).shape == (1,)
        assert curve(items, [0.0, 1.0, 2.0]).shape == (3,)
        assert curve(nothing, [0.0, 1.0]).tolist() == [0.0, 0.0]


def test_a_characteristic_curve_ends_where_its_asymptotes_are() -> None:
    """From Σ c to Σ d, or 0 to Σ (K − 1)."""
    items = Items.create(
        ids=["x", "y", "z"],
        models=["4PL", "3PL", "GRM"],
        a=[1.0, 2.0, 1.5],
        b=[[0.0], [1.0], [-1.0, 0.0, 2.0]],
        c=[0.1, 0.25, 0.0],
        d=[0.9, 1.0, 1.0],
    )
    np.testing.assert_allclose(expected_total(items, [-80.0, 80.0]), [0.35, 4.9], rtol=1e-14)


def test_what_has_no_probability_has_no_logarithm_and_no_slope() -> None:
    """NaN at the same places in all three."""
    items = Items.create(
        ids=["x", "y", "z"],
        a=[np.nan, 1.0, 1.0],
        b=[[np.nan], [0.0], [-1.0, np.nan, 1.0]],
        n_categories=[2, 2, 4],
    )
    missing = np.isnan(probability(items, [0.0, 1.0]))
    np.testing.assert_array_equal(np.isnan(log_probability(items, [0.0, 1.0])), missing)
    np.testing.assert_array_equal(np.isnan(score_function(items, [0.0, 1.0])), missing)
    slopes = score_function(items, 0.2)[2, :, 0]
    assert slopes[1] == slopes[2]  # two codes that count as one
