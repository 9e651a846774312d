"""compassess.scoring.classification: against simulation of two parallel tests, and laws."""

from __future__ import annotations

import banks
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from compassess.errors import InputError
from compassess.irt import simulate_abilities, simulate_responses
from compassess.scoring.classification import (
    band_probabilities,
    bands_of,
    classification_indices,
    density_band_probabilities,
    guo,
    lee,
    rudner,
)

CUTS = (-1.0, 0.4)


def test_lee_is_what_two_parallel_tests_show() -> None:
    """Accuracy and consistency of sum scores in a simulated population; 4.5 standard errors of a share."""
    items = banks.one_block(12).irt_items()
    n, cuts = 60_000, [4, 8]
    people = simulate_abilities(items.population, n, seed=3)
    sums = [simulate_responses(items, people, seed=seed).codes(items.ids).sum(axis=1) for seed in (4, 5)]
    from compassess.irt import expected_total

    true = np.searchsorted(cuts, expected_total(items, people.blocks[:, 0]), side="right")
    first, second = (np.searchsorted(cuts, one, side="right") for one in sums)
    found = lee(items, cuts)
    tolerance = 4.5 * 0.5 / np.sqrt(n)
    assert found.simultaneous_accuracy == pytest.approx(float((first == true).mean()), abs=tolerance)
    assert found.simultaneous_consistency == pytest.approx(float((first == second).mean()), abs=tolerance)


def test_rudner_is_what_normal_errors_show() -> None:
    """Bands of θ + error against bands of θ, and of two such estimates against each other."""
    rng = np.random.default_rng(8)
    theta = rng.normal(size=60_000)
    one, two = (bands_of(theta + 0.5 * rng.normal(size=theta.size), CUTS) for _ in range(2))
    found = rudner(theta, np.full(theta.size, 0.5), CUTS)
    assert found.simultaneous_accuracy == pytest.approx(
        float((one == bands_of(theta, CUTS)).mean()), abs=0.009
    )
    assert found.simultaneous_consistency == pytest.approx(float((one == two).mean()), abs=0.009)


@given(theta=st.floats(-4, 4), se=st.floats(0.01, 3))
def test_bands_partition_the_line(theta: float, se: float) -> None:
    """Probabilities of bands sum to 1, and those from a cut on are the normal tail."""
    p = band_probabilities(theta, se, CUTS)[0]
    assert p.sum() == pytest.approx(1.0, abs=1e-14)
    assert p[2] == pytest.approx(float(ndtr((theta - CUTS[1]) / se)), abs=1e-14)


def test_densities_on_nodes() -> None:
    """Normal densities on nodes have the probabilities of the normal distribution."""
    nodes = np.linspace(-6, 6, 41)
    log_density = -0.5 * ((nodes - np.array([[0.3], [-1.0]])) / np.array([[0.4], [0.6]])) ** 2
    found = density_band_probabilities(log_density, nodes, CUTS)
    np.testing.assert_allclose(found, band_probabilities([0.3, -1.0], [0.4, 0.6], CUTS), atol=1e-6)


def test_guo_is_calibrated() -> None:
    """The mean probability of the bands given is the share of right ones, for posteriors of the model."""
    rng = np.random.default_rng(5)
    mean = rng.normal(0, 0.8, 60_000)
    theta = mean + 0.6 * rng.normal(size=mean.size)
    p = band_probabilities(mean, np.full(mean.size, 0.6), CUTS)
    found = guo(p)
    right = (bands_of(theta, CUTS) == p.argmax(axis=1)).mean()
    assert found.simultaneous_accuracy == pytest.approx(float(right), abs=0.009)


def test_faults_come_together() -> None:
    """Rows that are no probabilities, and bands that there are not, in one error."""
    with pytest.raises(InputError) as caught:
        classification_indices([[0.5, 0.6], [0.5, 0.5]], [0, 2])
    assert len(caught.value.problems) == 2
