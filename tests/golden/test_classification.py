"""Accuracy and consistency of classifications, and adverse impact, against values made elsewhere."""

from __future__ import annotations

import pathlib
from typing import Any, Final

import numpy as np
import pytest
from reference import fixed_items, values_of
from scipy.stats import norm

from compassess.irt import Items, expected_total
from compassess.scoring import adverse_impact
from compassess.scoring.classification import ClassificationIndices, band_probabilities, lee, rudner_of_form

SIX_DIGITS: Final = 1e-6


METRIC: Final = 1.7  # see `four_items`


def four_items(told: dict[str, Any], metric: float) -> tuple[Items, np.ndarray, np.ndarray]:
    """The items, and 40 equally spaced nodes on ±4 with normal weights.

    The told values hold where answers follow σ(1.7 a (θ − b)), the normal metric, although slopes of 1 are told
    with D = 1: with D = 1 Rudner's accuracies would be .737 and .850.
    """
    a = metric * np.asarray(told["items"]["a"], dtype=np.float64)
    rows = [{"a1": a_j, "d": -a_j * b_j} for a_j, b_j in zip(a, told["items"]["b"], strict=True)]
    theta = np.linspace(-4, 4, 40)
    weights = norm.pdf(theta)
    return fixed_items("2PL", rows), theta, weights / weights.sum()


def agree(found: ClassificationIndices, told: dict[str, Any]) -> None:
    """All four kinds of indices, to six digits."""
    np.testing.assert_allclose(found.accuracy, told["accuracy"], atol=SIX_DIGITS)
    np.testing.assert_allclose(found.consistency, told["consistency"], atol=SIX_DIGITS)
    assert found.simultaneous_accuracy == pytest.approx(told["simultaneous_accuracy"], abs=SIX_DIGITS)
    assert found.simultaneous_consistency == pytest.approx(told["simultaneous_consistency"], abs=SIX_DIGITS)


def test_lee(reference: pathlib.Path) -> None:
    """Cuts 2 and 3 on the sum of four items; the true bands are those of true scores in the other metric.

    Where true scores are taken in the metric of the answers, the second cut's accuracy is .807, not .785.
    """
    told = values_of(reference, "textbook")["classification_indices_4_items"]
    items, theta, weights = four_items(told, METRIC)
    true = np.searchsorted([2, 3], expected_total(four_items(told, 1.0)[0], theta), side="right")
    agree(lee(items, [2, 3], theta=theta, weights=weights, true_bands=true), told["Lee_cuts_2_3"])


def test_rudner(reference: pathlib.Path) -> None:
    """Cuts −.5 and 1.5 on θ of the same items."""
    told = values_of(reference, "textbook")["classification_indices_4_items"]
    items, theta, weights = four_items(told, METRIC)
    agree(rudner_of_form(items, [-0.5, 1.5], theta=theta, weights=weights), told["Rudner_cuts_-.5_1.5"])


def test_bands_of_one_person(reference: pathlib.Path) -> None:
    """θ̂ = .4 with a standard error of .3 under cuts −1, 0, 1; eight decimals are told."""
    told = values_of(reference, "textbook")["classification_indices_4_items"]
    expected = told["one_person_theta_.4_se_.3_cuts_-1_0_1"]
    np.testing.assert_allclose(band_probabilities(0.4, 0.3, [-1, 0, 1])[0], expected, atol=6e-9)


def test_adverse_impact(reference: pathlib.Path) -> None:
    """30 of 50 against 48 of 60, to the digits that are told."""
    told = values_of(reference, "textbook")["adverse_impact_48_of_60_vs_30_of_50"]
    found = adverse_impact([48, 30], [60, 50], groups=["first", "second"], reference="first")
    assert found.ratio[0, 1] == pytest.approx(told["ratio"], abs=1e-12)
    interval = (found.ratio_low[0, 1], found.ratio_high[0, 1])
    np.testing.assert_allclose(interval, told["ci95_log_scale"], atol=5.1e-5)
    assert found.z[0, 1] == pytest.approx(told["z_pooled"], abs=5.1e-5)
    assert found.fisher_p[0, 1] == pytest.approx(told["fisher_p"], abs=5.1e-7)
