"""Probabilities, expected scores and information of known items, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from compassess.irt import Items, expected_score, information, probability


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
