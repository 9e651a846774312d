"""compassess.scoring.classification.probability_calibration: whether stated probabilities hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, kstest

from compassess.errors import InputError
from compassess.scoring.classification import band_calibration, probability_calibration


def test_by_hand() -> None:
    """Five statements in two bins: means, errors, z, χ², and the expected calibration error."""
    told = probability_calibration([0.1, 0.3, 0.6, 0.8, 0.7], [0, 1, 1, 1, 0], edges=[0, 0.5, 1])
    assert told.n.tolist() == [2, 3]
    np.testing.assert_allclose(told.stated, [0.2, 0.7])
    np.testing.assert_allclose(told.observed, [0.5, 2 / 3])
    variance = np.array([0.09 + 0.21, 0.24 + 0.16 + 0.21])
    np.testing.assert_allclose(told.se, np.sqrt(variance) / [2, 3])
    z = np.array([0.6, -0.1]) / np.sqrt(variance)
    np.testing.assert_allclose(told.z, z)
    assert told.chi_square == pytest.approx((z**2).sum())
    assert told.chi_square_p == pytest.approx(chi2.sf((z**2).sum(), 2))
    assert told.expected_calibration_error == pytest.approx((2 * 0.3 + 3 * (0.7 - 2 / 3)) / 5)
    np.testing.assert_allclose(told.expected_rarer, [0.4, 0.9])


statements = st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=60)


@given(statements)
def test_the_parts_of_the_brier_score_sum_to_it(rows: list[tuple[int, bool]]) -> None:
    """score = reliability − resolution + uncertainty + within bins, exactly, for any statements."""
    p, y = np.array([row[0] / 100 for row in rows]), np.array([row[1] for row in rows])
    told = probability_calibration(p, y)
    parts = told.brier
    assert parts.score == pytest.approx(
        parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins, abs=1e-12
    )
    assert told.n.sum() == len(rows)
    assert told.expected_calibration_error <= math.sqrt(parts.reliability) + 1e-12


def test_murphys_three_terms_where_bins_hold_one_value() -> None:
    """With one stated value a bin nothing is hidden within bins, and Murphy's own decomposition is left."""
    told = probability_calibration([0.25, 0.25, 0.25, 0.75, 0.75], [0, 0, 1, 1, 1])
    assert told.brier.within_bins == pytest.approx(0, abs=1e-15)
    assert told.brier.reliability == pytest.approx((3 * (1 / 12) ** 2 + 2 * 0.25**2) / 5)
    assert told.brier.uncertainty == pytest.approx(0.24)


def drawn(n: int, seed: int, *, tilt: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Statements, and what happened with log-odds ``tilt`` times as large."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.7, 0.7, n)
    odds = (p / (1 - p)) ** tilt
    return p, rng.random(n) < odds / (1 + odds)


def test_tests_keep_their_level_where_statements_hold() -> None:
    """Over 400 honest sets the p-values of χ² and Spiegelhalter's z are uniform."""
    told = [probability_calibration(*drawn(2_000, seed)) for seed in range(400)]
    assert kstest([one.chi_square_p for one in told], "uniform").pvalue > 1e-3
    assert kstest([one.spiegelhalter_z for one in told], "norm").pvalue > 1e-3
    z = np.array([one.z for one in told])
    # The SD of 400 z has the standard error 0.035; five of them.
    np.testing.assert_allclose(z.std(axis=0), 1.0, atol=0.18)


def test_overconfidence_is_found() -> None:
    """Where truth is less extreme than what is said, the upper bins lie below and the tests say so."""
    told = probability_calibration(*drawn(20_000, 1, tilt=0.6))
    assert told.z[-2] < -4 < 4 < told.z[1]
    assert told.chi_square_p < 1e-6
    assert told.spiegelhalter_z > 4
    assert told.expected_calibration_error > 0.03


def test_certain_statements() -> None:
    """Statements of 0 and 1 have no variance and no z; one that fails is counted as impossible."""
    told = probability_calibration([0.0, 0.0, 1.0, 1.0], [False, True, True, True])
    assert told.impossible == 1
    assert np.isnan(told.z).all()
    assert told.degrees_of_freedom == 0
    assert math.isnan(told.chi_square_p)
    assert math.isnan(told.spiegelhalter_z)
    assert told.n[0] == told.n[-1] == 2
    assert np.isnan(told.stated[4])


def test_bands_one_by_one() -> None:
    """Probabilities of bands are honest in every band where the truth is drawn from them."""
    rng = np.random.default_rng(6)
    p = rng.dirichlet([0.4, 1.0, 0.7], 20_000)
    true = (rng.random(len(p))[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    told = band_calibration(p, true)
    assert len(told) == 3
    for one in told:
        assert one.chi_square_p > 1e-4
        assert one.expected_calibration_error < 0.02
    assert list(told[0].to_frame().columns)[:4] == ["low", "high", "n", "stated"]


def test_bins_of_equal_numbers() -> None:
    """Edges by quantiles make bins with a tenth of the people each."""
    p, y = drawn(5_000, 2)
    edges = np.quantile(p, np.linspace(0, 1, 11))
    edges[[0, -1]] = 0, 1
    assert set(probability_calibration(p, y, edges=edges).n.tolist()) == {500}


def test_every_fault_is_told_at_once() -> None:
    """What is no probability, no truth and no edge is told together."""
    with pytest.raises(InputError) as caught:
        probability_calibration([1.2, 0.5], [2, 0], edges=[0.1, 1])
    assert [problem.where for problem in caught.value.problems] == ["happened", "edges", "stated"]
