"""Classification by cut scores, and adverse impact, against values made elsewhere, to all their digits.

The items of the first values have a = 1 in the metric D = 1.7, which is a = 1.7 in ours. The values of Lee's accuracy
are found only with the distribution of the sum score at D = 1.7 and its expected total at D = 1: the true bands
are those of the same items with a = 1, and have to be handed in to find the same numbers. Everything else is
of one metric.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pytest
from reference import values_of
from scipy.stats import norm

from compassess.irt import Items, expected_total
from compassess.scoring import adverse_impact
from compassess.scoring.classification import (
    band_probabilities,
    bands_of,
    lee,
    rudner_of_form,
    shares_from_probabilities,
)

NODES: Final = np.linspace(-4, 4, 40)
MASSES: Final = norm.pdf(NODES)
LEE_CUTS: Final = (2, 3)
PRINTED: Final = 1e-7  # values are given with seven digits


@pytest.fixture(scope="module")
def found(reference: pathlib.Path) -> Mapping[str, Any]:
    """What the other engine found."""
    values: Mapping[str, Any] = values_of(reference, "textbook")["classification_indices_4_items"]
    return values


def items_of(found: Mapping[str, Any], metric: float) -> Items:
    """The four items, their slopes times ``metric``."""
    a, b = np.array(found["items"]["a"]), np.array(found["items"]["b"], dtype=float)
    return Items.create(ids=[f"i{j}" for j in range(a.size)], a=metric * a, b=b[:, None])


def test_one_persons_bands(found: Mapping[str, Any]) -> None:
    """Band probabilities at θ = 0.4, SE 0.3 agree to the digits given."""
    expected = found["one_person_theta_.4_se_.3_cuts_-1_0_1"]
    told = band_probabilities([0.4], 0.3, [-1, 0, 1])[0]
    np.testing.assert_allclose(told, expected, rtol=0, atol=5e-9)


def test_rudner(found: Mapping[str, Any]) -> None:
    """Accuracy and consistency, marginal and simultaneous, agree to seven digits."""
    told = rudner_of_form(items_of(found, 1.7), [-0.5, 1.5], theta=NODES, weights=MASSES)
    expected = found["Rudner_cuts_-.5_1.5"]
    np.testing.assert_allclose(told.accuracy, expected["accuracy"], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(told.consistency, expected["consistency"], rtol=0, atol=PRINTED)
    assert told.simultaneous_accuracy == pytest.approx(expected["simultaneous_accuracy"], abs=PRINTED)
    assert told.simultaneous_consistency == pytest.approx(expected["simultaneous_consistency"], abs=PRINTED)


def test_lee(found: Mapping[str, Any]) -> None:
    """The same for sum scores, with the true bands of that engine."""
    true_bands = bands_of(expected_total(items_of(found, 1.0), NODES), LEE_CUTS)
    told = lee(items_of(found, 1.7), LEE_CUTS, theta=NODES, weights=MASSES, true_bands=true_bands)
    expected = found["Lee_cuts_2_3"]
    np.testing.assert_allclose(told.accuracy, expected["accuracy"], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(told.consistency, expected["consistency"], rtol=0, atol=PRINTED)
    assert told.simultaneous_accuracy == pytest.approx(expected["simultaneous_accuracy"], abs=PRINTED)
    assert told.simultaneous_consistency == pytest.approx(expected["simultaneous_consistency"], abs=PRINTED)


def test_lee_in_one_metric(found: Mapping[str, Any]) -> None:
    """With true bands by the same items only one node changes sides: consistency and the first cut agree as they are."""
    told = lee(items_of(found, 1.7), LEE_CUTS, theta=NODES, weights=MASSES)
    expected = found["Lee_cuts_2_3"]
    np.testing.assert_allclose(told.consistency, expected["consistency"], rtol=0, atol=PRINTED)
    assert told.accuracy[0] == pytest.approx(expected["accuracy"][0], abs=PRINTED)
    moved = bands_of(expected_total(items_of(found, 1.0), NODES), LEE_CUTS) != bands_of(
        expected_total(items_of(found, 1.7), NODES), LEE_CUTS
    )
    assert moved.sum() == 1
    # The node's mass, times how much likelier the sum is on its side than on the other.
    assert told.accuracy[1] - expected["accuracy"][1] == pytest.approx(0.0218011, abs=2 * PRINTED)


def test_shrinkage_of_assigned_bands(reference: pathlib.Path) -> None:
    """At EAP reliability .93 counts of estimates and means of probabilities are what the text states."""
    said = values_of(reference, "textbook")["shrinkage_of_assigned_bands"]
    cuts = norm.ppf(np.cumsum([87, 2_089, 45_422]) / 66_580)
    np.testing.assert_allclose(cuts, [-3.010, -1.843, 0.568], rtol=0, atol=5e-4)
    # The population of posterior means N(0, .93) on quantiles that are equally likely.
    mean = np.sqrt(0.93) * norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    told = shares_from_probabilities(
        band_probabilities(mean, np.sqrt(0.07), cuts), assigned=bands_of(mean, cuts)
    )
    # 1e-6: the midpoint rule on 400,000 quantiles.
    np.testing.assert_allclose(told.share, np.diff(norm.cdf([-np.inf, *cuts, np.inf])), rtol=0, atol=1e-6)
    counted, shares = 100 * told.counted, 100 * told.share
    assert (
        f"{counted[0]:.3f} / {counted[1]:.2f} / {counted[2]:.1f} / {counted[3]:.1f} %".replace("0.0", ".0")
        in said
    )
    assert (
        f"{shares[0]:.2f} / {shares[1]:.2f} / {shares[2]:.1f} / {shares[3]:.1f}".replace("0.1", ".1") in said
    )


def test_adverse_impact(reference: pathlib.Path) -> None:
    """30 of 50 against 48 of 60, to the digits that are told."""
    told = values_of(reference, "textbook")["adverse_impact_48_of_60_vs_30_of_50"]
    found = adverse_impact([48, 30], [60, 50], groups=["first", "second"], reference="first")
    assert found.ratio[0, 1] == pytest.approx(told["ratio"], abs=1e-12)
    interval = (found.ratio_low[0, 1], found.ratio_high[0, 1])
    np.testing.assert_allclose(interval, told["ci95_log_scale"], atol=5.1e-5)
    assert found.z[0, 1] == pytest.approx(told["z_pooled"], abs=5.1e-5)
    assert found.fisher_p[0, 1] == pytest.approx(told["fisher_p"], abs=5.1e-7)
