"""compassess.scoring.classification.guo: bands under every person's own distribution."""

from __future__ import annotations

import itertools

import banks
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, skewnorm

import compassess as ca
from compassess.errors import InputError
from compassess.irt import Items, Measurement, simulate_abilities, simulate_responses
from compassess.irt.cells import Sheet
from compassess.scoring.classification import band_probabilities, density_band_probabilities, guo

CUTS = (-1.843, 0.568)
GRID = np.linspace(-6, 6, 61)


@pytest.mark.parametrize(("sd", "near"), [(0.4, 1e-14), (0.2, 1e-11), (0.134, 1e-9)])
def test_normal_densities_give_normal_probabilities(sd: float, near: float) -> None:
    """On nodes 0.5, 1 and 1.5 SD apart the masses agree with Φ; observed 2e-16, 4e-13, 7e-11."""
    mean = np.linspace(-0.4, 0.4, 21)
    log_density = -0.5 * ((GRID - mean[:, None]) / sd) ** 2
    found = density_band_probabilities(log_density, GRID, [-0.35, 0.05, 0.31])
    expected = band_probabilities(mean, sd, [-0.35, 0.05, 0.31])
    np.testing.assert_allclose(found, expected, rtol=0, atol=near)


def test_skewed_densities_on_uneven_nodes() -> None:
    """Neither normality nor equal spacing is needed, and a constant in the log-density does not matter."""
    nodes = np.sort(np.concatenate([np.linspace(-6, 6, 81), np.linspace(-1, 2, 60) + 1e-3]))
    found = density_band_probabilities(skewnorm.logpdf(nodes, 3, -0.3, 0.9) + 300.0, nodes, [-0.2, 0.7])
    expected = np.diff(skewnorm.cdf([-np.inf, -0.2, 0.7, np.inf], 3, -0.3, 0.9))
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=1e-5)


def test_a_perfect_score_s_likelihood_ends_with_the_nodes() -> None:
    """Guo's own form: the likelihood of all right, over ±4 and no further."""
    items = Items.create(ids=["a", "b"], a=[1.0, 1.5], b=[[-0.5], [0.5]])
    nodes = np.linspace(-4, 4, 81)
    p = 1 / ((1 + np.exp(-(nodes + 0.5))) * (1 + np.exp(-1.5 * (nodes - 0.5))))
    found = density_band_probabilities(np.log(p), nodes, CUTS)[0]

    def likelihood(x: float) -> float:
        return float(np.exp(log_likelihood_at(items, x)))

    edges = [-4, *CUTS, 4]
    areas = [quad(likelihood, low, high)[0] for low, high in itertools.pairwise(edges)]
    np.testing.assert_allclose(
        found, np.array(areas) / sum(areas), rtol=0, atol=2e-8
    )  # the spline of h = 0.1: observed 6e-9


def log_likelihood_at(items: Items, theta: float) -> float:
    """log P(all right | θ)."""
    return float(-np.log1p(np.exp(-items.a * (theta - items.b[:, 0]))).sum())


def test_it_takes_the_summary_of_conclusions() -> None:
    """Band probabilities of real conclusions and those from the same posteriors by splines agree, and so does accuracy."""
    items = [
        banks.item(f"q{j}", "a", "block", 1.5, [b - 0.7, b, b + 0.8])
        for j, b in enumerate(np.linspace(-2, 1, 8))
    ]
    bank = banks.bank({"a": ("block", 1.0)}, items)
    assessment = banks.assessment(bank, limits=(0, None))
    form = bank.irt_items()
    answers = simulate_responses(form, simulate_abilities(bank.population, 200, seed=1), seed=2)
    summary = ca.conclude(answers, assessment).summary
    measurement = Measurement.create(form, nodes=61)
    nodes = measurement.lattice.grid.theta
    sheet = Sheet.of(answers, measurement)
    log_l = sheet.sums(slice(0, 200), measurement.table).reshape(200, -1)
    found = density_band_probabilities(log_l + norm.logpdf(nodes), nodes, assessment.bands.cuts)
    np.testing.assert_allclose(found, summary.bands, rtol=0, atol=1e-4)
    told = guo(summary.bands)
    assert told.simultaneous_accuracy == pytest.approx(summary.bands.max(axis=1).mean())
    assert told.simultaneous_accuracy == pytest.approx(guo(found).simultaneous_accuracy, abs=1e-4)


def test_the_most_probable_band_is_the_most_accurate() -> None:
    """No other assignment has a higher expected accuracy, and assigned bands are judged as they are."""
    rng = np.random.default_rng(2)
    p = rng.dirichlet([1, 1, 1], 50)
    assert guo(p).simultaneous_accuracy > guo(p, rng.integers(0, 3, 50)).simultaneous_accuracy
    assert guo([[0.3, 0.7]], [0]).simultaneous_accuracy == pytest.approx(0.3)


def test_accuracy_is_unbiased_in_the_population() -> None:
    """Expected accuracy equals the share of right bands, to the sampling error of 20,000 people."""
    rng = np.random.default_rng(8)
    theta = rng.standard_normal(20_000)
    estimate = theta + 0.5 * rng.standard_normal(theta.size)
    mean, sd = estimate / 1.25, np.sqrt(0.25 / 1.25)
    p = band_probabilities(mean, sd, CUTS)
    right = np.mean(p.argmax(axis=1) == np.searchsorted(CUTS, theta, side="right"))
    assert guo(p).simultaneous_accuracy == pytest.approx(right, abs=5 * 0.5 / np.sqrt(theta.size))


def test_faults() -> None:
    """Nodes out of order and shapes that differ are told at once."""
    with pytest.raises(InputError) as caught:
        density_band_probabilities(np.zeros((2, 4)), [0.0, 2.0, 1.0, 3.0], [1.0, 0.0])
    assert [problem.where for problem in caught.value.problems] == ["cuts", "theta", "log_density"]
